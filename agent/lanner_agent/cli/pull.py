# SPDX-License-Identifier: Apache-2.0
"""`lanner pull REFERENCE`: rules of a registry or a URL, into a folder; once, or as long as it runs."""

from __future__ import annotations

import pathlib
import signal
import threading
from typing import Any

import click

from lanner_agent.app import exits, logs
from lanner_agent.cli import source_options
from lanner_agent.cli.source_options import PATH
from lanner_agent.policy.pulled import pulling
from lanner_agent.policy.pulled.folder import Folder
from lanner_agent.policy.pulled.pulling import Source
from lanner_agent.publish import escape
from lanner_sources.fetching import Wanted
from lanner_sources.reference import Reference


@click.command("pull", epilog=exits.HELP)
@click.argument("place", type=source_options.Named(), metavar="REFERENCE", envvar="LANNER_PULL_REFERENCE")
@click.option(
    "--output", "-o", type=PATH, required=True, metavar="DIR", envvar="LANNER_PULL_OUTPUT",
    help="Folder for the rules files, which is this source's alone.  [env: LANNER_PULL_OUTPUT]",
)  # fmt: skip
@click.option(
    "--key", "keys", type=PATH, multiple=True, metavar="FILE", envvar="LANNER_PULL_KEY",
    help="Public key in PEM that they are signed with (cosign.pub); of several, one.  [env: LANNER_PULL_KEY]",
)  # fmt: skip
@click.option(
    "--path",
    default="",
    metavar="PATH",
    envvar="LANNER_PULL_PATH",
    help="File or folder in the artifact that is meant.",
)
@click.option(
    "--every", type=click.IntRange(10, 86_400), metavar="SECONDS", envvar="LANNER_PULL_EVERY",
    help="Follow: look again and again, until it is stopped.  [env: LANNER_PULL_EVERY]",
)  # fmt: skip
@click.option(
    "--before",
    type=PATH,
    multiple=True,
    metavar="PATH",
    envvar="LANNER_PULL_BEFORE",
    help="Rules that those of the source build on.",
)
@click.option("--check/--no-check", default=True, help="Take only rules without errors.")
@click.option("--allow-older", is_flag=True, help="Take an older version than the one that is there.")
@click.option("--allow-unsigned", is_flag=True, help="Take what is not signed.")
@source_options.registry
def command(place: Reference, output: pathlib.Path, every: int | None, **given: Any) -> int:
    """Take rules from oci://HOST/REPOSITORY[:TAG][@sha256:DIGEST] or an https URL into a folder.

    They are resolved to a digest, their signature is checked (cosign's, with a key pair; of a URL the file
    behind the same URL with .sig), and so are their version, which must not be older than the one that is
    there, and the rules themselves. What is refused leaves the folder as it is. Artifacts of falcoctl are
    read as they are.
    """
    source = _source(place, output, given)
    if every is None:
        return _once(source)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    trouble = pulling.tried(source, _say)
    if trouble:
        _say(trouble)
    pulling.follow([source], every, stop, _say)
    return exits.OK


def _once(source: Source) -> int:
    origin = source.pull()
    there = escape.shown(str(source.folder.origin), 300)
    what = "there already" if origin is None else "taken"
    click.echo(f"{source.wanted.place}: {there} is {what}, in {source.folder.path}")
    return exits.OK


def _source(place: Reference, output: pathlib.Path, given: dict[str, Any]) -> Source:
    wanted = Wanted(
        place,
        source_options.trusted(given["keys"]),
        given["path"],
        given["allow_older"],
        given["allow_unsigned"],
        source_options.reach(given["ca"], given["plain_http"]),
        source_options.who(place, given["docker_config"]),
    )
    return Source(wanted, Folder(output), given["before"] if given["check"] else None)


def _say(text: str) -> None:
    logs.say(f"lanner: {text}")

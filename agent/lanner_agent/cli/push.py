# SPDX-License-Identifier: Apache-2.0
"""`lanner push REFERENCE PATH…`: rules files into a registry, with a signature."""

from __future__ import annotations

import asyncio
import datetime
import os
import pathlib
from typing import Any

import click

from lanner_agent.app import exits
from lanner_agent.cli import source_options
from lanner_agent.cli.source_options import PATH
from lanner_agent.policy.files import load, rule_files
from lanner_engine.source import RuleError
from lanner_sources import keys, origin, pushing, rules_artifact
from lanner_sources.archive import File
from lanner_sources.credentials import Credentials
from lanner_sources.http import Reach, asked
from lanner_sources.keys import PrivateKey
from lanner_sources.pushing import Pushed
from lanner_sources.reference import Artifact, Reference
from lanner_sources.registry import PUSH, Repository
from lanner_sources.rules_artifact import Made

PASSWORD = "LANNER_KEY_PASSWORD"  # noqa: S105  a variable's name


@click.command("push", epilog=exits.HELP)
@click.argument("place", type=source_options.Named(), metavar="REFERENCE")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option(
    "--version",
    "release",
    default="",
    metavar="VERSION",
    help="What it is called, as 1.4.0: followers take no older one.",
)
@click.option(
    "--sign", type=PATH, metavar="FILE",
    help=f"Private key in PEM (PKCS #8, ECDSA, Ed25519 or RSA); its password in ${PASSWORD}.",
)  # fmt: skip
@click.option("--check/--no-check", default=True, help="Push only rules without errors.")
@source_options.registry
def command(
    place: Reference, paths: tuple[pathlib.Path, ...], release: str, sign: pathlib.Path | None, **given: Any
) -> int:
    """Put rules files into a registry as oci://HOST/REPOSITORY:TAG, signed as cosign does it.

    The artifact has the form of falcoctl's. The signature is there before the tag is, so that no follower
    meets one without. `cosign verify --key` verifies it, and `cosign sign --key` can sign what was pushed
    without --sign.
    """
    if not isinstance(place, Artifact) or place.digest:
        raise click.UsageError("rules are pushed to oci://HOST/REPOSITORY:TAG")
    if release and origin.precedence(release) is None:
        raise click.UsageError(f"--version: {release!r} is no version number like 1.4.0")
    made = _made(place, paths, release, given["check"])
    key = keys.private(source_options.text(sign), os.environ.get(PASSWORD, "")) if sign else None
    reach = source_options.reach(given["ca"], given["plain_http"])
    pushed = asyncio.run(_pushed(place, made, key, reach, source_options.who(place, given["docker_config"])))
    click.echo(f"{place.name}:{place.tag} is {pushed.digest}, {'signed' if pushed.signed else 'not signed'}")
    return exits.OK


def _made(place: Artifact, paths: tuple[pathlib.Path, ...], release: str, check: bool) -> Made:
    if check and not (checked := load.check(paths)).ok:
        raise RuleError(tuple(one for one in checked.diagnostics if one.severity == "error"))
    gathered = rule_files.gather(paths)
    if gathered.diagnostics:
        raise RuleError(gathered.diagnostics)
    files = [File(pathlib.Path(one.name).name, one.text) for one in gathered.sources]
    if len({one.name for one in files}) < len(files):
        raise click.UsageError("two of the files have one name")
    created = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return rules_artifact.made(place.repository.rpartition("/")[2], files, release, created)


async def _pushed(
    place: Artifact, made: Made, key: PrivateKey | None, reach: Reach, who: Credentials
) -> Pushed:
    async with asked(reach) as http:
        return await pushing.push(Repository(http, place, who, PUSH), place, made, key)

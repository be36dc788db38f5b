# SPDX-License-Identifier: Apache-2.0
"""`lanner doctor`: what this kernel, this user and this machine lack, and what to do about it."""

from __future__ import annotations

import pathlib
from typing import Final

import click

from lanner_agent.app import exits
from lanner_agent.enrich.cri import endpoints, failure
from lanner_agent.kernel import requirements
from lanner_engine import extras

_EXTRA: Final = "lanner[agent]"


@click.command("doctor", epilog=exits.HELP)
@click.option(
    "--cri-socket",
    envvar="LANNER_CRI_SOCKET",
    type=click.Path(readable=False, path_type=pathlib.Path),
    metavar="PATH",
    help="The socket that must answer.",
)
def command(cri_socket: pathlib.Path | None) -> int:
    """Say whether the agent can run here; exits 1 when something is missing."""
    missing = [requirement.name for requirement in requirements.check() if not _met(requirement)]
    if not _runtime(cri_socket):
        missing.append("container runtime")
    if not _packages():
        missing.append(_EXTRA)
    click.echo(f"lanner lacks here: {', '.join(missing)}" if missing else "lanner can run here.")
    return exits.PROBLEMS if missing else exits.OK


def _met(requirement: requirements.Requirement) -> bool:
    if requirement.met:
        _line("ok", requirement.name, requirement.detail, "")
    else:
        word = "MISSING" if requirement.needed else "none"
        _line(word, requirement.name, requirement.detail, requirement.hint)
    return requirement.met or not requirement.needed


def _runtime(cri_socket: pathlib.Path | None) -> bool:
    """False only when a socket that was named does not answer: without any, alerts just lack names."""
    try:
        path = endpoints.find(None if cri_socket is None else str(cri_socket))
    except failure.CRIError as error:
        word = "none" if cri_socket is None else "MISSING"
        _line(word, "container runtime", str(error), "without it containers have no names in alerts")
        return cri_socket is None
    _line("ok", "container runtime", path, "")
    return True


def _packages() -> bool:
    """The doctor itself does without them."""
    lacking = extras.lacking("agent")
    if lacking:
        _line("MISSING", _EXTRA, f"not installed: {', '.join(lacking)}", extras.install("agent"))
    else:
        _line("ok", _EXTRA, "its packages are installed", "")
    return not lacking


def _line(word: str, name: str, detail: str, hint: str) -> None:
    click.echo(f"{word:<8} {name}: {detail}")
    if hint:
        click.echo(f"         -> {hint}")

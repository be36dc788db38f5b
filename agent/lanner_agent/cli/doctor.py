# SPDX-License-Identifier: Apache-2.0
"""`lanner doctor`: what this kernel, this user and this machine lack, and what to do about it."""

from __future__ import annotations

import pathlib

import click

from lanner_agent.cli import exits
from lanner_agent.kernel import requirements


@click.command("doctor")
@click.option(
    "--cri-socket", type=click.Path(path_type=pathlib.Path), help="Look at this runtime socket only."
)
def command(cri_socket: pathlib.Path | None) -> int:
    """Say whether the agent can run here; exits 1 when something is missing."""
    met = [_shown(requirement) for requirement in requirements.check()]
    click.echo("lanner can run here." if all(met) else "lanner cannot run here as it is.")
    return exits.OK if all(met) else exits.PROBLEMS


def _shown(requirement: requirements.Requirement) -> bool:
    click.echo(f"{'ok     ' if requirement.met else 'MISSING'}  {requirement.name}: {requirement.detail}")
    if not requirement.met and requirement.hint:
        click.echo(f"         -> {requirement.hint}")
    return requirement.met

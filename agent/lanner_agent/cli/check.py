# SPDX-License-Identifier: Apache-2.0
"""`lanner check PATH…`: the engine on the command line. Files in, diagnostics out; needs no root and no
kernel.
"""

from __future__ import annotations

import pathlib
import sys
from collections import Counter

import click

from lanner_agent.cli import exits
from lanner_agent.policy import defaults, load
from lanner_engine import diagnostics


@click.command("check")
@click.argument(
    "paths", nargs=-1, type=click.Path(readable=False, path_type=pathlib.Path), metavar="[PATH]..."
)
def command(paths: tuple[pathlib.Path, ...]) -> int:
    """Check rules files or FalcoRule manifests, as `lanner run` would load them.

    A directory stands for its *.yaml and *.yml files, sorted by name; later files override earlier ones.
    Without a PATH the default rules are checked. Problems go to standard error, one line of what was
    checked to standard output.
    """
    checked = load.check(paths or (defaults.directory(),))
    for diagnostic in checked.diagnostics:
        click.echo(diagnostics.render(diagnostic, colour=sys.stderr.isatty()), err=True)
    click.echo(_conclusion(checked))
    return exits.OK if checked.ok else exits.PROBLEMS


def _conclusion(checked: load.Checked) -> str:
    counts = Counter(diagnostic.severity for diagnostic in checked.diagnostics)
    files = _counted(len(checked.files), "file")
    problems = f"{_counted(counts['error'], 'error')}, {_counted(counts['warning'], 'warning')}"
    if not checked.ok:
        return f"{files} checked: {problems}"
    events = sorted({event for rule in checked.rules for event in rule.event_types})
    return f"{files} checked: {_counted(len(checked.rules), 'rule')} for {', '.join(events)}; {problems}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

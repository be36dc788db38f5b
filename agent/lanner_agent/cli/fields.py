# SPDX-License-Identifier: Apache-2.0
"""`lanner fields [PATTERN]`: the engine's field table on the command line."""

from __future__ import annotations

import shutil
import textwrap

import click

from lanner_agent.cli import exits
from lanner_engine import diagnostics
from lanner_engine.fields import listing

_WIDE = 100  # columns when the output is no terminal


@click.command("fields")
@click.argument("pattern", default="", metavar="[PATTERN]")
def command(pattern: str) -> int:
    """List the fields that conditions and outputs can name.

    With PATTERN those whose name or meaning holds it, or whose name matches it as a glob: `lanner fields
    'fd.*'`. Exits 1 when there is none.
    """
    rows = listing.rows(pattern)
    if not rows:
        click.echo(_none(pattern), err=True)
        return exits.PROBLEMS
    width = shutil.get_terminal_size((_WIDE, 0)).columns
    for row in rows:
        click.echo(f"{row.name}  {row.type}")
        click.echo(_described(row, max(width, 40)))
    return exits.OK


def _described(row: listing.Row, width: int) -> str:
    notes = "; ".join(filter(None, (row.meaning, f"answered by {row.records}", row.notes)))
    return textwrap.fill(notes, width, initial_indent="    ", subsequent_indent="    ")


def _none(pattern: str) -> str:
    near = diagnostics.suggest(pattern, (row.field.name for row in listing.rows()))
    return f"lanner: no field is called or means {diagnostics.visible(pattern)}. {near}".rstrip()

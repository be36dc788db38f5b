# SPDX-License-Identifier: Apache-2.0
"""`lanner fields [PATTERN]`: the tables of fields and, with --events, of events on the command line."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable

import click

from lanner_agent.app import exits
from lanner_agent.decode import listing as event_listing
from lanner_engine import diagnostics
from lanner_engine.fields import listing

_WIDE = 100  # columns when the output is no terminal
_NARROW = 40
_INDENT = "    "


@click.command("fields")
@click.argument("pattern", default="", metavar="[PATTERN]")
@click.option("--events", is_flag=True, help="List events instead: whether recorded, and their parameters.")
def command(pattern: str, events: bool) -> int:
    """List the fields that conditions and outputs can name.

    With PATTERN those whose name or meaning holds it, or whose name matches it as a glob: `lanner fields
    'fd.*'`. With --events every name that evt.type can be compared with, or those whose name holds or
    matches PATTERN. Exits 1 when there is none.
    """
    return _events(pattern) if events else _fields(pattern)


def _fields(pattern: str) -> int:
    rows = listing.rows(pattern)
    if not rows:
        what = "no field is called or means"
        return _none(what, pattern, (row.field.name for row in listing.rows()))
    for row in rows:
        click.echo(f"{row.name}  {row.type}")
        notes = (row.meaning, f"answered by {row.records}", row.notes)
        click.echo(_filled("; ".join(filter(None, notes))))
    return exits.OK


def _events(pattern: str) -> int:
    rows = event_listing.rows(pattern)
    if not rows:
        return _none("no event is called", pattern, (row.name for row in event_listing.rows()))
    for row in rows:
        click.echo(f"{row.name}  {'recorded' if row.recorded else 'not recorded'}{', hot' * row.hot}")
        if row.parameters:
            click.echo(_filled(", ".join(row.parameters)))
    return exits.OK


def _filled(text: str) -> str:
    width = max(shutil.get_terminal_size((_WIDE, 0)).columns, _NARROW)
    return textwrap.fill(text, width, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _none(what: str, pattern: str, names: Iterable[str]) -> int:
    near = diagnostics.suggest(pattern, names)
    click.echo(f"lanner: {what} {diagnostics.visible(pattern)}. {near}".rstrip(), err=True)
    return exits.PROBLEMS

# SPDX-License-Identifier: Apache-2.0
"""Rows as kubectl prints them, and documents as JSON or YAML. What a terminal would act on is escaped in all
of them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click
import yaml

from lanner_agent.publish import escape

Command = TypeVar("Command", bound=Callable[..., Any])
FORMS: Final = ("wide", "json", "yaml")
WIDE: Final = 253  # characters of one value, as long as a name may be
WIDEST: Final = 2_000  # of one that ends a line
_GAP: Final = "   "
_LOUD: Final[Mapping[str, Any]] = {"fg": "white", "bg": "red", "bold": True}
_QUIET: Final[Mapping[str, Any]] = {"dim": True}
_COLOURS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Emergency": _LOUD,
    "Alert": _LOUD,
    "Critical": _LOUD,
    "Error": {"fg": "red", "bold": True},
    "Warning": {"fg": "yellow", "bold": True},
    "Notice": {"fg": "cyan"},
    "Informational": _QUIET,
    "Debug": _QUIET,
}


def form_option(*forms: str) -> Callable[[Command], Command]:
    """-o; `wide` is the columns with more of them."""
    return click.option("-o", "--output", "form", type=click.Choice(forms), help="Another form.")


def colour_option(command: Command) -> Command:
    return click.option(
        "--color",
        "colour",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        show_default=True,
        help="Colours by priority; auto: on a terminal, unless $NO_COLOR is set.",
    )(command)


def coloured(wanted: str) -> bool:
    return wanted == "always" or (wanted == "auto" and sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def cell(value: object, limit: int = WIDE) -> str:
    """One value on one line; `-` for none. What is escaped already is not escaped again."""
    if value is None or value == "":
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = escape.harmless(str(value)[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Columns:
    """Rows under a heading; later rows keep to the widths of the first ones."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._widths: list[int] = []

    def lines(self, rows: Sequence[Sequence[str]], paint: Callable[[str], str] = str) -> Iterable[str]:
        """`paint` gets each value once it has its width. The heading comes with the first rows."""
        if not self._widths:
            self._widths = [max(map(len, column)) for column in zip(self._names, *rows, strict=True)]
            yield self._line(self._names, str)
        for row in rows:
            yield self._line(row, paint)

    def _line(self, row: Sequence[str], paint: Callable[[str], str]) -> str:
        padded = [value.ljust(width) for value, width in zip(row, self._widths, strict=True)]
        *first, last = padded
        return _GAP.join(map(paint, (*first, last.rstrip())))


def painted(value: str) -> str:
    """A priority in its colour; anything else as it is."""
    style = _COLOURS.get(value.strip())
    return value if style is None else click.style(value, **style)


def document(form: str, value: object) -> str:
    """ASCII, so that nothing in it moves a cursor."""
    if form == "json":
        return json.dumps(value, indent=2)
    return yaml.safe_dump(value, sort_keys=False, width=110).rstrip("\n")


def notes(said: Iterable[str]) -> None:
    """To standard error, each once."""
    for note in dict.fromkeys(said):
        click.echo(f"lanner: {cell(note, WIDEST)}", err=True)

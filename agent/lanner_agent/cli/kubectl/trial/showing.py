# SPDX-License-Identifier: Apache-2.0
"""What is shown while rules are tried, and at the end: a table that is drawn anew on a terminal, lines
elsewhere. Everything that an attacker or a tenant wrote is escaped.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import click

from lanner_agent.cli.kubectl import printing
from lanner_agent.cli.kubectl.trial.counts import Counts, Where
from lanner_agent.cli.kubectl.trial.following import Outcome

_COLUMNS: Final = ("RULE", "NAMESPACE", "WORKLOAD", "EXECUTABLE", "MATCHES")
_NODES: Final = "NODES"
_UP: Final = "\x1b[{}A\x1b[J"  # so many lines up, and nothing below


def on_terminal() -> bool:
    """Standard output is a terminal that can move its cursor."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")


def table(found: Counts) -> Iterator[str]:
    """Its heading too; nothing for no matches."""
    if not found.rows:
        return
    nodes = found.nodes
    names = (*_COLUMNS, _NODES) if nodes is not None else _COLUMNS
    rows = [
        tuple(map(printing.cell, (*where, number, *((nodes.get(where),) if nodes is not None else ()))))
        for where, number in found.ordered
    ]
    yield from printing.Columns(*names).lines(rows)
    if found.others:
        yield f"{found.others:,} further matches are not told apart"


class Live:
    """A table at the bottom of a terminal, with a line about how it goes below."""

    def __init__(self) -> None:
        self._drawn = 0

    def show(self, found: Counts, how: str) -> None:
        size = shutil.get_terminal_size()
        lines = [*list(table(found))[: max(1, size.lines - 2)], how]
        text = "".join(f"{line[: size.columns - 1]}\n" for line in lines)
        click.echo(self._back() + text, nl=False)
        self._drawn = len(lines)

    def clear(self) -> None:
        click.echo(self._back(), nl=False)
        self._drawn = 0

    def _back(self) -> str:
        return _UP.format(self._drawn) if self._drawn else ""


class Lines:
    """A line for each group that came or grew, for pipes and files."""

    def __init__(self) -> None:
        self._shown: Mapping[Where, int] = {}

    def show(self, found: Counts, how: str) -> None:
        for where, number in found.ordered:
            more = number - self._shown.get(where, 0)
            if more > 0:
                click.echo(f"{how}: {number:,} (+{more:,}) {' '.join(map(printing.cell, where))}")
        self._shown = dict(found.rows)

    def clear(self) -> None:
        """Lines stay."""


class Silent:
    """For documents, which come at the end."""

    def show(self, found: Counts, how: str) -> None:
        """Nothing."""

    def clear(self) -> None:
        """Nothing."""


Surface = Live | Lines | Silent


def surface(form: str | None) -> Surface:
    if form is not None:
        return Silent()
    return Live() if on_terminal() else Lines()


def document(word: str, outcome: Outcome, exceptions: str) -> dict[str, Any]:
    """For programs. `exceptions` is a rules file."""
    found = outcome.counts
    return {
        "try": word,
        "seconds": outcome.seconds,
        "matches": found.matches,
        "others": found.others,
        "silent": list(found.silent),
        "top": [
            {
                **where._asdict(),
                "matches": number,
                "nodes": None if found.nodes is None else found.nodes.get(where),
            }
            for where, number in found.ordered
        ],
        "objects": [
            {"object": one.object, "programmed": one.programmed, "loaded": one.loaded, "nodes": one.desired}
            for one in outcome.states
        ],
        "exceptions": exceptions,
    }


def sums(outcome: Outcome) -> Iterable[str]:
    """What came of it, in sentences."""
    states, found, seconds = outcome.states, outcome.counts, outcome.seconds
    loaded, desired = min(one.loaded for one in states), max(one.desired for one in states)
    where = f"on {loaded} of {desired} node{'' if desired == 1 else 's'} for {seconds} s"
    if not found.matches:
        yield f"tried {where}: no rule would have made an alert"
        return
    rules = {one.rule for one in found.rows}
    by = f", by {_listed(rules)}" if rules else ""
    yield f"tried {where}: {found.matches:,} alerts would have been made{by}"
    if found.silent:
        yield f"no alert by {_listed(found.silent)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(printing.cell(one) for one in sorted(names))

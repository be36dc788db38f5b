# SPDX-License-Identifier: Apache-2.0
"""What a rule asks of the process alone is asked once for a process, however many events it makes.

An event's process is the same object for as long as nothing is different about it, and what is read here of
such an object never changes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Final

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Rows, walk
from lanner_engine.codegen.ordering import flat
from lanner_engine.codegen.tenants import NOTHING, Match, Matches
from lanner_engine.fields.model import Event, Process

FEWEST: Final = 6  # questions; fewer are asked as quickly as looked up
MAX_PROCESSES: Final = 64  # processes whose answers one rule remembers
_FIELDS: Final = frozenset(
    f"proc.{name}"
    for name in (
        *("name", "exe", "exepath", "cmdline", "exeline", "args", "tty", "pid", "ppid"),
        *("pname", "pexe", "pexepath", "pcmdline"),
        *("aname", "apid", "aexe", "aexepath", "acmdline", "aargs"),
    )
)


def split(condition: Expr) -> tuple[Expr, Expr] | None:
    """Both must hold; the first asks the process alone. None: that is not worth while."""
    parts = tuple(flat(condition))
    first = tuple(part for part in parts if _asks_process(part))
    rest = tuple(part for part in parts if part not in first)
    if not rest or sum(isinstance(node, Check) for part in first for node in walk(part)) < FEWEST:
        return None
    return And(first), And(rest)


def joined(of_process: Match, rest: Match) -> Match:
    """Asks the first of a process that it has not in mind, and the second of every event."""
    # Not the processes themselves: decode holds those that come again, and each has a whole record.
    answers: dict[int, tuple[weakref.ref[Process], bool]] = {}
    find: Callable[[int], tuple[weakref.ref[Process], bool] | None] = answers.get

    def match(event: Event) -> Matches:
        process = event.process
        found = find(id(process))
        if found is None or found[0]() is not process:
            if len(answers) >= MAX_PROCESSES:
                answers.clear()
            found = answers[id(process)] = weakref.ref(process), bool(of_process(event))
        return rest(event) if found[1] else NOTHING

    return match


def _asks_process(part: Expr) -> bool:
    return all(_is_of_process(node) for node in walk(part) if isinstance(node, Check | Rows))


def _is_of_process(check: Check | Rows) -> bool:
    if isinstance(check, Rows):
        return all(field.name in _FIELDS for field in check.fields)
    left, right = check.left, check.right
    items = right.items if isinstance(right, ListLiteral) else (right,)
    known = all(item is None or isinstance(item, Literal) for item in items)
    return known and isinstance(left, FieldRef) and left.name in _FIELDS

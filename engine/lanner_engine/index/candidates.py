# SPDX-License-Identifier: Apache-2.0
"""Candidates: what to ask of an event of which the kernel says which clauses may hold.

In: a program, the tables that were made of its rules, and of each event its type and the bits that are left.
Out: a function that asks the rules of these bits alone, in their order. The same bits come again and again,
so what was made for them is kept, up to a number: who makes events of ever other kinds fills no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_engine.codegen.compile import Program
from lanner_engine.codegen.parts import Apart, Part, nothing
from lanner_engine.codegen.tenants import Match
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.rows import Row
from lanner_engine.index.tables import Tables

ALL: Final[Row] = 0  # in place of bits: everything may hold
MAX_SETS: Final = 8192
_MANY: Final = 12  # rules, of which asking all at once is faster than one after the other


@dataclass(frozen=True, slots=True)
class Asked:
    """`match` asks the rules. `needs_metadata`: some of them ask what only the container runtime knows;
    `selects`: some are for certain pods only.
    """

    match: Match
    needs_metadata: bool
    selects: bool


class Candidates:
    """Of one generation of rules. `known`: what was asked before."""

    def __init__(self, program: Program, tables: Tables) -> None:
        self.program = program
        self._rules = {name: one.rules for name, one in tables.items()}
        self._apart = Apart(program.reporting)
        self._numbers = {rule: number for number, rule in enumerate(program.rules)}
        self._known: dict[tuple[str, Row], Asked] = {}
        self.known = self._known.get

    def asked(self, event_type: str, bits: Row) -> Asked:
        """What these bits leave to ask of an event of this type."""
        key = event_type, bits
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MAX_SETS:
                self._known.clear()
            found = self._known[key] = self._made(event_type, bits)
        return found

    def _made(self, event_type: str, bits: Row) -> Asked:
        program = self.program
        parts = program.parts.get(event_type, ())
        rules = self._rules.get(CLASS_OF.get(event_type, ""), ())
        if bits != ALL and bits < 1 << len(rules):
            numbers = frozenset[int]().union(*(rules[bit] for bit in _set_bits(bits)))
            some = tuple(part for part in parts if self._numbers[part.rule] in numbers)
            match = self._apart.match(some) if len(some) < min(_MANY, len(parts)) else None
            if match is not None:
                return _asked(match, some)
        return _asked(program.functions.get(event_type, nothing), parts)


def _asked(match: Match, parts: Sequence[Part]) -> Asked:
    scopes = [part.rule.scope for part in parts]
    return Asked(
        match,
        any(part.rule.needs_metadata for part in parts),
        any(scope is not None and scope.selects for scope in scopes),
    )


def _set_bits(row: Row) -> Iterator[int]:
    while row:
        lowest = row & -row
        yield lowest.bit_length() - 1
        row ^= lowest

# SPDX-License-Identifier: Apache-2.0
"""Rows of bits, one a clause, by value: sets of values that clauses ask for come in, one a bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lanner_engine.index.names import Names

Row = int  # bit n: clause n


@dataclass(frozen=True, slots=True)
class ByValue:
    """A row for each value that is named, and one for all others."""

    default: Row
    values: Mapping[bytes, Row] = field(default_factory=dict)


def by_value(asked: Sequence[Names]) -> ByValue:
    """A name that a clause lists has another bit there than all others."""
    default = sum(1 << bit for bit, one in enumerate(asked) if one.others)
    differs: dict[bytes, Row] = {}
    for bit, one in enumerate(asked):
        for name in one.listed:
            differs[name] = differs.get(name, 0) | 1 << bit
    same: dict[Row, Row] = {}  # equal rows are one object
    rows = {name: default ^ row for name, row in sorted(differs.items())}
    return ByValue(default, {name: same.setdefault(row, row) for name, row in rows.items()})

# SPDX-License-Identifier: Apache-2.0
"""Names of processes: for which of them a condition over proc.name or proc.pname can be true.

A check, or the negation of one, comes in; a set of names goes out, or of all names but some. Sets are joined
and met. What is no question of equality is taken as true of every name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_engine.ast import Check, Expr, Not, literals

COMM_BYTES: Final = 15  # longer names no process has
_EXACT: Final = frozenset({"=", "==", "in", "intersects"})


@dataclass(frozen=True, slots=True)
class Names:
    """Those that are listed; or, with `others`, all but those."""

    listed: frozenset[bytes]
    others: bool

    @property
    def possible(self) -> bool:
        return self.others or bool(self.listed)


ANY: Final = Names(frozenset(), True)


def of_leaf(leaf: Expr, longest: int | None = COMM_BYTES) -> Names:
    """The names on which a check, or a negated one, can be true. None has more bytes than `longest`."""
    check = leaf.child if isinstance(leaf, Not) else leaf
    if not isinstance(check, Check) or not _asks_values(check):
        return ANY
    listed = frozenset(value for value in values(check) if longest is None or len(value) <= longest)
    among = (check.operator in _EXACT) is not isinstance(leaf, Not)
    return Names(listed, not among)


def _asks_values(check: Check) -> bool:
    """Whether the answer is that the name is among the values, or, of !=, that it is not."""
    if check.operator == "!=":
        return check.modifier is None and bool(literals(check))
    return check.operator in _EXACT and check.modifier in (None, "anyof") and bool(literals(check))


def values(check: Check) -> tuple[bytes, ...]:
    """On the right of a check; none when a field stands there, or nothing."""
    return tuple(literal.value for literal in literals(check))


def every_one(sets: Iterable[Names]) -> Names:
    """The names that are in all sets."""
    asked = [one for one in sets if one != ANY]
    if len(asked) < 2:  # noqa: PLR2004
        return asked[0] if asked else ANY
    without = _together([one for one in asked if one.others])
    within = [one.listed for one in asked if not one.others]
    if not within:
        return Names(without, True)
    return Names(frozenset.intersection(*within) - without, False)


def any_one(sets: Iterable[Names]) -> Names:
    """The names that are in one of the sets at least."""
    found = list(dict.fromkeys(sets))
    within = _together([one for one in found if not one.others])
    without = [one.listed for one in found if one.others]
    if not without:
        return Names(within, False)
    return Names(frozenset.intersection(*without) - within, True)


def _together(sets: Sequence[Names]) -> frozenset[bytes]:
    return frozenset[bytes]().union(*(one.listed for one in sets))

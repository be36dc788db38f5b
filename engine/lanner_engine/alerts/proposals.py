# SPDX-License-Identifier: Apache-2.0
"""Exceptions for alerts that repeat: the narrowest that their fields allow, each with what it silences.

Alerts of a rule are put together by who made them. What else they have in common, or has few values, makes
the exception narrower; combinations that came only once stay alerts, for the one that matters looks like
that.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_engine.alerts.gathered import Kind, sayable
from lanner_engine.alerts.reading import Value
from lanner_engine.alerts.trust import WHO, holds_up

FEW: Final = 10  # values of a field that is part of an exception
MOST_ROWS: Final = 20  # combinations of values in one exception

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`rows` are combinations of values of `fields`. `silenced` alerts have one of them.

    Of these `once` came only once in all their fields, and `beside` were made by another actor: both are
    examples of what the exception also hides. `refused` says why it should not be made.
    """

    rule: str
    fields: tuple[str, ...]
    rows: tuple[Row, ...]
    silenced: int
    once: tuple[Kind, ...] = ()
    beside: tuple[Kind, ...] = ()
    refused: str = ""

    @property
    def name(self) -> str:
        """The same for the same exception, so that tuning twice makes one."""
        text = repr((self.rule, self.fields, self.rows)).encode()
        return f"tuned_{hashlib.sha256(text).hexdigest()[:10]}"

    def first(self) -> dict[str, Value]:
        return dict(zip(self.fields, self.rows[0], strict=True))

    def holds(self, kind: Mapping[str, Value]) -> bool:
        return tuple(kind.get(name) for name in self.fields) in self.rows


def proposals(rule: str, kinds: Mapping[Kind, int], at_least: int) -> Iterator[Proposal]:
    """Most alerts first."""
    groups: dict[tuple[Value, ...], dict[Kind, int]] = {}
    for kind, count in kinds.items():
        values = dict(kind)
        groups.setdefault(tuple(values.get(name) for name in WHO), {})[kind] = count
    found = [_proposal(rule, group, kinds) for group in groups.values() if sum(group.values()) >= at_least]
    made = [one for one in found if one is not None and one.silenced >= at_least]
    yield from sorted(made, key=lambda one: (-one.silenced, one.name))


def _proposal(rule: str, group: Mapping[Kind, int], everyone: Mapping[Kind, int]) -> Proposal | None:
    fields = _fields(group)
    rows: Counter[Row] = Counter()
    while True:
        rows.clear()
        for kind, count in group.items():
            rows[_row(kind, fields)] += count
        repeated = [row for row, count in rows.most_common() if count > 1 and all(map(sayable, row))]
        if len(repeated) <= MOST_ROWS:
            break
        fields = _without_the_most_varied(fields, group)
    if not repeated:
        return _unsayable(rule, rows)
    made = Proposal(
        rule, fields, tuple(repeated), 0, refused=holds_up(dict(zip(fields, repeated[0], strict=True)))
    )
    return _measured(made, group, everyone)


def _unsayable(rule: str, rows: Counter[Row]) -> Proposal | None:
    count = sum(count for row, count in rows.items() if count > 1)
    why = "they hold values that are long, hidden or not to be seen as they are, which no rule should hold"
    return Proposal(rule, (), ((),), count, refused=why) if count else None


def _measured(made: Proposal, group: Mapping[Kind, int], everyone: Mapping[Kind, int]) -> Proposal:
    hidden = {kind: count for kind, count in everyone.items() if made.holds(dict(kind))}
    once = tuple(kind for kind, count in hidden.items() if count == 1 and kind in group)
    beside = tuple(kind for kind in hidden if kind not in group)
    return Proposal(made.rule, made.fields, made.rows, sum(hidden.values()), once, beside, made.refused)


def _row(kind: Kind, fields: Sequence[str]) -> Row:
    values = dict(kind)
    return tuple(values.get(name) for name in fields)


def _fields(group: Mapping[Kind, int]) -> tuple[str, ...]:
    """Those that all alerts of the group have, with few values; who made them first."""
    kinds = [dict(kind) for kind in group]
    names = set(kinds[0]).intersection(*kinds)
    few = {name for name in names if len({kind[name] for kind in kinds}) <= FEW}
    who = [name for name in WHO if name in few]
    return (*who, *sorted(few.difference(who)))


def _without_the_most_varied(fields: tuple[str, ...], group: Mapping[Kind, int]) -> tuple[str, ...]:
    kinds = [dict(kind) for kind in group]
    varied = max(
        (name for name in fields if name not in WHO), key=lambda name: len({kind[name] for kind in kinds})
    )
    return tuple(name for name in fields if name != varied)

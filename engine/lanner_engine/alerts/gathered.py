# SPDX-License-Identifier: Apache-2.0
"""Alerts counted by rule and by the values of their lasting fields, in bounded memory, however many there
are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lanner_engine.alerts.known import HIDDEN, REPLACED
from lanner_engine.alerts.reading import Alert, Value
from lanner_engine.alerts.trust import usable

MOST_RULES: Final = 1_000
MOST_KINDS: Final = 20_000  # of alerts, all rules together
MOST_CHARACTERS: Final = 1 << 26  # of their values
MOST_TEXT: Final = 200  # characters of a value that an exception may have

Kind = tuple[tuple[str, Value], ...]  # fields and values, in the order of names


@dataclass(slots=True)
class Gathered:
    """`kinds` are alerts that are alike in every lasting field, by rule, each with their number.

    `crowded` were too many to be told apart: nothing is proposed about them, and nothing proved.
    """

    kinds: dict[str, dict[Kind, int]] = field(default_factory=dict)
    alerts: int = 0
    crowded: int = 0
    _kept: int = 0
    _characters: int = 0

    def add(self, alert: Alert, times: int = 1) -> None:
        """`times`: how many there were that are like it."""
        self.alerts += times
        of_rule = self.kinds.get(alert.rule)
        if of_rule is None:
            if len(self.kinds) >= MOST_RULES:
                self.crowded += times
                return
            of_rule = self.kinds[alert.rule] = {}
        kind = tuple(_lasting(alert))
        if kind not in of_rule:
            self._kept += 1
            self._characters += sum(len(str(value)) for _, value in kind)
            if self._kept > MOST_KINDS or self._characters > MOST_CHARACTERS:
                self.crowded += times
                return
            of_rule[kind] = 0
        of_rule[kind] += times


def _lasting(alert: Alert) -> Iterator[tuple[str, Value]]:
    """What can stand in an exception. Of a value that cannot, a piece, so that it is still told apart."""
    for name in sorted(alert.fields):
        value = alert.fields[name]
        if isinstance(value, str | int) and len(name) <= MOST_TEXT and usable(name, value):
            yield name, value if sayable(value) else f"{HIDDEN}{hash(value):x}"


def sayable(value: Value) -> bool:
    """Whether a rules file should hold it: short, and to be seen as it is."""
    if not isinstance(value, str):
        return value is not None and abs(value) < 1 << 63 if isinstance(value, int) else False
    return len(value) <= MOST_TEXT and value.isprintable() and HIDDEN not in value and REPLACED not in value

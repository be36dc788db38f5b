# SPDX-License-Identifier: Apache-2.0
"""How long rules take to decide one event: checked rules in, microseconds and warnings out. Pure.

An estimate for an event on which every part is asked, by what comparisons took; a test holds it to what is
really taken. What the kernel holds back is not asked at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Final

from lanner_engine.ast import Check, Expr, Rows, Transformer, literals, walk
from lanner_engine.fields import operands
from lanner_engine.fields.matchers import needs_automaton
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Diagnostic

MUCH_US: Final = 20.0  # with all default rules an agent decides 86,000 events a second: 12 µs each
ASKED_US: Final = 0.1  # a check, however many values a set has
FIELD_US: Final = 0.15  # of a table
TRANSFORMER_US: Final = 0.2
AUTOMATON_US: Final = 1.1  # a text that a regular expression goes through
ANCESTORS: Final = 8  # that a process has, in containers and on hosts
# Of what is compared value by value, microseconds for each.
VALUE_US: Final = MappingProxyType(
    {"contains": 0.16, "icontains": 0.16, "bcontains": 0.16, "glob": 0.09, "iglob": 0.09, "pmatch": 0.012}
)
_PATTERNS: Final = frozenset({"glob", "iglob"})
_CODE: Final = "LOAD_WARNING_EXTENSION"
_HINT: Final = (
    "say first what is decided at once (proc.name = ..., a rare event type); "
    "in, startswith and endswith ask once for all of their values, contains, glob and regex for each"
)


def estimate(rule: CheckedRule) -> float:
    """Microseconds for one event."""
    return sum(map(_node, walk(rule.condition)))


def warnings(rules: Iterable[CheckedRule]) -> Iterator[Diagnostic]:
    """One for each rule that may take longer than all others together should."""
    for rule in rules:
        found = estimate(rule)
        if found >= MUCH_US:
            message = (
                f"rule {rule.name} costs about {found:.0f} microseconds an event by the engine's estimate: "
                f"one processor decides {round(1e6 / found, -2):,.0f} such events a second"
            )
            yield Diagnostic("warning", _CODE, message, rule.span, _HINT)


def _node(node: Expr) -> float:
    if isinstance(node, Rows):
        return len(node.fields) * FIELD_US
    return _check(node) if isinstance(node, Check) else 0.0


def _check(check: Check) -> float:
    transformed = sum(isinstance(one, Transformer) for one in (check.left, check.right))
    values = sum(_value(check.operator, one.value) for one in literals(check))
    once = ASKED_US + transformed * TRANSFORMER_US + values
    return once * (ANCESTORS if operands.shape(check.left).many else 1)


def _value(operator: str, value: bytes) -> float:
    if operator == "regex" or (operator in _PATTERNS and needs_automaton(operator, value)):
        return AUTOMATON_US
    return VALUE_US.get(operator, 0.0)

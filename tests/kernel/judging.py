# SPDX-License-Identifier: Apache-2.0
"""What the kernel left of an index of rules, told by its records and judged by the exact evaluator."""

from __future__ import annotations

from collections.abc import Sequence

from lanner_agent.decode.event import Event
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.tables import Tables
from lanner_engine.parser.printer import print_condition
from lanner_engine.program.rule import CheckedRule
from lanner_engine.reference.evaluate import evaluate


def left(rules: Sequence[CheckedRule], tables: Tables, event: Event) -> frozenset[int]:
    """The rules that may hold, by their number; all of them of an event about which nothing was asked."""
    if not event.candidates:
        return frozenset(range(len(rules)))
    own = tables[CLASS_OF[event.type]].rules
    return frozenset[int]().union(*(own[bit] for bit in range(len(own)) if event.candidates >> bit & 1))


def true(rules: Sequence[CheckedRule], event: Event) -> frozenset[int]:
    """The rules that do hold."""
    return frozenset(
        number
        for number, rule in enumerate(rules)
        if event.type in rule.event_types and evaluate(rule.condition, event)
    )


def written(rules: Sequence[CheckedRule], numbers: frozenset[int]) -> str:
    return "; ".join(print_condition(rules[number].condition) for number in sorted(numbers))

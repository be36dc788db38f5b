# SPDX-License-Identifier: Apache-2.0
"""Event dispatch: each event type gets the rules that can be true on it, with every question about the type
answered.

Types that are left with the same rules share one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lanner_engine.ast import Check, Expr
from lanner_engine.passes.fold import fold
from lanner_engine.passes.traverse import FALSE
from lanner_engine.program.copies import type_checks
from lanner_engine.program.rule import CheckedRule

Decider = Callable[[Check, str], bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """Event types that share a function, and its rules in order with what is left of their conditions."""

    event_types: tuple[str, ...]
    rules: tuple[tuple[Expr, CheckedRule], ...]


def dispatch(rules: Sequence[CheckedRule], decide: Decider) -> list[Entry]:
    """Entries for all event types on which some rule can match; `decide` answers a check of the type."""
    checks = [type_checks(rule.condition) for rule in rules]
    entries = [_entry(rules, key, names, checks) for key, names in _groups(rules, checks, decide).items()]
    return [entry for entry in entries if entry.rules]


def _groups(
    rules: Sequence[CheckedRule], checks: list[list[Check]], decide: Decider
) -> dict[tuple[tuple[int, tuple[bool, ...]], ...], list[str]]:
    """The event types by the rules on them, and by the answers to these rules' checks of the type.

    Many rules ask the same, so each check has a number, and is asked once of a type.
    """
    numbers: dict[Check, int] = {}
    asked = [tuple(numbers.setdefault(check, len(numbers)) for check in own) for own in checks]
    distinct = list(numbers)
    groups: dict[tuple[tuple[int, tuple[bool, ...]], ...], list[str]] = {}
    for name in sorted(frozenset().union(*(rule.event_types for rule in rules))):
        wanted = [index for index, rule in enumerate(rules) if name in rule.event_types]
        numbered = frozenset(one for index in wanted for one in asked[index])
        answers = {one: decide(distinct[one], name) for one in numbered}
        key = tuple((index, tuple(answers[one] for one in asked[index])) for index in wanted)
        groups.setdefault(key, []).append(name)
    return groups


def _entry(
    rules: Sequence[CheckedRule],
    key: tuple[tuple[int, tuple[bool, ...]], ...],
    names: list[str],
    checks: list[list[Check]],
) -> Entry:
    left: list[tuple[Expr, CheckedRule]] = []
    for index, outcomes in key:
        known = dict(zip(checks[index], outcomes, strict=True))
        condition = fold(rules[index].condition, known.get)
        if condition != FALSE:
            left.append((condition, rules[index]))
    return Entry(tuple(names), tuple(left))

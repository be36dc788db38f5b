# SPDX-License-Identifier: Apache-2.0
"""Alerts by rule, priority and tags, for the page of metrics. Bounded: names of rules are their writers'
choice, and whoever renames a rule all day must not fill the memory, nor take the names of others away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from lanner_engine.program.rule import CheckedRule, Priority

RULES: Final = 1000  # of the cluster, or of files
RULES_OF_ONE: Final = 100  # that one namespace wrote
RULES_OF_ALL: Final = 2000
OTHER: Final = "other"


class Kind(NamedTuple):
    """What is known of a rule by its alerts."""

    rule: str
    priority: Priority
    tags: tuple[str, ...]


class Kinds:
    """`counts` by kind; rules beyond the bounds are one for each priority."""

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self._whose: dict[Kind, str] = {}  # the namespace that wrote the rule
        self._numbers: Counter[str] = Counter()  # of kinds, by namespace

    def expect(self, rules: Iterable[CheckedRule]) -> None:
        """These are in force now: they are shown before their first alert, others only after theirs."""
        kept = Counter({kind: number for kind, number in self.counts.items() if number})
        self._whose = {kind: whose for kind, whose in self._whose.items() if kind in kept}
        self._numbers = Counter(self._whose.values())
        for rule in rules:
            kept.setdefault(self._kind(rule, kept), 0)
        self.counts = kept

    def add(self, rule: CheckedRule) -> None:
        """One more alert of it."""
        self.counts[self._kind(rule, self.counts)] += 1

    def _kind(self, rule: CheckedRule, known: Counter[Kind]) -> Kind:
        kind = Kind(rule.name, rule.priority, rule.tags)
        if kind in known:
            return kind
        whose = rule.owner.namespace if rule.owner else ""
        most = RULES_OF_ONE if whose else RULES
        if self._numbers[whose] >= most or len(self._whose) >= RULES_OF_ALL:
            return Kind(OTHER, rule.priority, ())
        self._whose[kind] = whose
        self._numbers[whose] += 1
        return kind

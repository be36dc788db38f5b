# SPDX-License-Identifier: Apache-2.0
"""Alerts by rule, priority and tags, for the page of metrics. Bounded: names of rules are their writers'
choice, and a tenant who renames a rule all day must not fill the memory, nor take the names of others away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from lanner_engine.program.rule import CheckedRule, Priority

RULES: Final = 1000  # of the cluster, or of files
RULES_OF_ONE: Final = 100  # that one namespace wrote
RULES_OF_NAMESPACES: Final = 1000  # that all of them wrote
OTHER: Final = "other"


class Kind(NamedTuple):
    """What is known of a rule by its alerts. `namespace`: that wrote it, "" for the cluster and files; so
    no rule passes for another one of that name.
    """

    rule: str
    priority: Priority
    tags: tuple[str, ...]
    namespace: str


class Kinds:
    """`counts` by kind; rules beyond the bounds are one for each priority."""

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self._numbers: Counter[str] = Counter()  # of kinds, by namespace

    def expect(self, rules: Iterable[CheckedRule]) -> None:
        """These are in force now: they are shown before their first alert, others only after theirs."""
        kept = Counter({kind: number for kind, number in self.counts.items() if number})
        self._numbers = Counter(kind.namespace for kind in kept if not _is_other(kind))
        for rule in rules:
            kept.setdefault(self._kind(rule, kept), 0)
        self.counts = kept

    def add(self, rule: CheckedRule, *, number: int = 1) -> str:
        """So many more alerts of it. The name that they are counted by."""
        kind = self._kind(rule, self.counts)
        self.counts[kind] += number
        return kind.rule

    def _kind(self, rule: CheckedRule, known: Counter[Kind]) -> Kind:
        whose = rule.owner.namespace if rule.owner else ""
        kind = Kind(rule.name, rule.priority, rule.tags, whose)
        if kind in known:
            return kind
        if self._is_full(whose):
            return Kind(OTHER, rule.priority, (), OTHER if whose else "")
        self._numbers[whose] += 1
        return kind

    def _is_full(self, whose: str) -> bool:
        clusters = self._numbers[""]
        if not whose:
            return clusters >= RULES
        all_of_them = self._numbers.total() - clusters
        return self._numbers[whose] >= RULES_OF_ONE or all_of_them >= RULES_OF_NAMESPACES


def _is_other(kind: Kind) -> bool:
    return kind.rule == OTHER and not kind.tags

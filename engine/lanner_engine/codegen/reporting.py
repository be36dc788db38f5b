# SPDX-License-Identifier: Apache-2.0
"""Reporting: which of the rules that are true of an event make an alert.

An API object is a rules file by itself: the first of its rules that is true makes its alert, and objects do
not shadow each other. All plain rules files are one, as in the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from lanner_engine.codegen.tenants import Match, Matches
from lanner_engine.fields.model import Event
from lanner_engine.program.rule import CheckedRule


class Reporting(Enum):
    """The first of all, the first of each object, or all."""

    FIRST = "first"
    EACH = "each"
    ALL = "all"

    @property
    def every(self) -> bool:
        """Whether rules are asked after one that is true."""
        return self is not Reporting.FIRST

    def of(self, match: Match, rules: Sequence[CheckedRule]) -> Match:
        """A function that finds some of these rules, with those alone that make an alert."""
        several = self is Reporting.EACH and len({rule.owner_key for rule in rules}) < len(rules)
        return _first_of_each(match) if several else match


def reporting(sets: Iterable[Sequence[CheckedRule]], *, every: bool) -> Reporting:
    """What is found of these sets. Where none holds rules of more than one object, the first is all."""
    if every:
        return Reporting.ALL
    alone = all(len({rule.owner_key for rule in rules}) <= 1 for rules in sets)
    return Reporting.FIRST if alone else Reporting.EACH


def _first_of_each(match: Match) -> Match:
    def first(event: Event) -> Matches:
        found = match(event)
        return _firsts(found) if len(found) > 1 else found

    return first


def _firsts(found: Matches) -> Matches:
    kept: dict[str, CheckedRule] = {}
    for rule in found:
        kept.setdefault(rule.owner_key, rule)
    return tuple(kept.values())

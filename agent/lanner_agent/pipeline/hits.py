# SPDX-License-Identifier: Apache-2.0
"""How many alerts each rule made, and when the last: of the rules in force, which bounds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lanner_engine.program.rule import CheckedRule


class RuleKey(NamedTuple):
    """Rules of several objects may have the same name. `owner` is the object's key, "" for rules files."""

    owner: str
    name: str
    namespace: str


@dataclass(slots=True)
class Hit:
    """`last`: ns since the epoch, of the event; 0 before the first."""

    count: int = 0
    last: int = 0


class Hits:
    """Written by the loop's thread; `taken` may be read from another."""

    def __init__(self) -> None:
        self._hits: dict[RuleKey, Hit] = {}

    def expect(self, rules: Iterable[CheckedRule]) -> None:
        """These are in force now: what is known of others is forgotten, of the same ones it stays."""
        keys = map(key_of, rules)
        self._hits = {key: self._hits.get(key) or Hit() for key in keys}

    def add(self, rule: CheckedRule, time: int) -> None:
        """One more alert. Of a rule that is in force no more, for an event from before, nothing is kept."""
        hit = self._hits.get(key_of(rule))
        if hit is not None:
            hit.count += 1
            hit.last = max(hit.last, time)

    def taken(self) -> Mapping[RuleKey, tuple[int, int]]:
        """Count and last time of each rule that made an alert."""
        return {key: (hit.count, hit.last) for key, hit in self._hits.items() if hit.count}


def key_of(rule: CheckedRule) -> RuleKey:
    owner = rule.owner
    return RuleKey(owner.key if owner else "", rule.name, owner.namespace if owner else "")

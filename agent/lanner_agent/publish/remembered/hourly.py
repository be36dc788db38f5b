# SPDX-License-Identifier: Apache-2.0
"""How often each rule made an alert, by the hour of the last day; bounded for all names of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lanner_page.source import HOURS

MOST: Final = 1_024  # rules; of the namespace with the most, the one that fired longest ago goes
NAMED: Final = 64  # namespaces whose forgotten rules are counted by name; the others' are counted together
OTHERS: Final = "others"
_TOLD: Final = 3
_HOUR_NS: Final = 3_600_000_000_000

Key = tuple[str, str]  # of the object, and the rule's name


@dataclass(slots=True)
class _Rule:
    hours: Counter[int] = field(default_factory=Counter)  # by hours since the epoch
    last_ns: int = 0


class Hourly:
    """Written by the thread that keeps alerts; read by others."""

    def __init__(self) -> None:
        self._rules: dict[Key, _Rule] = {}
        self.forgotten: Counter[str] = Counter()  # rules that made way, by whose they were: see `whose`

    def add(self, key: Key, at_ns: int, number: int = 1) -> None:
        """So many more alerts."""
        found = self._rules.pop(key, None) or _Rule()
        self._rules[key] = found  # the last one
        hour = at_ns // _HOUR_NS
        found.hours[hour] += number
        found.last_ns = max(found.last_ns, at_ns)
        for old in [one for one in found.hours if one <= hour - HOURS]:
            del found.hours[old]
        if len(self._rules) > MOST:
            self._forget(self._too_many())

    def _forget(self, key: Key) -> None:
        del self._rules[key]
        name = whose(key)
        self.forgotten[name if name in self.forgotten or len(self.forgotten) < NAMED else OTHERS] += 1

    def _too_many(self) -> Key:
        """Tenants choose the names of rules: who has many pushes out their own."""
        most = Counter(map(_namespace, self._rules)).most_common(1)[0][0]
        return next(key for key in self._rules if _namespace(key) == most)

    def told(self, now_ns: int) -> Mapping[Key, tuple[tuple[int, ...], int]]:
        """By rule: alerts of each of the last HOURS, the newest last; and the time of the last one."""
        first = now_ns // _HOUR_NS - HOURS + 1
        return {
            key: (tuple(dict(one.hours).get(first + at, 0) for at in range(HOURS)), one.last_ns)
            for key, one in list(self._rules.items())
        }


def whose(key: Key) -> str:
    """In words: `namespace shop`."""
    namespace = _namespace(key)
    return f"namespace {namespace}" if namespace else "the cluster's rules and those of files"


def words(forgotten: Mapping[str, int]) -> str:
    """For who looks at the numbers; "" where none is missing."""
    total = sum(forgotten.values())
    if not total:
        return ""
    told = ", ".join(f"{name} {number:,}" for name, number in Counter(forgotten).most_common(_TOLD))
    return f"alerts an hour are kept of {MOST:,} rules; {total:,} times one was forgotten for another: {told}"


def _namespace(key: Key) -> str:
    """Of a tenant's rule; "" for those of the cluster and of files."""
    return key[0].partition("/")[2].rpartition("/")[0]

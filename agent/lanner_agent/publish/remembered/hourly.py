# SPDX-License-Identifier: Apache-2.0
"""How often each rule made an alert, by the hour of the last day; bounded for all names of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lanner_page.source import HOURS

MOST: Final = 1_024  # rules; of the namespace with the most, the one that fired longest ago goes
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

    def add(self, key: Key, at_ns: int) -> None:
        """One more alert."""
        found = self._rules.pop(key, None) or _Rule()
        self._rules[key] = found  # the last one
        hour = at_ns // _HOUR_NS
        found.hours[hour] += 1
        found.last_ns = max(found.last_ns, at_ns)
        for old in [one for one in found.hours if one <= hour - HOURS]:
            del found.hours[old]
        if len(self._rules) > MOST:
            del self._rules[self._too_many()]

    def _too_many(self) -> Key:
        """Tenants choose the names of rules: who has many pushes out their own."""
        whose = Counter(map(_namespace, self._rules)).most_common(1)[0][0]
        return next(key for key in self._rules if _namespace(key) == whose)

    def told(self, now_ns: int) -> Mapping[Key, tuple[tuple[int, ...], int]]:
        """By rule: alerts of each of the last HOURS, the newest last; and the time of the last one."""
        first = now_ns // _HOUR_NS - HOURS + 1
        return {
            key: (tuple(dict(one.hours).get(first + at, 0) for at in range(HOURS)), one.last_ns)
            for key, one in list(self._rules.items())
        }


def _namespace(key: Key) -> str:
    """Of a tenant's rule; "" for those of the cluster and of files."""
    return key[0].partition("/")[2].rpartition("/")[0]

# SPDX-License-Identifier: Apache-2.0
"""Alerts by rule -> the part of FalcoNode's status that says which rules fire, how often and when last.

It is written with the counters, so an alert costs no write. What an hour ago was is remembered here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lanner_agent.pipeline.hits import RuleKey

MOST: Final = 48
MOST_OF_CLUSTER: Final = 32
MOST_OF_NAMESPACE: Final = 4  # so that no tenant's rules leave no room for those of others
HOUR_S: Final = 3600.0
SAMPLE_S: Final = 300.0
_SECOND_NS: Final = 1_000_000_000

Taken = Mapping[RuleKey, tuple[int, int]]


class RuleHits:
    """`taken` gives counts since the start; `clock` is in seconds, of any origin."""

    def __init__(self, taken: Callable[[], Taken], clock: Callable[[], float]) -> None:
        self._taken = taken
        self._clock = clock
        self._samples: deque[tuple[float, Mapping[RuleKey, int]]] = deque()

    def status(self) -> list[dict[str, Any]]:
        """The rules that fired last, first; then all others that fired, as one without a name."""
        now, taken = self._clock(), self._taken()
        before = self._an_hour_ago(now, {key: count for key, (count, _) in taken.items()})
        entries = [_entry(key, count, before.get(key, 0), last) for key, (count, last) in taken.items()]
        ordered = sorted(zip(taken, entries, strict=True), key=lambda one: -taken[one[0]][1])
        shown, rest = _shared_out(ordered)
        return [*shown, _together(rest)] if rest else shown

    def _an_hour_ago(self, now: float, counts: Mapping[RuleKey, int]) -> Mapping[RuleKey, int]:
        """The counts of then; none while the agent is younger."""
        samples = self._samples
        while len(samples) > 1 and samples[1][0] <= now - HOUR_S:
            samples.popleft()
        if not samples or now - samples[-1][0] >= SAMPLE_S:
            samples.append((now, counts))
        return samples[0][1] if samples[0][0] <= now - HOUR_S else {}


def _entry(key: RuleKey, count: int, before: int, last: int) -> dict[str, Any]:
    return {
        "object": key.owner,
        "rule": key.name[:128],
        "alerts": count,
        "lastHour": max(0, count - before),
        "lastTime": datetime.fromtimestamp(last // _SECOND_NS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _shared_out(
    ordered: list[tuple[RuleKey, dict[str, Any]]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is shown, and what there is no room for. The cluster's rules have their room first, since who has
    many namespaces has many rules.
    """
    chosen: set[RuleKey] = set()
    taken: Counter[str] = Counter()
    for key, _ in sorted(ordered, key=lambda one: one[0].namespace != ""):
        most = MOST_OF_NAMESPACE if key.namespace else MOST_OF_CLUSTER
        if taken[key.namespace] < most and len(chosen) < MOST:
            taken[key.namespace] += 1
            chosen.add(key)
    shown = [entry for key, entry in ordered if key in chosen]
    return shown, [entry for key, entry in ordered if key not in chosen]


def _together(rest: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "object": "",
        "rule": "",
        "alerts": sum(one["alerts"] for one in rest),
        "lastHour": sum(one["lastHour"] for one in rest),
        "lastTime": max(one["lastTime"] for one in rest),
    }

# SPDX-License-Identifier: Apache-2.0
"""What waits to be written on one account: the most severe first, pods in turns among equals, of a pod what
is not created yet before counts of repeats, and the newest of these first.

Nothing here takes longer the more waits, but the search for the pod with the most, when one has to go.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict

from lanner_agent.publish.events.series import Series
from lanner_engine.program.rule import Priority


class _Pod:
    """Of one severity. `new`: oldest first; `due`: counts of repeats, oldest first."""

    __slots__ = ("due", "new")

    def __init__(self) -> None:
        self.new: OrderedDict[Series, None] = OrderedDict()
        self.due: OrderedDict[Series, None] = OrderedDict()

    def first(self) -> Series:
        return next(reversed(self.new)) if self.new else next(iter(self.due))


class AccountQueue:
    """`pods`: how many new ones wait, by pod. `held_until`: nothing is tried before."""

    def __init__(self) -> None:
        self._levels: tuple[OrderedDict[bytes, _Pod], ...] = tuple(OrderedDict() for _ in Priority)
        self._since: OrderedDict[Series, float] = OrderedDict()
        self.pods: Counter[bytes] = Counter()
        self.new = 0
        self.held_until = -math.inf

    def __len__(self) -> int:
        return len(self._since)

    def __contains__(self, series: Series) -> bool:
        return series in self._since

    def put(self, series: Series, now: float, new: bool) -> None:
        """`new`: its Event is to be created; else its count is to be written."""
        level = self._levels[series.first.card.priority]
        pod = level.get(series.pod) or level.setdefault(series.pod, _Pod())
        (pod.new if new else pod.due)[series] = None
        self._since[series] = now
        if new:
            self.pods[series.pod] += 1
            self.new += 1

    def remove(self, series: Series) -> bool:
        """False when it did not wait."""
        if self._since.pop(series, None) is None:
            return False
        level = self._levels[series.first.card.priority]
        pod = level[series.pod]
        if series in pod.new:
            del pod.new[series]
            self._count_out(series.pod)
        else:
            del pod.due[series]
        if not pod.new and not pod.due:
            del level[series.pod]
        return True

    def first(self) -> Series | None:
        for level in self._levels:
            if level:
                return next(iter(level.values())).first()
        return None

    def turn(self, series: Series) -> None:
        """Its pod had its turn."""
        level = self._levels[series.first.card.priority]
        if series.pod in level:
            level.move_to_end(series.pod)

    def oldest(self) -> float:
        """Since when the first of all waits."""
        return next(iter(self._since.values()), math.inf)

    def fullest(self) -> bytes:
        """The pod with the most new ones; of several that with the least severe."""
        most = max(self.pods.values())
        pods = (pod for pod, number in self.pods.items() if number == most)
        return max(pods, key=lambda pod: self.least(pod).first.card.priority)

    def least(self, pod: bytes) -> Series:
        """The oldest of the least severe new ones of a pod that has some."""
        found = (level[pod].new for level in reversed(self._levels) if pod in level)
        return next(iter(next(new for new in found if new)))

    def _count_out(self, pod: bytes) -> None:
        self.new -= 1
        self.pods[pod] -= 1
        if not self.pods[pod]:
            del self.pods[pod]

# SPDX-License-Identifier: Apache-2.0
"""Which series must be looked at when: refreshes and ends by time, repeats when they are due. Called by the
ledger, on the asyncio thread.

A look finds out what is to be done then, so an entry may come too early; it never comes too late. A series
stands here once.
"""

from __future__ import annotations

import heapq
import math
from collections import deque

from lanner_agent.publish.events.series import Series
from lanner_engine.program.rule import Priority


class Agenda:
    """`put` and `look` for what lies ahead; `first` and `done` for what is due, most severe first."""

    def __init__(self) -> None:
        self._ahead: list[tuple[float, int, Series]] = []
        self._at: dict[Series, float] = {}  # its time in `ahead`, or -inf while it is due
        self._due: tuple[deque[Series], ...] = tuple(deque() for _ in Priority)
        self._number = 0

    def __len__(self) -> int:
        return len(self._at)

    def put(self, series: Series, at: float) -> None:
        """Look at it then, or earlier where that was asked for already."""
        if at >= self._at.get(series, math.inf):
            return
        self._at[series] = at
        self._number += 1
        heapq.heappush(self._ahead, (at, self._number, series))

    def look(self, now: float) -> Series | None:
        """One series whose time has come, taken off; None when there is none."""
        while self._ahead and self._ahead[0][0] <= now:
            at, _, series = heapq.heappop(self._ahead)
            if self._at.get(series) == at:
                del self._at[series]
                return series
        return None

    def next_at(self) -> float:
        """When to look again; inf when nothing lies ahead."""
        return self._ahead[0][0] if self._ahead else math.inf

    def add_due(self, series: Series) -> None:
        """To be written as soon as there is room."""
        if self._at.get(series) != -math.inf:
            self._at[series] = -math.inf
            self._due[series.first.card.priority].append(series)

    def first(self) -> Series | None:
        return next((queue[0] for queue in self._due if queue), None)

    def drop(self, series: Series) -> None:
        """Written, refused or forgotten: nothing is planned for it any more."""
        if self._at.pop(series, math.inf) == -math.inf:
            self._due[series.first.card.priority].remove(series)

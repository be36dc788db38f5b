# SPDX-License-Identifier: Apache-2.0
"""Which series must be looked at when: refreshes and ends by time, repeats when they are due. Used on the
asyncio thread.

A look finds out what is to be done then, so an entry may come too early; it never comes too late. A series
stands here once.
"""

from __future__ import annotations

import heapq
import math

from lanner_agent.publish.events.series import Series


class Agenda:
    """`put` and `drop` what lies ahead, `take_due` for what is due."""

    def __init__(self) -> None:
        self._ahead: list[tuple[float, int, Series]] = []
        self._at: dict[Series, float] = {}
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

    def take_due(self, now: float) -> Series | None:
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

    def drop(self, series: Series) -> None:
        """Nothing is planned for it any more."""
        self._at.pop(series, None)

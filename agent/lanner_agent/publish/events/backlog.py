# SPDX-License-Identifier: Apache-2.0
"""Series whose Event is not created yet, the most severe and newest first. Called by the ledger.

Bounded: when it is full, the oldest of the least severe ones goes, which may be the one just brought.
"""

from __future__ import annotations

from collections import deque

from lanner_agent.publish.events.series import Series
from lanner_engine.program.rule import Priority


class Backlog:
    """One queue for each priority."""

    def __init__(self, length: int) -> None:
        self._queues: tuple[deque[Series], ...] = tuple(deque() for _ in Priority)
        self._room = length
        self._length = length

    def __len__(self) -> int:
        return self._length - self._room

    def push(self, series: Series) -> Series | None:
        """The one that had to go, or None."""
        self._queues[series.first.card.priority].append(series)
        self._room -= 1
        return self._crowded_out() if self._room < 0 else None

    def first(self) -> Series | None:
        """What to create next; it stays until `remove`."""
        return next((queue[-1] for queue in self._queues if queue), None)

    def remove(self, series: Series) -> bool:
        """False when it was crowded out meanwhile."""
        queue = self._queues[series.first.card.priority]
        if queue and queue[-1] is series:
            queue.pop()
        elif series in queue:
            queue.remove(series)
        else:
            return False
        self._room += 1
        return True

    def _crowded_out(self) -> Series:
        queue = next(queue for queue in reversed(self._queues) if queue)
        self._room += 1
        return queue.popleft()

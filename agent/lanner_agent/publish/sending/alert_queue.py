# SPDX-License-Identifier: Apache-2.0
"""Snapshots that wait for one output, oldest first, bounded in number and in bytes.

When it is full the newest are refused: the first alerts of an attack are worth more than their repeats. A
tenth is kept for those of priority Critical and above, so that a flood of small ones does not keep them out.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice
from typing import Final

from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.program.rule import Priority

RESERVED: Final = 0.1


class AlertQueue:
    """The hot thread puts, one other thread takes. What is in hand still counts as waiting."""

    def __init__(self, alerts: int, size: int) -> None:
        self._bounds = {True: (alerts, size), False: (_less(alerts), _less(size))}
        self._queue: deque[tuple[Snapshot, int]] = deque()
        self._queued = 0  # bytes
        self._closed = False
        self._waits = False  # the other thread, for something to do
        self._changed = threading.Condition(threading.Lock())

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, alert: Snapshot) -> bool:
        """False: there is no room. Never waits."""
        size = alert.size
        alerts, most = self._bounds[alert.rule.priority <= Priority.CRITICAL]
        with self._changed:
            if len(self._queue) >= alerts or self._queued + size > most or self._closed:
                return False
            self._queue.append((alert, size))
            self._queued += size
            if self._waits:
                self._waits = False
                self._changed.notify()
        return True

    def first(self, number: int, timeout_s: float) -> list[Snapshot]:
        """The oldest, `number` at most; none when nothing came in time, or at the end."""
        with self._changed:
            if not self._queue and not self._closed:
                self._waits = True
                self._changed.wait(timeout_s)
                self._waits = False
            return [alert for alert, _ in islice(self._queue, number)]

    def drop(self, number: int) -> None:
        """The oldest `number` wait no more."""
        with self._changed:
            for _ in range(min(number, len(self._queue))):
                self._queued -= self._queue.popleft()[1]

    def close(self) -> None:
        """Nothing more goes in."""
        with self._changed:
            self._closed = True
            self._changed.notify()


def _less(bound: int) -> int:
    return bound - int(bound * RESERVED)

# SPDX-License-Identifier: Apache-2.0
"""Snapshots that wait for one output, oldest first, bounded in number and in bytes.

When it, or a share of it, is full the newest are refused: the first alerts of an attack are worth more than
their repeats. A tenth is kept for those that are urgent, so that a flood of small ones does not keep them
out.

There is no lock: one that the output's thread holds while others have its processor would make the thread
that watches wait. Each number is written by one thread only, and a deque's ends are safe by themselves.
"""

from __future__ import annotations

import contextlib
from collections import deque
from queue import Empty, SimpleQueue

from lanner_agent.publish.sending.carrier import Cause
from lanner_agent.publish.sending.shares import RESERVED, Share, Shares, is_urgent
from lanner_agent.publish.snapshot import Snapshot


class AlertQueue:
    """One thread puts, one other takes. What is in hand still counts as waiting."""

    def __init__(self, alerts: int, size: int) -> None:
        self._bounds = {True: (alerts, size), False: (_less(alerts), _less(size))}
        self._shares = Shares(alerts, size)
        self._queue: deque[tuple[Snapshot, int, tuple[Share, ...]]] = deque()
        self.crowded = ""  # who found a share full, the last time
        self._put = self._dropped = 0  # bytes, since the start; each by its own thread
        self._closed = False
        self._waits = False  # the other thread, for something to do
        self._wake: SimpleQueue[None] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, alert: Snapshot) -> Cause | None:
        """Why there is no room for it. Never waits."""
        size = alert.size
        alerts, most = self._bounds[is_urgent(alert)]
        if self._closed or len(self._queue) >= alerts or self._put - self._dropped + size > most:
            return Cause.QUEUE_FULL
        shares = self._shares.of(alert)
        for share in shares:
            if not share.has_room(size):
                self.crowded = share.words
                return Cause.SHARE_FULL
        self._append(alert, size, shares)
        return None

    def _append(self, alert: Snapshot, size: int, shares: tuple[Share, ...]) -> None:
        for share in shares:
            share.put(size)
        self._queue.append((alert, size, shares))
        self._put += size
        if self._waits:
            self._waits = False
            self._wake.put(None)

    def first(self, number: int, timeout_s: float) -> list[Snapshot]:
        """The oldest, `number` at most; none when nothing came in time, or at the end."""
        self._waits = True
        if not self._queue and not self._closed:  # asked after that is said, so no alert is overslept
            with contextlib.suppress(Empty):
                self._wake.get(timeout=timeout_s)
        self._waits = False
        found: list[Snapshot] = []
        with contextlib.suppress(IndexError):  # fewer, or none any more
            for at in range(number):
                found.append(self._queue[at][0])
        return found

    def drop(self, number: int) -> None:
        """The oldest `number` wait no more, or all. At the end two threads may do it at once."""
        with contextlib.suppress(IndexError):
            for _ in range(number):
                _, size, shares = self._queue.popleft()
                self._dropped += size
                for share in shares:
                    share.take(size)

    def close(self) -> None:
        """Nothing more goes in. Any thread may call it."""
        self._closed = True
        self._wake.put(None)


def _less(bound: int) -> int:
    return bound - int(bound * RESERVED)

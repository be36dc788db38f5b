# SPDX-License-Identifier: Apache-2.0
"""Alerts that come to the memory, told to who waits for them in an asyncio loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from lanner_agent.publish.remembered.memory import Memory


class Arrivals:
    """For readers in one loop, that of the first one."""

    def __init__(self, memory: Memory) -> None:
        self._came: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        memory.listeners += (self._tell,)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._came)

    @contextlib.contextmanager
    def heard(self) -> Iterator[asyncio.Event]:
        """Set each time when alerts have come."""
        self._loop = asyncio.get_running_loop()
        came = asyncio.Event()
        self._came.add(came)
        try:
            yield came
        finally:
            self._came.discard(came)

    def _tell(self) -> None:
        """By the thread that keeps alerts."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for one in self._came:
            one.set()

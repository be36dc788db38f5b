# SPDX-License-Identifier: Apache-2.0
"""The mark that something changed, and the wait until that settles."""

from __future__ import annotations

import asyncio
from typing import Final

QUIET_S: Final = 0.5  # nothing new for so long: `kubectl apply -f` of many files is one change
MAX_QUIET_WAIT_S: Final = 2.0  # but no waiting for an end that does not come


class Dirty:
    """Used within one asyncio loop."""

    def __init__(self, quiet_s: float = QUIET_S, longest_s: float = MAX_QUIET_WAIT_S) -> None:
        self._quiet_s = quiet_s
        self._longest_s = longest_s
        self._event = asyncio.Event()

    def mark(self) -> None:
        self._event.set()

    async def settled(self, at_latest_s: float) -> None:
        """Returns when a mark was set and none followed for a while; or after `at_latest_s` without any."""
        if not await self._marked(at_latest_s):
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + self._longest_s
        while self._event.is_set():
            self._event.clear()
            await self._marked(min(self._quiet_s, max(0.0, until - loop.time())))
            if loop.time() >= until:
                break
        self._event.clear()

    async def _marked(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self._event.wait()
        except TimeoutError:
            return False
        return True

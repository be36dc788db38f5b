# SPDX-License-Identifier: Apache-2.0
"""The mark that something changed, and the wait until that settles."""

from __future__ import annotations

import asyncio
import time
from typing import Final

QUIET_S: Final = 0.5  # nothing new for so long: `kubectl apply -f` of many files is one change
NODES_QUIET_S: Final = 0.1  # what nodes say comes in a stream, and somebody waits for its end
MAX_QUIET_WAIT_S: Final = 2.0  # but no waiting for an end that does not come


class Dirty:
    """Used within one asyncio loop."""

    def __init__(self, quiet_s: float = QUIET_S, longest_s: float = MAX_QUIET_WAIT_S) -> None:
        self._quiet_s = quiet_s
        self._longest_s = longest_s
        self._event = asyncio.Event()
        self._quiet_at = 0.0  # when what was marked has settled

    def mark(self, quiet_s: float | None = None) -> None:
        """It has settled when no other mark follows for `quiet_s`."""
        quiet_s = self._quiet_s if quiet_s is None else quiet_s
        self._quiet_at = max(self._quiet_at, time.monotonic() + quiet_s)
        self._event.set()

    async def settled(self, at_latest_s: float) -> None:
        """Returns when a mark was set and none followed for a while; or after `at_latest_s` without any."""
        if not await self._marked(at_latest_s):
            return
        until = time.monotonic() + self._longest_s
        while (pause := min(self._quiet_at, until) - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        self._event.clear()

    async def _marked(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self._event.wait()
        except TimeoutError:
            return False
        return True

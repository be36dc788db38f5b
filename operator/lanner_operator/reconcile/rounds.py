# SPDX-License-Identifier: Apache-2.0
"""When a task that goes round and round has its next round, and what is said of its trouble with the API
server: once, until it is another or over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.errors import ApiError

LOOK_EVERY_S: Final = 1.0


class Rounds:
    """`cannot`: what it cannot do then, in words."""

    def __init__(self, cannot: str, say: Callable[[str], None]) -> None:
        self._cannot = cannot
        self._say = say
        self._trouble = ""
        self._backoff = Backoff(first=1.0)

    async def run(self, one: Callable[[], Awaitable[float]]) -> NoReturn:
        """`one` gives the seconds until the next, see `pause`."""
        while True:
            await asyncio.sleep(await one())

    def pause(self, error: ApiError | None, *, more: bool) -> float:
        """Seconds until the next round; `error`: of this one; `more`: not everything was done in it."""
        if error is not None:
            if str(error) != self._trouble:
                self._say(f"{self._cannot}, which is tried again: {error.path}: {error}")
            self._trouble = str(error)
            return self._backoff.next(error.retry_after)
        self._trouble = ""
        self._backoff.reset()
        return 0.0 if more else LOOK_EVERY_S

# SPDX-License-Identifier: Apache-2.0
"""GET /healthz and /readyz for the kubelet, answered by the asyncio thread: that it answers says that the
thread lives.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lanner_agent.publish import escape
from lanner_apiserver.served import Served

if TYPE_CHECKING:
    from aiohttp import web

STALE_S: Final = 30.0  # the hot loop looks up every five seconds, and after each batch
START_S: Final = 300.0  # loading and attaching take seconds, and minutes where the machine is emulated
KEEPALIVE_S: Final = 5.0


class Heartbeat:
    """Beaten by the hot thread, read by the other. A thread has some minutes to begin, from when this is made
    or from `start`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self._started: float | None = clock()

    def beat(self) -> None:
        self._last = self._clock()

    def rest(self) -> None:
        """The thread does something else on purpose (waits for a kernel that can run the probes)."""
        self._last = self._started = None

    def start(self) -> None:
        """It is about to begin, after a rest."""
        self._started = self._clock()

    def problem(self) -> str:
        """Why the thread must be taken for dead; "" while it lives."""
        last, started = self._last, self._started
        if last is not None:
            silent = self._clock() - last
            return f"the event loop has been silent for {silent:.0f} s" if silent > STALE_S else ""
        waited = 0.0 if started is None else self._clock() - started
        return f"the agent does not watch yet, {waited:.0f} s after its start" if waited > START_S else ""


class Health:
    """`alive` and `ready` give what is wrong, "" when nothing is."""

    def __init__(
        self, port: int, alive: Callable[[], str], ready: Callable[[], str], say: Callable[[str], None]
    ) -> None:
        self._checks = {"/healthz": alive, "/readyz": ready}
        self._served = Served(self._application, "health checks", None, port, say, keepalive_s=KEEPALIVE_S)

    async def run(self) -> None:
        """Until cancelled, on all addresses, since the kubelet comes from the node's."""
        await self._served.run()

    def _application(self) -> web.Application:
        """Nothing but two words is told."""
        from aiohttp import web  # noqa: PLC0415  by this thread: the one that watches need not wait for it

        app = web.Application(client_max_size=1024)
        app.router.add_routes([web.get(path, self._answer) for path in self._checks])
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        from aiohttp import web  # noqa: PLC0415

        problem = self._checks[request.path]()
        if problem:
            return web.Response(status=503, text=f"{escape.shown(problem, 1000)}\n")
        return web.Response(text="ok\n")

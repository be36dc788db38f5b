# SPDX-License-Identifier: Apache-2.0
"""GET /metrics over HTTP or HTTPS, at one address. Served by a task of its program.

Certificates that are replaced are taken over within a minute; of those that cannot be used it is said that
the ones before are in force. What cannot be served (a port that is taken, a certificate that cannot be read)
is said once and tried again.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from lanner_apiserver.door import Door
from lanner_apiserver.metrics.certificates import Certificates
from lanner_apiserver.metrics.place import EVERY, PATH, Place
from lanner_apiserver.served import opened

if TYPE_CHECKING:
    from aiohttp import web
    from prometheus_client import CollectorRegistry

AGAIN_S: Final = 10.0
LOOK_S: Final = 60.0
PAUSE_S: Final = 0.1  # between two pages
WAITING: Final = 16  # who asks beyond is told to come again


class Site:
    """`registry` makes what is shown, when it is first needed."""

    def __init__(
        self, place: Place, registry: Callable[[], CollectorRegistry], say: Callable[[str], None]
    ) -> None:
        self._place = place
        self._registry = registry
        self._say = say

    async def run(self) -> None:
        """Serve until cancelled."""
        said = ""
        while True:
            try:
                await self._serve()
            except OSError as error:  # ssl.SSLError is one
                words = f"cannot serve {self._place.url}: {_reason(error)}"
                if words != said:
                    self._say(words)
                said = words
            await asyncio.sleep(AGAIN_S)

    async def _serve(self) -> None:
        from aiohttp import web  # noqa: PLC0415  a thread that watches need not wait for it
        from prometheus_client.aiohttp import make_aiohttp_handler  # noqa: PLC0415

        tls = Certificates(self._place.tls) if self._place.tls else None
        app = web.Application(client_max_size=1024)
        app.router.add_get(PATH, _Turns(make_aiohttp_handler(self._registry())).answer)
        address = None if self._place.address == EVERY else self._place.address
        async with opened(app, tls.context if tls else None, address, self._place.port) as (door, _):
            await self._look(door, tls)

    async def _look(self, door: Door, tls: Certificates | None) -> None:
        """For certificates that are replaced; those that cannot be used leave the others in force."""
        said = ""
        while True:
            await asyncio.sleep(LOOK_S)
            words = ""
            try:
                if tls and tls.changed():
                    door.change(tls.context)
            except OSError as error:
                words = f"{self._place.url} is served with the certificates of before: {_reason(error)}"
            if words not in {"", said}:
                self._say(words)
            said = words


class _Turns:
    """One page at a time, and a pause between two: a client that asks all day must not take the processor
    from the thread that watches.
    """

    def __init__(self, page: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self._page = page
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._due = 0.0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415

        if self._waiting >= WAITING:
            return web.Response(status=503, text=f"{WAITING} others wait for this page\n")
        self._waiting += 1
        try:
            async with self._turn:
                await asyncio.sleep(self._due - time.monotonic())
                self._due = time.monotonic() + PAUSE_S
                return await self._page(request)
        finally:
            self._waiting -= 1


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"the certificate cannot be used: {error.reason or error}"
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"

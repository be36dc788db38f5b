# SPDX-License-Identifier: Apache-2.0
"""An HTTP application at one address, behind a Door, until the task is cancelled. A port that is taken is
said once and tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final

from lanner_apiserver.door import Door

if TYPE_CHECKING:
    from aiohttp import web

AGAIN_S: Final = 10.0
KEEPALIVE_S: Final = 75.0
END_S: Final = 1.0  # for answers that are under way at the end


class Served:
    """`title` names it in messages. `address` None: every address. `secured`: with TLS, from `change` on and
    not before. `keepalive_s`: for a connection that asks nothing. `listening` is called with the port, each
    time it begins.
    """

    def __init__(  # noqa: PLR0913  by name
        self,
        application: Callable[[], web.Application],
        title: str,
        address: str | None,
        port: int,
        say: Callable[[str], None],
        *,
        secured: bool = False,
        keepalive_s: float = KEEPALIVE_S,
        listening: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._application = application
        self._title = title
        self._address, self._port = address, port
        self._say = say
        self._secured = secured
        self._keepalive_s = keepalive_s
        self._listening = listening
        self._context: Callable[[], ssl.SSLContext] | None = None
        self._changed = asyncio.Event()

    def change(self, context: Callable[[], ssl.SSLContext]) -> None:
        """Of all connections from now on; those of before end. In the loop's thread. Where it cannot be made
        that is said, and tried again.
        """
        self._context = context
        self._changed.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        said = ""
        while True:
            if self._secured and self._context is None:
                await self._changed.wait()
            try:
                await self._serve()
            except OSError as error:
                words = f"cannot serve {self._title} on port {self._port}: {error.strerror or error}"
                if words != said:
                    self._say(words)
                said = words
            await asyncio.sleep(AGAIN_S)

    async def _serve(self) -> None:
        self._changed.clear()
        context = self._context() if self._context is not None else None
        served = opened(self._application(), context, self._address, self._port, self._keepalive_s)
        async with served as (door, port):
            self._listening(port)
            await self._follow(door)

    async def _follow(self, door: Door) -> None:
        """Each new certificate, from then on."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._context is not None:
                door.change(self._context())


@contextlib.asynccontextmanager
async def opened(
    application: web.Application,
    context: ssl.SSLContext | None,
    address: str | None,
    port: int,
    keepalive_s: float = KEEPALIVE_S,
) -> AsyncIterator[tuple[Door, int]]:
    """Its door, and the port that it has. What a stranger sends is not unpacked. Raises OSError."""
    from aiohttp import web  # noqa: PLC0415  a thread that watches need not wait for it

    runner = web.AppRunner(
        application,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=keepalive_s,
        shutdown_timeout=END_S,
        auto_decompress=False,
    )
    await runner.setup()
    assert runner.server is not None  # noqa: S101  it is set up
    door = Door(runner.server, context)
    try:
        async with await door.listen(address, port) as listener:
            yield door, listener.sockets[0].getsockname()[1]
    finally:
        door.close()
        await runner.cleanup()

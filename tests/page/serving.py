# SPDX-License-Identifier: Apache-2.0
"""The page of a Source, served on loopback by a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from aiohttp import web

from lanner_page.application import application
from tests.page.made import Made, Open

Answer = TypeVar("Answer")


class Served:
    """`address`: with scheme and port. `entrance`: the link that opens it."""

    def __init__(self, source: Made, loop: asyncio.AbstractEventLoop, port: int, access: Open) -> None:
        self.source = source
        self.access = access
        self.address = f"http://127.0.0.1:{port}"
        self.entrance = f"{self.address}/enter?token={access.TOKEN}"
        self._loop = loop

    def do(self, what: Callable[[], Answer]) -> Answer:
        """In the thread that serves."""

        async def done() -> Answer:
            return what()

        return self.ask(done())

    def ask(self, what: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)


@contextlib.contextmanager
def served(source: Made) -> Iterator[Served]:
    """Until the block ends."""
    access, loop = Open(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="page")
    thread.start()
    runner = web.AppRunner(application(source, access))

    async def begin() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    try:
        port = asyncio.run_coroutine_threadsafe(begin(), loop).result(30)
        yield Served(source, loop, port, access)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

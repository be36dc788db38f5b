# SPDX-License-Identifier: Apache-2.0
"""The connections to what a program shows over HTTP: a bounded number of them in all, and TLS
by the certificates of the moment.

Descriptors are what a watching process needs to watch. So who comes when all places are taken gets the place
of the one who has been there longest; a Prometheus whose connection ends makes a new one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Final, cast

CONNECTIONS: Final = 64
HANDSHAKE_S: Final = 5.0
_NO_HTTP: Final = "aiohttp.http_exceptions"  # where its errors are; an agent imports no HTTP when it starts


class _NoNonsense(logging.Filter):
    """What strangers send that is no HTTP gets its 400 and no traceback: it is no error of ours, and would
    fill the log with text that they choose.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and type(record.exc_info[1]).__module__ == _NO_HTTP)


_NO_NONSENSE: Final = _NoNonsense()


class Door:
    """`handler` makes what speaks HTTP; `context` None: without TLS."""

    def __init__(self, handler: Callable[[], asyncio.Protocol], context: ssl.SSLContext | None) -> None:
        logging.getLogger("aiohttp.server").addFilter(_NO_NONSENSE)  # the same one again is not added
        self._handler = handler
        self._context = context
        self._open: list[asyncio.Transport] = []
        self._greeting: dict[asyncio.Transport, asyncio.Task[None]] = {}

    async def listen(self, address: str | None, port: int) -> asyncio.Server:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Arrival(self._enter), address, port)

    def change(self, context: ssl.SSLContext) -> None:
        """Who came in by other certificates has to come again."""
        self._context = context
        self.close()

    def close(self) -> None:
        """End every connection."""
        for one in self._open:
            one.abort()
        self._open = []

    def _enter(self, arrived: asyncio.Transport) -> None:
        self._open = [one for one in self._open if not one.is_closing()]
        if len(self._open) >= CONNECTIONS:
            self._give_way()
        self._open.append(arrived)
        if self._context is None:
            _speak(self._handler(), arrived)
            return
        arrived.pause_reading()  # the first bytes are the handshake's
        task = asyncio.create_task(self._greet(arrived, self._context))
        self._greeting[arrived] = task
        task.add_done_callback(lambda _: self._greeting.pop(arrived, None))

    def _give_way(self) -> None:
        """The one who has been there longest. Where only who is known gets through the handshake, strangers
        go first: however many knock, they end no connection of his.
        """
        known = self._context is not None and self._context.verify_mode == ssl.CERT_REQUIRED
        strangers = (one for one in self._open if known and one in self._greeting)
        first = next(strangers, self._open[0])
        self._open.remove(first)
        first.abort()

    async def _greet(self, arrived: asyncio.Transport, context: ssl.SSLContext) -> None:
        handler, loop = self._handler(), asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                arrived, handler, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_S
            )
        except OSError:  # a stranger, or one who went away: TLS has told them why
            secured = None
        if secured is None:
            arrived.abort()
        else:
            _speak(handler, secured)


class _Arrival(asyncio.Protocol):
    """Who has connected, before the first request."""

    def __init__(self, enter: Callable[[asyncio.Transport], None]) -> None:
        self._enter = enter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._enter(cast("asyncio.Transport", transport))


def _speak(handler: asyncio.Protocol, transport: asyncio.Transport) -> None:
    transport.set_protocol(handler)
    handler.connection_made(transport)

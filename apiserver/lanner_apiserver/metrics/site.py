# SPDX-License-Identifier: Apache-2.0
"""GET /metrics over HTTP or HTTPS, at one address. Served by a task of whoever made it.

A certificate that is replaced is taken over within a minute. What cannot be served (a port that is taken, a
certificate that cannot be read) is said once and tried again.
"""

from __future__ import annotations

import asyncio
import pathlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

PATH: Final = "/metrics"
EVERY: Final = "*"
LOCALHOST: Final = "127.0.0.1"
CERTIFICATE: Final = "tls.crt"  # as a Secret of type kubernetes.io/tls has them
KEY: Final = "tls.key"
CLIENTS: Final = "client-ca.crt"  # where it is there, a client must show a certificate of this authority
AGAIN_S: Final = 10.0
LOOK_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is: `address` EVERY for all, `port` 0 for none. `tls`: a folder with CERTIFICATE and
    KEY, and CLIENTS perhaps.
    """

    port: int = 0
    address: str = LOCALHOST
    tls: pathlib.Path | None = None

    @property
    def url(self) -> str:
        """For people."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{PATH}"


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

        tls = _Certificate(self._place.tls) if self._place.tls else None
        app = web.Application(client_max_size=1024)
        app.router.add_get(PATH, make_aiohttp_handler(self._registry()))
        runner = web.AppRunner(app, access_log=None, handle_signals=False, keepalive_timeout=75.0)
        await runner.setup()
        try:
            context = tls.context if tls else None
            address = None if self._place.address == EVERY else self._place.address
            await web.TCPSite(runner, address, self._place.port, ssl_context=context).start()
            while True:
                await asyncio.sleep(LOOK_S)
                if tls:
                    tls.look()
        finally:
            await runner.cleanup()


class _Certificate:
    """Read from a folder, and again when it changed. Raises OSError."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._load()
        clients = folder / CLIENTS
        if clients.exists():
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(clients)

    def look(self) -> None:
        if self._written() != self._seen:
            self._load()

    def _load(self) -> None:
        self._seen = self._written()
        self.context.load_cert_chain(self._folder / CERTIFICATE, self._folder / KEY)

    def _written(self) -> int:
        return (self._folder / CERTIFICATE).stat().st_mtime_ns


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"the certificate cannot be used: {error.reason or error}"
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"

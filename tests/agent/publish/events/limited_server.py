# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server that takes so many Events a second and answers 429 with Retry-After to all others; for
tests of what a publisher does then. Each request is kept with its time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

RETRY_AFTER_S = 1
_TOO_MANY = {"kind": "Status", "code": 429, "reason": "TooManyRequests", "message": "too many requests"}


@dataclass
class LimitedServer:
    """`rate` Events a second; `burst` at once. `answers`: time and status of each."""

    rate: float
    burst: float = 5.0
    answers: list[tuple[float, int]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._tokens, self._at = self.burst, time.monotonic()

    async def handle(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        event = await request.json()
        if self._tokens < 1:
            self.answers.append((now, 429))
            return web.json_response(_TOO_MANY, status=429, headers={"Retry-After": str(RETRY_AFTER_S)})
        self._tokens -= 1
        self.answers.append((now, 201))
        self.events.append(event)
        return web.json_response(event, status=201)

    def pauses(self) -> list[float]:
        """From each 429 to the request after it."""
        pairs = zip(self.answers, self.answers[1:], strict=False)
        return [after - at for (at, status), (after, _) in pairs if status == 429]

    def kubeconfig(self, folder: Path) -> Path:
        path = folder / "limited.conf"
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "it",
                    "contexts": [{"name": "it", "context": {"cluster": "it", "user": "me"}}],
                    "clusters": [{"name": "it", "cluster": {"server": self.url}}],
                    "users": [{"name": "me", "user": {}}],
                }
            )
        )
        return path


@contextlib.asynccontextmanager
async def serving(server: LimitedServer) -> AsyncIterator[LimitedServer]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()

# SPDX-License-Identifier: Apache-2.0
"""A server that says what an API server says rarely: expired lists, broken streams, answers without end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from lanner_apiserver.client import Api
from lanner_apiserver.server import Server

Value = TypeVar("Value")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def asked(handler: Handler, use: Callable[[Api], Awaitable[Value]]) -> Value:
    """What `use` gives of an Api whose server is `handler`."""
    return asyncio.run(_asked(handler, use))


async def _asked(handler: Handler, use: Callable[[Api], Awaitable[Value]]) -> Value:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return await _used(runner.addresses[0][1], use)
    finally:
        await runner.cleanup()


async def _used(port: int, use: Callable[[Api], Awaitable[Value]]) -> Value:
    api = Api(Server(f"http://127.0.0.1:{port}"), "lanner-tests")
    try:
        return await use(api)
    finally:
        await api.close()


def status(code: int, reason: str, message: str, **details: Any) -> web.Response:
    """A Status object as the API server makes it."""
    body = {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}
    return web.json_response(body, status=code)


def event(kind: str, name: str, version: str) -> bytes:
    """One line of a watch."""
    meta = {"name": name, "resourceVersion": version}
    return json.dumps({"type": kind, "object": {"metadata": meta}}).encode() + b"\n"


async def stream(request: web.Request, *chunks: bytes) -> web.StreamResponse:
    """A watch that says these and ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
    return response

# SPDX-License-Identifier: Apache-2.0
"""Alerts as they happen, to one reader: server-sent events, several alerts in each when many happen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final

from aiohttp import web

from lanner_page import asked, rows
from lanner_page.headers import HEADERS
from lanner_page.matching import matches
from lanner_page.source import Alert, Filter, Missed, Source

READERS: Final = 32  # in all
TOGETHER: Final = 200  # alerts of one event
WAIT_S: Final = 0.25  # for others of the same event
ALIVE_S: Final = 15.0  # between signs of life

Found = Alert | Missed


class Live:
    """`admits`: whether the session of a request is open still; one that ends takes its reader along."""

    def __init__(self, source: Source, admits: Callable[[web.Request], bool]) -> None:
        self._source = source
        self._admits = admits
        self._readers = set[asyncio.Task[Any]]()

    async def get(self, request: web.Request) -> web.StreamResponse:
        if len(self._readers) >= READERS:
            raise web.HTTPServiceUnavailable(reason=f"{READERS} readers follow already")
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", **HEADERS}
        )
        task = asyncio.current_task()
        assert task  # noqa: S101  a handler is a part of one
        self._readers.add(task)
        try:
            await self._follow(request, _Reader(answer, asked.of(request.query)))
        except ConnectionError:
            pass  # who reads has gone
        finally:
            self._readers.discard(task)
        return answer

    async def close(self, _: web.Application) -> None:
        """Ends every stream, so that the server need not wait for them."""
        for task in self._readers:
            task.cancel()

    async def _follow(self, request: web.Request, reader: _Reader) -> None:
        async with contextlib.aclosing(_gathered(self._source.follow())) as batches:
            await anext(batches)
            await reader.begin(request)
            async for batch in batches:
                if not self._admits(request):
                    return
                await reader.tell(batch)


class _Reader:
    def __init__(self, answer: web.StreamResponse, wanted: Filter) -> None:
        self._answer = answer
        self._wanted = wanted

    async def begin(self, request: web.Request) -> None:
        """Says at once that nothing is missed from now on, and how soon to come again after an end (ms)."""
        await self._answer.prepare(request)
        await self._answer.write(b"retry: 1000\n\n")

    async def tell(self, batch: list[Found]) -> None:
        """`batch` without an alert is a sign of life."""
        missed = sum(one.number for one in batch if isinstance(one, Missed))
        now = time.time_ns()
        found = [
            rows.as_json(one, now) for one in batch if isinstance(one, Alert) and matches(self._wanted, one)
        ]
        if missed:
            await self._send("missed", missed)
        if found:
            await self._send("alerts", found)
        if not batch:
            await self._answer.write(b": alive\n\n")

    async def _send(self, event: str, data: object) -> None:
        await self._answer.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())


async def _gathered(following: AsyncIterator[Found]) -> AsyncGenerator[list[Found], None]:
    """What comes within a moment, together; an empty list as it begins, and when nothing came for long."""
    waiting = asyncio.ensure_future(anext(following))
    try:
        await asyncio.sleep(0)  # it has begun to follow
        yield []
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=ALIVE_S)
            batch: list[Found] = []
            until = time.monotonic() + WAIT_S
            while done and len(batch) < TOGETHER:
                try:
                    batch.append(waiting.result())
                except StopAsyncIteration:
                    if batch:
                        yield batch
                    return
                waiting = asyncio.ensure_future(anext(following))
                done, _ = await asyncio.wait((waiting,), timeout=max(0.0, until - time.monotonic()))
            yield batch
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
            await waiting
        if close := getattr(following, "aclose", None):
            await close()

# SPDX-License-Identifier: Apache-2.0
"""What an API server does with Events, without one: for failures a real server cannot be made to show.

`failures` are raised one after the other, each before its request does anything; one in `lost_answers` after
it did; what `refuses` gives for the body of a request, each time. What works is
the little that the tests against a real server show to be so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from lanner_agent.publish.events.publisher import EventsPublisher
from lanner_agent.publish.events.settings import EventSettings
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from tests.agent.publish.events import alerts

QUICK = EventSettings(node_qps=1000, node_burst=1000)
AWAY = Unreachable("Connect call failed ('127.0.0.1', 6443)")


class StandIn:
    """`events` by name, in the order of their creation."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.failures: deque[ApiError] = deque()
        self.lost_answers: deque[ApiError] = deque()
        self.away: ApiError | None = None
        self.refuses: Callable[[dict[str, Any]], ApiError | None] = lambda event: None
        self.hangs = False
        self.requests = 0

    async def request(self, method: str, path: str, *, body: Any, **_: Any) -> dict[str, Any]:
        self.requests += 1
        await asyncio.sleep(3600 if self.hangs else 0)
        if self.away or self.failures:
            raise self.away or self.failures.popleft()
        if refused := self.refuses(body):
            raise refused
        answer = self._create(body) if method == "POST" else self._patch(path.rpartition("/")[2], body)
        if self.lost_answers:
            raise self.lost_answers.popleft()
        return answer

    def _create(self, event: dict[str, Any]) -> dict[str, Any]:
        name = event["metadata"]["name"]
        if name in self.events:
            raise ApiError(409, "AlreadyExists", f'events.events.k8s.io "{name}" already exists')
        self.events[name] = event
        return event

    def _patch(self, name: str, patch: dict[str, Any]) -> dict[str, Any]:
        if name not in self.events:
            raise ApiError(404, "NotFound", f'events.events.k8s.io "{name}" not found')
        event = self.events[name]
        metadata = event["metadata"]
        annotations = metadata["annotations"] | patch.get("metadata", {}).get("annotations", {})
        self.events[name] = event | patch | {"metadata": metadata | {"annotations": annotations}}
        return self.events[name]


class Running:
    """A publisher at work, and what it said."""

    def __init__(self, server: StandIn, settings: EventSettings = QUICK) -> None:
        self.said: list[str] = []
        self.publisher = EventsPublisher(cast(Api, server), alerts.NODE, settings, self.said.append)

    def count(self, name: str) -> int:
        return self.publisher.counts().get(name, 0)

    async def until(self, true: Callable[[], object], patience_s: float = 5.0) -> None:
        async with asyncio.timeout(patience_s):
            while not true():
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(server: StandIn, settings: EventSettings = QUICK) -> AsyncIterator[Running]:
    one = Running(server, settings)
    task = asyncio.create_task(one.publisher.run())
    try:
        yield one
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

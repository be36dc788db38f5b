# SPDX-License-Identifier: Apache-2.0
"""What the operator asks an agent: alerts by a filter, one of them, those around one, those that come, and
how the agent stands. JSON, GET only.

A reader who follows holds nothing here: it asks again for what came behind a number, and is told how many it
missed. Numbers are those of one run of the agent, which `epoch` names.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from lanner_agent.publish.remembered import asking, hourly
from lanner_agent.publish.remembered.asking import Found
from lanner_agent.publish.remembered.output import Remembered
from lanner_agent.report.page.arrivals import Arrivals
from lanner_agent.report.page.standing import Standing
from lanner_page import wire

if TYPE_CHECKING:
    from aiohttp import web

WAIT_S: Final = 25.0  # for alerts that come
ASKING: Final = 32  # questions under way, beside those that wait
BATCH: Final = 250  # alerts of one answer to who follows
_JSON: Final = "application/json"


class Endpoint:
    """`epoch` is another one after each start."""

    def __init__(self, kept: Remembered, standing: Standing) -> None:
        self.epoch = uuid.uuid4().hex
        self._kept = kept
        self._standing = standing
        self._room = asyncio.Semaphore(ASKING)
        self._arrivals = Arrivals(kept.memory)

    @property
    def waiting(self) -> int:
        """How many wait for alerts that come."""
        return len(self._arrivals)

    def application(self) -> web.Application:
        """In the loop that serves it."""
        from aiohttp import web  # noqa: PLC0415  a thread that watches need not wait for it

        made = web.Application(client_max_size=1024)
        made.router.add_get("/alerts", self._within(self._alerts))
        made.router.add_get("/alert", self._within(self._alert))
        made.router.add_get("/around", self._within(self._around))
        made.router.add_get("/standing", self._within(self._state))
        made.router.add_get("/behind", self._behind)
        return made

    def _within(self, answer: Callable[[web.Request], bytes]) -> Callable[[web.Request], Any]:
        """So many at a time, each in a thread: looking through what is kept takes milliseconds."""

        async def bounded(request: web.Request) -> web.Response:
            async with self._room:
                return _json(await asyncio.to_thread(answer, request))

        return bounded

    def _alerts(self, request: web.Request) -> bytes:
        memory = self._kept.memory
        found = asking.alerts(memory, wire.parsed(request.query))
        first = memory.all()
        more = {
            "more": found.more,
            "went": dict(memory.went.most_common(8)),
            "went_total": sum(memory.went.values()),
            "oldest_ns": first[0].at_ns if first else None,
        }
        return self._answer(found, more)

    def _alert(self, request: web.Request) -> bytes:
        one = self._kept.memory.one(request.query.get("id", ""))
        return self._answer(Found(() if one is None else (one,)), {})

    def _around(self, request: web.Request) -> bytes:
        asked = request.query
        pod = asked.get("namespace", ""), asked.get("pod", "")
        at_ns = wire.number(asked.get("at_ns", "")) or 0
        return self._answer(asking.around(self._kept.memory, pod, at_ns, asked.get("id", "")), {})

    def _state(self, _: web.Request) -> bytes:
        hits = self._kept.hourly.told(time.time_ns())
        said = {
            "epoch": self.epoch,
            "hits": [[*key, list(hours), last] for key, (hours, last) in hits.items()],
            "lag_s": self._standing.lag_s(),
            "lost": self._standing.lost(),
            "alerts": self._standing.alerts(),
            "forgotten": hourly.words(dict(self._kept.hourly.forgotten)),
        }
        return json.dumps(said).encode()

    async def _behind(self, request: web.Request) -> web.Response:
        """Without a number, or with one of another run: from the newest on."""
        memory, asked = self._kept.memory, request.query
        number = wire.number(asked.get("number", ""))
        if number is None or asked.get("epoch") != self.epoch or number > memory.newest:
            return _json(self._answer(Found(()), {"number": memory.newest, "missed": 0}))
        await self._newer(number)
        found, missed = asking.behind(memory, number, BATCH)
        last = found.alerts[-1].number if found.alerts else number
        return _json(self._answer(found, {"number": last, "missed": missed}))

    async def _newer(self, number: int) -> None:
        """Returns when there is something behind the number, or after WAIT_S."""
        with self._arrivals.heard() as came, contextlib.suppress(TimeoutError):
            if self._kept.memory.newest <= number:
                async with asyncio.timeout(WAIT_S):
                    await came.wait()

    def _answer(self, found: Found, more: dict[str, Any]) -> bytes:
        """The lines are JSON already."""
        head = json.dumps({"epoch": self.epoch, **more}).encode()
        return head[:-1] + b', "alerts": [' + b",".join(one.line for one in found.alerts) + b"]}"


def _json(body: bytes) -> web.Response:
    from aiohttp import web  # noqa: PLC0415

    return web.Response(body=body, content_type=_JSON)

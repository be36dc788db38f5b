# SPDX-License-Identifier: Apache-2.0
"""The Lease: not before the agent watches, not while it is stuck, and in spite of a server that is away."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import pytest

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.report import lease
from lanner_agent.report.lease import Lease
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable

NODE = NodeIdentity("node-1", None, "agent-1", "uid-1", "lanner")
AWAY = Unreachable("Connect call failed ('127.0.0.1', 6443)")


class Leases:
    """One Lease of an API server. `failures` are raised one after the other; `writes` in their order."""

    def __init__(self) -> None:
        self.failures: deque[ApiError] = deque()
        self.there: dict[str, Any] | None = None
        self.writes: list[str] = []

    async def request(self, method: str, path: str, *, body: Any = None) -> dict[str, Any]:
        if self.failures:
            raise self.failures.popleft()
        if method == "GET" and self.there is None:
            raise ApiError(404, "NotFound", f"{path} not found")
        if method != "GET":
            self.writes.append(method)
            self.there = {**body, "metadata": {**body["metadata"], "resourceVersion": str(len(self.writes))}}
        assert self.there is not None
        return self.there


class Running:
    """An agent's Lease, with pauses that a test can wait for."""

    def __init__(self) -> None:
        self.leases = Leases()
        self.said: list[str] = []
        self.problem = ""
        self.renewals = 0
        self.times: list[float] = []
        where = cast(Api, self.leases), "lanner-agent-node-1", NODE, self.said.append
        self.lease = Lease(*where, problem=lambda: self.problem, renewed=self._renewed)

    def _renewed(self) -> None:
        self.renewals += 1
        self.times.append(time.monotonic())

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5.0):
            while not done():
                await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_EVERY_S", 0.02)
    monkeypatch.setattr(lease, "UNWELL_EVERY_S", 0.02)
    monkeypatch.setattr("random.uniform", lambda *_: 0.02)


def running(use: Callable[[Running], Any]) -> Running:
    """After `use`, beside which the Lease's task ran."""
    made = Running()

    async def both() -> None:
        task = asyncio.create_task(made.lease.run())
        try:
            await use(made)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    asyncio.run(both())
    return made


def test_an_agent_that_does_not_watch_yet_renews_nothing() -> None:
    async def use(made: Running) -> None:
        await asyncio.sleep(0.2)
        assert made.leases.writes == []
        await asyncio.to_thread(made.lease.begin, 0.0)  # as the hot thread does
        await made.until(lambda: made.renewals >= 2)

    made = running(use)
    assert made.leases.writes[:2] == ["POST", "PUT"]
    assert made.leases.there is not None
    assert made.leases.there["spec"]["holderIdentity"] == "agent-1"


def test_the_seconds_count_from_when_it_watches() -> None:
    async def use(made: Running) -> None:
        await asyncio.sleep(0.4)  # a start that takes longer than what it must watch for
        made.lease.begin(0.3)
        await asyncio.sleep(0.1)
        assert made.leases.writes == []
        await made.until(lambda: made.renewals >= 1)

    running(use)


def test_what_began_before_the_task_is_not_missed_and_begins_once() -> None:
    async def use(made: Running) -> None:
        made.lease.begin(0.0)  # the task has not run yet
        made.lease.begin(3600.0)
        await made.until(lambda: made.renewals >= 1)

    running(use)


def test_an_agent_that_is_stuck_renews_nothing_until_it_goes_on() -> None:
    async def use(made: Running) -> None:
        made.lease.begin(0.0)
        await made.until(lambda: made.renewals >= 1)
        made.problem = "the event loop has been silent for 31 s"
        await asyncio.sleep(0.05)
        before = len(made.leases.writes)
        await asyncio.sleep(0.2)
        assert len(made.leases.writes) == before
        made.problem = ""
        await made.until(lambda: len(made.leases.writes) > before)

    running(use)


def test_a_server_that_is_away_at_the_start_is_asked_until_it_is_back() -> None:
    async def use(made: Running) -> None:
        made.leases.failures.extend([AWAY, AWAY, AWAY])
        made.lease.begin(0.0)
        await made.until(lambda: made.renewals >= 1)

    made = running(use)
    assert "cannot renew the lease lanner/lanner-agent-node-1" in made.said[0]


def test_agents_that_begin_together_do_not_stay_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_EVERY_S", 0.2)
    monkeypatch.setattr("random.uniform", random.Random(7).uniform)  # noqa: S311  nothing secret

    async def use(made: Running) -> None:
        made.lease.begin(0.0)
        await made.until(lambda: made.renewals >= 7)

    times = running(use).times
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(pauses) >= 0.15
    assert max(pauses) - min(pauses) > 0.03

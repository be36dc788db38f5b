# SPDX-License-Identifier: Apache-2.0
"""A server over HTTP that takes five Events a second: its Retry-After is obeyed, all of them arrive, and one
namespace's limit is no other's.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.publisher import EventsPublisher
from lanner_agent.publish.events.settings import EventSettings
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from tests.agent.publish.events import alerts
from tests.agent.publish.events.limited_server import RETRY_AFTER_S, LimitedServer, serving
from tests.agent.publish.events.stand_in import QUICK, StandIn, running

RULE = alerts.rule()
NUMBER = 45


def of_pod(number: int, namespace: bytes = b"shop") -> Alert:
    where = replace(alerts.APP, pod_uid=b"%s-%d" % (namespace, number), pod_namespace=namespace)
    return alerts.alert(RULE, where)


@pytest.mark.timeout(120)
def test_retry_after_is_obeyed_and_everything_arrives(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(LimitedServer(rate=5.0)) as server:
            api = await Api.connect("lanner-tests", str(server.kubeconfig(tmp_path)))
            publisher = EventsPublisher(api, alerts.NODE, EventSettings(), lambda line: None)
            task = asyncio.create_task(publisher.run())
            for number in range(NUMBER):
                publisher.offer(of_pod(number))
            async with asyncio.timeout(90):
                while len(server.events) < NUMBER:
                    await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait([task])
            await api.close()
        refused = [status for _, status in server.answers].count(429)
        assert refused == publisher.counts()["throttled"] > 0
        assert all(pause >= RETRY_AFTER_S for pause in server.pauses())
        pauses = server.pauses()
        assert len(set(pauses)) == len(pauses)  # spread: many nodes do not come back in step
        assert len({event["metadata"]["name"] for event in server.events}) == NUMBER

    asyncio.run(test())


@pytest.mark.timeout(60)
def test_a_server_that_takes_more_gets_more(tmp_path: Path) -> None:
    async def test() -> list[float]:
        async with serving(LimitedServer(rate=1e6, burst=1e6)) as server:
            api = await Api.connect("lanner-tests", str(server.kubeconfig(tmp_path)))
            publisher = EventsPublisher(api, alerts.NODE, EventSettings(), lambda line: None)
            task = asyncio.create_task(publisher.run())
            for number in range(120):
                publisher.offer(of_pod(number))
            async with asyncio.timeout(45):
                while len(server.events) < 120:
                    await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait([task])
            await api.close()
        return [at for at, _ in server.answers]

    times = asyncio.run(test())
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert sum(gaps[24:44]) > sum(gaps[-20:])  # after the burst: faster and faster
    assert times[-1] - times[0] < 30  # at one a second it would be a minute and a half


def test_an_error_on_one_namespaces_events_holds_up_no_other() -> None:
    broken = ApiError(500, "InternalError", "failed calling webhook")

    async def test() -> None:
        server = StandIn()
        server.refuses = lambda event: broken if event["regarding"]["namespace"] == "loud" else None
        async with running(server, replace(QUICK, tries=2)) as one:
            one.publisher.offer(of_pod(0, b"loud"))
            for number in range(5):
                one.publisher.offer(of_pod(number))
            await one.until(lambda: len(server.events) == 5)
            assert one.count("dropped_tries") == 0
            assert server.requests <= 5 + 1
            await one.until(lambda: one.count("dropped_tries") == 1, 20)

    asyncio.run(test())


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("no answer in time", late=True),
        ApiError(504, "Timeout", "request did not complete within the allotted timeout"),
        ApiError(429, "TooManyRequests", "too many requests", retry_after=0.2),
    ],
    ids=lambda error: str(error.status),
)
def test_a_namespace_whose_queue_in_the_server_is_full_is_not_asked_first_again(error: ApiError) -> None:
    urgent = alerts.rule("Escape", priority="CRITICAL")

    async def test() -> None:
        server = StandIn()
        server.refuses = lambda event: error if event["regarding"]["namespace"] == "loud" else None
        async with running(server) as one:
            loud = replace(of_pod(0, b"loud"), rule=urgent)
            one.publisher.offer(loud)
            await one.until(lambda: server.requests)
            for number in range(5):
                one.publisher.offer(of_pod(number))
            await one.until(lambda: len(server.events) == 5, 8)
            assert one.count("queue_length") == 1  # kept for as long as it takes
            server.refuses = lambda event: None
            await one.until(lambda: len(server.events) == 6, 20)

    asyncio.run(test())

# SPDX-License-Identifier: Apache-2.0
"""Answers that a healthy API server does not give: too many requests, its own errors, answers that get lost,
no answer at all. And an end in the middle of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import body, delay
from lanner_agent.publish.events.ledger import Ledger
from lanner_agent.publish.events.publisher import DELAYED, PUBLISHING
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.trouble import Trouble
from lanner_apiserver.errors import ApiError, Unreachable
from lanner_engine.fields.model import HOST
from tests.agent.events import plain
from tests.agent.publish.events import alerts
from tests.agent.publish.events.stand_in import AWAY, QUICK, Running, StandIn, running

RULE = alerts.rule()
BUSY = ApiError(429, "TooManyRequests", "too many requests, please try again later", retry_after=0.4)
BROKEN = ApiError(500, "InternalError", "etcdserver: leader changed")


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_an_alert_is_an_event_at_once() -> None:
    async def test() -> None:
        server = StandIn()
        async with running(server) as one:
            start = time.monotonic()
            await asyncio.to_thread(one.publisher.offer, alerts.alert(RULE))
            await one.until(lambda: server.events)
            assert time.monotonic() - start < 1

    run(test())


def test_a_server_that_asks_for_patience_gets_it() -> None:
    async def test() -> None:
        server = StandIn()
        server.failures.append(BUSY)
        async with running(server) as one:
            start = time.monotonic()
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: server.events)
            assert time.monotonic() - start >= 0.4
            assert one.count("throttled") == 1
            assert server.requests == 2

    run(test())


def test_a_server_that_fails_is_tried_again_a_bounded_number_of_times() -> None:
    async def test() -> None:
        server = StandIn()
        server.failures.extend([BROKEN] * 2)
        async with running(server, replace(QUICK, tries=2, summary_delay=0.2)) as one:
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: one.count("dropped_tries"))
            one.publisher.offer(alerts.alert(RULE, HOST))
            await one.until(lambda: len(server.events) == 2)
            reasons = {event["reason"] for event in server.events.values()}
            assert reasons == {"TerminalShellInContainer", "AlertsSuppressed"}
            assert [line for line in one.said if "leader changed" in line][1:] == []

    run(test())


def test_a_lost_answer_makes_no_second_event_and_no_count_of_two() -> None:
    async def test() -> None:
        server = StandIn()
        server.lost_answers.append(Unreachable("no answer in time"))
        async with running(server) as one:
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: one.count("published"))
        (event,) = server.events.values()
        assert "series" not in event

    run(test())


def test_an_agent_that_was_started_again_goes_on_counting() -> None:
    async def test() -> None:
        server = StandIn()
        for times in (3, 4):
            async with running(server) as one:
                for _ in range(times):
                    one.publisher.offer(alerts.alert(RULE))
                await one.until(lambda: one.count("series_patched"))
        (event,) = server.events.values()
        assert event["series"]["count"] == 7

    run(test())


def test_somebody_elses_event_of_that_name_keeps_nothing_out() -> None:
    async def test() -> None:
        server = StandIn()
        async with running(server) as one:
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: server.events)
        (name,) = server.events
        theirs = {"metadata": {"name": name, "annotations": {}}, "reportingController": "example.com/x"}
        server.events = {name: theirs}
        async with running(server) as one:
            one.publisher.offer(alerts.alert(RULE))
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: one.count("series_patched"))
        assert server.events[name] == theirs
        (ours,) = (event for other, event in server.events.items() if other != name)
        assert ours["series"]["count"] == 2
        assert ours["metadata"]["name"].startswith("app1.")

    run(test())


def test_what_happens_while_the_server_is_away_comes_after_with_its_time_most_severe_and_newest_first() -> (
    None
):
    async def test() -> None:
        server = StandIn()
        server.away = AWAY
        async with running(server) as one:
            for number, priority in enumerate(("NOTICE", "CRITICAL", "WARNING", "CRITICAL")):
                rule = alerts.rule(f"rule {number}", priority=priority)
                one.publisher.offer(alerts.alert(rule, time=(1_700_000_000 + number) * 10**9))
            await one.until(lambda: not one.publisher.healthy()[0])
            assert server.requests > 2
            assert "Connect call failed" in one.publisher.healthy()[1]
            assert one.publisher.healthy()[1].endswith("4 alerts wait")
            server.away = None
            await one.until(lambda: len(server.events) == 4)
            assert [event["reason"] for event in server.events.values()] == [
                "Rule3",
                "Rule1",
                "Rule2",
                "Rule0",
            ]
            assert [event["eventTime"][17:19] for event in server.events.values()] == ["23", "21", "22", "20"]
            assert one.publisher.healthy() == (True, "Events are published")
            assert len(one.said) == 2  # that it began, and that it is over

    run(test())


def test_the_nodes_budget_holds_after_an_outage_too() -> None:
    async def test() -> None:
        server = StandIn()
        server.away = AWAY
        async with running(server, EventSettings(node_qps=20, node_burst=5, reserve=0)) as one:
            for number in range(12):
                one.publisher.offer(alerts.alert(replace(RULE, name=f"rule {number}")))
            await one.until(lambda: server.requests)
            server.away = None
            await one.until(lambda: server.events)
            start, already = time.monotonic(), len(server.events)
            await one.until(lambda: len(server.events) == 12)
            assert time.monotonic() - start >= (12 - already - 5) / 20

    run(test())


def test_a_server_that_hangs_does_not_hold_up_the_end() -> None:
    async def test() -> None:
        server = StandIn()
        server.hangs = True
        async with running(server) as one:
            for _ in range(5):
                one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: server.requests)
            start = time.monotonic()
        assert time.monotonic() - start < 10.0  # the server hangs for an hour
        assert one.count("dropped_at_end") == 5
        one.publisher.offer(alerts.alert(RULE, HOST))
        assert one.count("dropped_at_end") == 6

    run(test())


def test_the_end_writes_true_counts_and_the_summary() -> None:
    async def test() -> None:
        server = StandIn()
        async with running(server) as one:
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: server.events)
            one.publisher.offer(alerts.alert(RULE))
            await one.until(lambda: one.count("series_patched"))
            for number in range(20):
                one.publisher.offer(alerts.alert(RULE))
                one.publisher.offer(alerts.alert(RULE, HOST, exepath=b"/%d" % number))
        by_reason = {event["regarding"]["kind"] + event["reason"]: event for event in server.events.values()}
        assert by_reason["PodTerminalShellInContainer"]["series"]["count"] == 22
        assert one.publisher.healthy()[1].endswith("see Events of reason AlertsSuppressed")
        assert "10 too many of one rule" in by_reason["NodeAlertsSuppressed"]["note"]
        assert one.count("dropped_at_end") == 0

    run(test())


def test_an_error_of_our_own_costs_one_alert_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    detected = body.detected

    def broken(sighting: Any, *rest: Any) -> Any:
        if sighting.container is HOST:
            raise KeyError("\x1b[31mour own")
        return detected(sighting, *rest)

    async def test() -> None:
        server = StandIn()
        async with running(server) as one:
            one.publisher.offer(alerts.alert(RULE, HOST))
            one.publisher.offer(alerts.alert(RULE))
            one.publisher.offer(Alert(RULE, BrokenEvent()))
            await one.until(lambda: server.events)
            assert one.count("dropped_failed") == 1
            assert one.count("failed") == 1
            assert all("please report this" in line and line.isprintable() for line in one.said)
            assert len(one.said) == 2

    monkeypatch.setattr(body, "detected", broken)
    run(test())


def test_after_an_error_nobody_foresaw_it_can_be_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        server = StandIn()
        publisher = Running(server).publisher
        publisher.offer(alerts.alert(RULE))
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "next", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await publisher.run()
        publisher.offer(alerts.alert(RULE))
        task = asyncio.create_task(publisher.run())
        while publisher.counts().get("series_patched", 0) < 1:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(test())


class BrokenEvent(plain.Event):
    @property
    def container(self) -> Any:
        raise RuntimeError("no container")

    @container.setter
    def container(self, value: Any) -> None:
        """A dataclass sets what it is given."""


def test_what_waits_long_is_the_nodes_state_until_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delay, "MAX_DELAY_S", 0.5)
    monkeypatch.setattr(delay, "OVER_S", 0.3)

    async def test() -> None:
        server = StandIn()
        async with running(server, EventSettings(node_qps=4, node_most_qps=4, node_burst=1)) as one:
            for number in range(6):
                one.publisher.offer(alerts.alert(RULE, exepath=b"/bin/%d" % number))
            await one.until(lambda: one.publisher.state()[0] == DELAYED)
            healthy, why = one.publisher.healthy()
            assert not healthy
            assert why.startswith("Events wait for more than a minute, the oldest first: ")
            assert why.endswith("the cluster's rules in namespace shop")
            assert one.count("oldest_wait_s") < 3
            (entry,) = one.publisher.namespaces()
            assert (entry["rules"], entry["namespace"]) == ("Cluster", "shop")
            assert entry["published"] + entry["waiting"] == 6
            await one.until(lambda: one.publisher.state()[0] == PUBLISHING)
            assert len(server.events) >= 5
            assert [line.partition(" s")[0].rstrip("0123456789") for line in one.said] == [
                "Events: the oldest waits for ",
                "Events: none waits long any more, after ",
            ]

    run(test())


def test_a_pause_of_seconds_is_no_state_and_flapping_is_said_once() -> None:
    now, said = [0.0], list[str]()
    trouble = Trouble(said.append, lambda: now[0])
    for _ in range(5):
        trouble.begins("hold", "away", grace_s=3)
        assert trouble.why == ""
        now[0] += 3
        assert trouble.why == "away"
        trouble.over()
        assert trouble.why == ""
    assert said == ["Events: away", "Events: published again after 3 s"]
    now[0] += 300
    trouble.begins("hold", "away", grace_s=3)
    assert said[2:] == ["Events: away"]

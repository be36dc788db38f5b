# SPDX-License-Identifier: Apache-2.0
"""Who leads by a Lease, with clocks that differ, an API server that is away, and Leases that others wrote:
what two real processes cannot be made to show in time.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from lanner_operator.election import election, lease
from lanner_operator.election.election import Election
from tests.operator.made import HERE, OWNER

KEY = "lanner/lanner-operator"
PATH = f"{HERE.leases}/{HERE.operator_lease}"
SHOWN_BY = 6  # requests; one look takes two at most


class Server:
    """Keeps one Lease as an API server does; `away`: it does not answer."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] | None = None
        self.away = False
        self.asked = 0
        self.versions = itertools.count(1)

    async def request(self, method: str, path: str, body: Any = None, **_: Any) -> Any:
        self.asked += 1
        if self.away:
            raise Unreachable("no answer in time", path)
        if method == "GET":
            return self.stored
        if method == "POST" and self.stored is not None:
            raise ApiError(409, "AlreadyExists", "there is one", None, path)
        if method == "PUT":
            if self.stored is None:
                raise ApiError(404, "NotFound", "there is none", None, path)
            if body["metadata"]["resourceVersion"] != self.stored["metadata"]["resourceVersion"]:
                raise ApiError(409, "Conflict", "another was quicker", None, path)
        self.put(body)
        return self.stored

    def put(self, body: dict[str, Any]) -> None:
        self.stored = {**body, "metadata": {**body["metadata"], "resourceVersion": str(next(self.versions))}}


class Clock:
    """Of one machine: runs when it is told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def owner() -> Mapping[str, Any]:
    return OWNER


class Candidate:
    """One operator; what the API server has is what its watch shows."""

    def __init__(self, server: Server, name: str, clock: Clock) -> None:
        self.lines: list[str] = []
        self.server = server
        self.clock = clock
        self.shown: dict[str, Any] | None = None  # by a watch that hangs
        self.election = Election(
            cast("Api", server),
            HERE,
            name,
            lambda: self.shown if self.shown is not None else watched(server),
            self.lines.append,
            owner,
            clock,
        )

    def tries(self) -> bool:
        """Whether it leads after one look."""
        return asyncio.run(self.election._tried())

    def renews(self) -> str:
        """Why it leads no more; "" while it does, which so many requests show on however slow a machine."""

        async def some() -> str:
            losing, enough = asyncio.create_task(self.election._lost()), self.server.asked + SHOWN_BY
            while not losing.done() and self.server.asked < enough:
                await asyncio.sleep(0.001)
            losing.cancel()
            (why,) = await asyncio.gather(losing, return_exceptions=True)
            if isinstance(why, str):
                return why
            assert isinstance(why, asyncio.CancelledError), why
            return ""

        return asyncio.run(some())


def watched(server: Server) -> dict[str, Any]:
    return {} if server.stored is None else {KEY: server.stored}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(election, "RENEW_S", 0.01)
    monkeypatch.setattr(election, "RETRY_S", 0.01)


def test_with_clocks_years_apart_the_second_waits_the_whole_time() -> None:
    server = Server()
    first, second = Candidate(server, "a", Clock(10.0)), Candidate(server, "b", Clock(1e9))
    assert first.tries()
    assert not second.tries()
    second.clock.now += lease.LIFE_S - 1
    assert not second.tries()
    second.clock.now += 1
    assert second.tries()
    assert server.stored is not None
    assert server.stored["spec"]["leaseTransitions"] == 1


def test_a_lease_that_is_deleted_is_not_taken_while_its_holder_may_write() -> None:
    server, clock = Server(), Clock(100.0)
    first, second = Candidate(server, "a", clock), Candidate(server, "b", clock)
    assert first.tries()
    assert not second.tries()
    server.stored = None
    assert not second.tries()
    assert first.renews() == "the Lease was deleted"
    assert first.election.left_s <= 0
    clock.now += lease.LIFE_S
    assert second.tries()


def test_the_term_ends_before_another_may_take_it() -> None:
    server = Server()
    one = Candidate(server, "a", Clock(0.0))
    assert one.tries()
    one.clock.now += election.TERM_S
    assert one.election.left_s <= 0
    assert election.TERM_S + election.ANSWER_S <= lease.LIFE_S


def test_a_leader_without_an_api_server_ends_its_term_by_its_own_clock() -> None:
    server = Server()
    one = Candidate(server, "a", Clock(0.0))
    assert one.tries()
    server.away = True
    assert one.renews() == ""
    one.clock.now += election.TERM_S
    assert "no renewal was taken" in one.renews()
    assert any("cannot be written" in line for line in one.lines)


def test_who_finds_another_holder_at_a_renewal_leads_no_more() -> None:
    server = Server()
    first, second = Candidate(server, "a", Clock(0.0)), Candidate(server, "b", Clock(0.0))
    assert first.tries()
    second.tries()
    second.clock.now += lease.LIFE_S
    assert second.tries()
    assert first.renews() == "'b' holds the Lease"


def test_an_annotation_that_somebody_sets_ends_no_term() -> None:
    server = Server()
    one = Candidate(server, "a", Clock(0.0))
    assert one.tries()
    assert server.stored is not None
    server.put(server.stored)
    assert one.renews() == ""


def test_a_watch_that_hangs_makes_no_second_leader() -> None:
    server = Server()
    first, second = Candidate(server, "a", Clock(0.0)), Candidate(server, "b", Clock(0.0))
    assert first.tries()
    second.shown = watched(server)
    second.tries()
    assert first.renews() == ""
    second.clock.now += lease.LIFE_S
    assert not second.tries(), "the API server has another version"


def test_a_lease_that_says_it_is_good_for_ever_is_not() -> None:
    server = Server()
    spec = {"holderIdentity": "x\x1b[31m", "leaseDurationSeconds": 2**31 - 1, "leaseTransitions": "many"}
    server.put({"metadata": {"name": HERE.operator_lease}, "spec": spec})
    one = Candidate(server, "a", Clock(0.0))
    assert not one.tries()
    one.clock.now += lease.MOST_LIFE_S
    assert one.tries()
    assert not any("\x1b" in line for line in one.lines)


def test_a_lease_that_was_given_up_is_taken_at_once() -> None:
    server = Server()
    first, second = Candidate(server, "a", Clock(0.0)), Candidate(server, "b", Clock(0.0))
    assert first.tries()
    assert not second.tries()
    asyncio.run(first.election.give_up())
    assert first.election.left_s <= 0
    assert server.stored is not None
    assert server.stored["metadata"]["ownerReferences"] == [OWNER], "it goes with an uninstall"
    assert second.tries()


def test_who_is_restarted_under_its_name_takes_its_lease_back_at_once() -> None:
    server = Server()
    assert Candidate(server, "a", Clock(0.0)).tries()
    assert Candidate(server, "a", Clock(0.0)).tries()

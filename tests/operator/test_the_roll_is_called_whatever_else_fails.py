# SPDX-License-Identifier: Apache-2.0
"""Before an agent is called silent the API server is asked; a refusal of ours makes nobody silent.

View and API server are written by hand: no real one can be made to hang at a given second, nor to wait three
minutes within a test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from lanner_operator.installation import NODES
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.observed import Heard, Observed
from lanner_operator.reconcile.roll_call import RollCall
from lanner_operator.status import node as nodes
from lanner_operator.status.node import Node
from tests.operator.made import HERE, NOW

FORBIDDEN = ApiError(403, "Forbidden", "leases is forbidden")
AWAY = Unreachable("connection refused")


def falco_node(name: str, status: str = "True", reason: str = "Watching") -> Node:
    ready = {"type": "Ready", "status": status, "reason": reason, "message": "", "lastTransitionTime": NOW}
    meta = {"name": name, "uid": f"uid-{name}", "resourceVersion": "7"}
    return nodes.read({"metadata": meta, "status": {"conditions": [ready]}})


def lease(name: str, renewal: int) -> dict[str, Any]:
    spec = {"renewTime": f"renewal {renewal}", "leaseDurationSeconds": 60}
    return {"metadata": {"name": f"lanner-agent-{name}"}, "spec": spec}


class Cluster:
    """A View and an Api: what they show, and what was asked and written."""

    def __init__(self) -> None:
        self.now = 0.0
        self.nodes: tuple[Node, ...] = (falco_node("n1"), falco_node("n2"))
        self.watched = {"n1": 1, "n2": 1}
        self.there: dict[str, int] | ApiError = self.watched
        self.hears = True
        self.missed = False
        self.listings = 0
        self.refusal: ApiError | None = None
        self.written: list[tuple[str, str, str]] = []
        self.said: list[str] = []
        self.roll = RollCall(cast("Api", self), HERE, self, Dirty(), self.said.append, lambda: self.now)

    async def observe(self) -> Observed | None:
        raise NotImplementedError

    async def confirm(self) -> Observed | None:
        raise NotImplementedError

    def hear(self) -> Heard | None:
        missed, self.missed = self.missed, False
        leases = tuple(lease(*one) for one in self.watched.items())
        return Heard(self.nodes, leases, self.hears, missed)

    async def list_leases(self) -> tuple[Mapping[str, Any], ...]:
        self.listings += 1
        if isinstance(self.there, ApiError):
            raise self.there
        self.watched = dict(self.there)  # as ClusterView does
        return tuple(lease(*one) for one in self.there.items())

    async def request(self, method: str, path: str, *, body: Any, content_type: str) -> None:
        reasons = {one["reason"] for one in (body.get("status") or {}).get("conditions", ())}
        self.written.append((method, path.removeprefix(f"{NODES}/"), ",".join(reasons)))
        assert content_type
        if self.refusal is not None:
            raise self.refusal

    def call(self, *at: float) -> frozenset[str]:
        """The roll, at these seconds; who is silent after the last."""
        for moment in at:
            self.now = moment
            asyncio.run(self.roll.call())
        return self.roll.lost


@pytest.fixture
def api() -> Cluster:
    return Cluster()


def test_a_watch_that_hangs_makes_nobody_silent_who_renews(api: Cluster) -> None:
    api.call(0, 30, 60)
    assert api.listings == 0, "nobody would be silent"
    api.there = {"n1": 4, "n2": 1}
    assert api.call(61) == {"n2"}
    assert api.listings == 1
    assert api.written == [("PATCH", "n2/status", "AgentSilent")]
    assert api.call(91, 120) == {"n2"}
    assert api.listings == 1, "who is silent is so without further questions"
    api.there = {"n1": 7, "n2": 2}
    assert api.call(122) == frozenset(), "the listing for one tells of all"


def test_an_api_server_that_is_away_when_it_is_asked_makes_nobody_silent(api: Cluster) -> None:
    api.there = AWAY
    assert api.call(0, 30, 60, 61, 91) == frozenset()
    api.there = {"n1": 1, "n2": 1}
    assert api.call(121, 151, 181) == frozenset(), "each has its whole time anew"
    assert api.call(182) == {"n1", "n2"}
    assert [path for _, path, _ in api.written] == ["n1/status", "n2/status"]


def test_an_outage_between_two_looks_is_forgiven(api: Cluster) -> None:
    api.call(0, 30)
    api.missed = True
    assert api.call(59, 89, 119) == frozenset()
    assert api.call(120) == {"n1", "n2"}


def test_while_the_watch_is_broken_listings_tell_who_lives(api: Cluster) -> None:
    api.call(0)
    api.hears = False
    for moment in (30, 60, 61):
        api.there = {"n1": moment, "n2": 1}
        api.call(moment)
    assert api.roll.lost == frozenset({"n2"})
    assert api.listings == 3


def test_while_we_alone_are_refused_nobody_is_silent_and_then_nothing_is_known(api: Cluster) -> None:
    api.call(0)
    api.hears, api.there = False, FORBIDDEN
    assert api.call(30, 60, 90, 120, 150, 180, 209) == frozenset()
    assert api.written == []
    assert api.call(210) == {"n1", "n2"}, "rules do not count on them"
    told = [("PATCH", "n1/status", "LeasesNotWatched"), ("PATCH", "n2/status", "LeasesNotWatched")]
    assert api.written == told
    assert sum("whether agents live is not known" in line for line in api.said) == 1

    unknown = falco_node("n2", "Unknown", "LeasesNotWatched")
    api.nodes = (falco_node("n1"), unknown)  # one answers with its next renewal
    assert api.call(240, 1000) == {"n1", "n2"}
    assert api.written == told, "told once, and no FalcoNode deleted"

    api.hears = True
    for moment in (1030, 1060, 1091):
        api.watched = api.there = {"n1": moment, "n2": 1}
        api.call(moment)
    assert api.roll.lost == frozenset({"n2"})
    assert api.written[2:] == [("PATCH", "n2/status", "AgentSilent")]


def test_who_was_silent_before_a_refusal_stays_so(api: Cluster) -> None:
    api.there = {"n1": 4, "n2": 1}
    assert api.call(0, 30, 60, 61) == {"n2"}
    api.hears, api.there = False, FORBIDDEN
    assert api.call(91, 121) == {"n2"}


def test_what_cannot_be_written_is_said_once_and_shown(api: Cluster) -> None:
    api.refusal = ApiError(403, "Forbidden", "falconodes/status is forbidden", None, "/nodes")
    api.call(0, 30, 60)
    for api.now in (61.0, 91.0):
        assert asyncio.run(api.roll._round()) <= 30
        assert "falconodes/status is forbidden" in api.roll.heartbeat.trouble
    assert sum("is tried again" in line for line in api.said) == 1
    assert len(api.written) == 4, "both, in each round"
    api.refusal = None
    asyncio.run(api.roll._round())
    assert api.roll.heartbeat.trouble == ""


def test_nothing_is_said_of_agents_before_falco_nodes_are_listed(
    api: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "hear", lambda: None)
    assert api.call(0, 100, 200) == frozenset()
    assert (api.listings, api.written) == (0, [])


def test_a_refusal_before_the_first_listing_brings_no_dead_node_back_to_life(api: Cluster) -> None:
    api.nodes = (falco_node("n1", "Unknown", "AgentSilent"),)
    api.hears, api.there, api.watched = False, FORBIDDEN, {}
    api.call(0, 30)
    api.hears, api.there, api.watched = True, {"n1": 1}, {"n1": 1}
    assert api.call(60, 61) == {"n1"}

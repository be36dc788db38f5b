# SPDX-License-Identifier: Apache-2.0
"""Whether Leases are heard of, and were all the time; and a listing that goes before a watch that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError, Unreachable
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers.hearing import Hearing
from lanner_operator.handlers.own_objects import OwnObjects
from lanner_operator.handlers.view import WATCHED, ClusterView
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.places import DEFAULT_NUMBERS, Places
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.taking import Taking
from tests.operator.made import HERE

AWAY = Unreachable("connection refused")


class Ear:
    """A Hearing with a clock to turn."""

    def __init__(self) -> None:
        self.now = 0.0
        self.hearing = Hearing(lambda: self.now)

    def told(self, now: float, error: ApiError | None) -> None:
        self.now = now
        self.hearing.note(error)


def test_an_outage_is_known_afterwards_and_once() -> None:
    ear = Ear()
    for now, error in ((0, None), (1, AWAY), (2, ApiError(503, "", "starting")), (7, AWAY), (9, None)):
        ear.told(now, error)
    assert ear.hearing.well
    assert ear.hearing.missed()
    assert not ear.hearing.missed()


def test_a_connection_that_is_cut_again_and_again_is_no_outage() -> None:
    ear = Ear()
    for moment in range(0, 600, 30):
        ear.told(moment, AWAY)
        assert not ear.hearing.well
        ear.told(moment + 20, None)  # our own pause
    assert not ear.hearing.missed()


def test_a_refusal_of_ours_is_no_outage() -> None:
    ear = Ear()
    for moment in range(100):
        ear.told(moment, ApiError(403, "Forbidden", "no"))
    assert not ear.hearing.well
    assert not ear.hearing.missed()


class Server:
    """An Api that lists one Lease, watches until `cut` is set, and has nothing else."""

    def __init__(self) -> None:
        self.renewal = "first"
        self.cut = asyncio.Event()

    async def request(self, _method: str, path: str, **_: Any) -> dict[str, Any]:
        meta = {"name": "lanner-agent-n1", "namespace": "lanner"}
        item = {"metadata": meta, "spec": {"renewTime": self.renewal}}
        return {"items": [item] if path == HERE.leases else [], "metadata": {"resourceVersion": "5"}}

    async def watch(self, _path: str, _query: object) -> AsyncIterator[dict[str, Any]]:
        await self.cut.wait()
        if self.cut.is_set():
            raise AWAY
        yield {}


def test_a_listing_goes_before_a_watch_that_hangs_and_a_broken_one_is_known() -> None:
    async def scenario() -> None:
        server = Server()
        api, dirty = cast("Api", server), Dirty()
        view = ClusterView(api, HERE, dirty, Taking(Places(DEFAULT_NUMBERS), Specs(api)))
        view.config_maps, view.daemon_sets = {}, {}
        assert await view.observe() is None, "kopf has listed nothing yet"
        for path in WATCHED:
            view.listed(path)
        assert view.hear() is None, "no FalcoNode is listed yet"
        await view.observe()
        heard = view.hear()
        assert heard is not None
        assert (heard.leases, heard.hears, heard.missed) == ((), False, False)

        own = OwnObjects(api, HERE, view, dirty, Contacts(print))
        watch = asyncio.create_task(own._leases())
        await asyncio.sleep(0.05)
        assert _heard(view) == (["first"], True)
        server.renewal = "second"
        assert [one["spec"]["renewTime"] for one in await view.list_leases()] == ["second"]
        assert _heard(view) == (["second"], True), "nothing older may look like a renewal afterwards"
        server.cut.set()
        await asyncio.sleep(0.05)
        assert _heard(view) == (["second"], False)
        watch.cancel()

    asyncio.run(scenario())


def _heard(view: ClusterView) -> tuple[list[str], bool]:
    heard = view.hear()
    assert heard is not None
    return [one["spec"]["renewTime"] for one in heard.leases], heard.hears

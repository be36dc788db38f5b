# SPDX-License-Identifier: Apache-2.0
"""The reconcile task on a real API server, with a view that shows what a real one hardly ever does.

Written by hand, since no API server can be made to leave out objects: a listing without rules that another
one contradicts, and a node that has been silent for ten minutes.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from lanner_apiserver.client import Api
from lanner_operator.bundle import stored
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.observed import Heard, Observed, WatchedRule
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.task import Reconciler
from lanner_operator.status.liveness import Limits, Liveness
from lanner_operator.status.node import Node
from tests.operator.made import HERE, cluster_rule, falco_node
from tests.operator.whole.scene import MAPS, NODES, Scene

RULES = (WatchedRule(cluster_rule("one"), {}), WatchedRule(cluster_rule("two"), {}))


class Shown:
    """A View: what `observe` and `confirm` find is set by the test, the bundle is the API server's."""

    def __init__(self, scene: Scene) -> None:
        self.seen: tuple[WatchedRule, ...] = RULES
        self.there: tuple[WatchedRule, ...] = RULES
        self.nodes: tuple[Node, ...] = ()
        self._scene = scene

    async def observe(self) -> Observed | None:
        config_maps = stored.read(self._scene.server.items(MAPS), HERE)
        return Observed(self.seen, self.nodes, None, config_maps)

    async def confirm(self) -> Observed | None:
        found = await self.observe()
        return dataclasses.replace(found, rules=self.there) if found else None

    def hear(self) -> Heard:
        return Heard(self.nodes, (), hears=True, missed=False)

    async def list_leases(self) -> tuple[Mapping[str, Any], ...]:
        return ()


def play(scene: Scene, act: Callable[[Reconciler, Shown], Awaitable[Any]]) -> None:
    """The task of an operator that was not started, in the place of the one that was."""

    async def scenario() -> None:
        api = await Api.connect("lanner-tests", str(scene.identity))
        shown = Shown(scene)
        try:
            await act(Reconciler(api, HERE, shown, Specs(api), Dirty(), print), shown)
        finally:
            await api.close()

    scene.operator.stop()
    asyncio.run(scenario())


def test_a_listing_without_rules_that_another_contradicts_changes_nothing(scene: Scene) -> None:
    async def act(task: Reconciler, shown: Shown) -> None:
        await task.reconcile()
        before = scene.index()
        shown.seen = ()
        await task.reconcile()
        assert scene.index() == before
        assert len(scene.bundle()) == 2

    play(scene, act)


def test_rules_that_are_really_gone_are_taken_out(scene: Scene) -> None:
    async def act(task: Reconciler, shown: Shown) -> None:
        await task.reconcile()
        shown.seen = shown.there = ()
        await task.reconcile()
        assert scene.bundle() == {}

    play(scene, act)


def test_nothing_is_done_while_a_listing_is_still_to_come(scene: Scene) -> None:
    async def act(task: Reconciler, shown: Shown) -> None:
        await task.reconcile()
        before = scene.index()

        async def nothing_yet() -> None:
            return None

        shown.observe = nothing_yet  # type: ignore[method-assign]
        assert not await task.reconcile()
        assert scene.index() == before

    play(scene, act)


def test_the_node_of_an_agent_that_was_silent_for_long_is_deleted_and_only_that(scene: Scene) -> None:
    scene.acknowledge("gone", "0" * 64)
    scene.acknowledge("alive", "0" * 64)
    uid = scene.server.get(f"{NODES}/gone")["metadata"]["uid"]

    async def act(task: Reconciler, shown: Shown) -> None:
        task.roll.liveness = Liveness("lanner-agent-", Limits(lost_s=0.1, gone_s=0.2, witnessed_s=0.1))
        shown.nodes = (dataclasses.replace(falco_node("gone"), uid=uid), falco_node("alive"))
        await task.roll.call()
        await asyncio.sleep(0.3)
        await task.roll.call()

    play(scene, act)
    assert scene.server.get(f"{NODES}/gone") is None
    assert scene.server.get(f"{NODES}/alive") is not None, (
        "another object of that name by now: its uid differs"
    )

# SPDX-License-Identifier: Apache-2.0
"""Which agents are silent, asked every half minute; and what their FalcoNodes say then.

A task of its own, so that a dead node does not stay Ready because judging takes long, or because a bundle
cannot be written. The watch of the Leases is believed until an agent seems silent. Before an agent is called
silent, and while the watch is broken, the Leases are listed, since a connection may hang for longer than a
Lease is good for.

While the API server does not answer, no agent can renew, and each has its whole time anew afterwards. While
the API server refuses the operator alone, agents may live and renew: none is called silent, and after some
minutes each FalcoNode is told once that its state is not known. An agent that lives puts that right with its
next renewal.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.installation import Installation
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.heartbeat import Heartbeat
from lanner_operator.reconcile.observed import View
from lanner_operator.status import conditions, send, silence
from lanner_operator.status.liveness import Liveness
from lanner_operator.status.node import Node

ROLL_CALL_EVERY_S: Final = 30.0
SOON_S: Final = 1.0  # after the moment at which the next one would be silent
UNWATCHED_S: Final = 180.0  # refused for so long


class RollCall:
    """`run` never ends; `lost` are the nodes whose agents are silent, as they were found last."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        view: View,
        dirty: Dirty,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lost: frozenset[str] = frozenset()
        self.liveness = Liveness(installation.lease_prefix, clock=clock)
        self.heartbeat = Heartbeat(time.monotonic())
        self._api = api
        self._view = view
        self._dirty = dirty
        self._say = say
        self._clock = clock
        self._looking = asyncio.Lock()
        self._answered = True  # the last time that it was asked: else a watch that seems well may hang
        self._refused_since: float | None = None
        self._unwatched: set[str] = set()  # uids of those that were told so already

    @property
    def away(self) -> frozenset[str]:
        """Nodes whose agents' Leases are gone, as they were seen last; of most the Node is too."""
        return self.liveness.away

    async def run(self) -> None:
        while True:
            await asyncio.sleep(await self._round())

    async def _round(self) -> float:
        """Seconds until the next one."""
        trouble = ""
        try:
            await self.call()
            self.heartbeat.rounds += 1
        except ApiError as error:
            trouble = f"{error.path}: {error}"
        except Exception as error:  # a task that ended would leave dead nodes Ready
            trouble = "internal error: " + "".join(traceback.format_exception(error)).rstrip()
        if trouble and trouble != self.heartbeat.trouble:
            self._say(f"silent agents cannot be told of, which is tried again: {trouble}")
        self.heartbeat.trouble, self.heartbeat.last = trouble, time.monotonic()
        return min(ROLL_CALL_EVERY_S, self.liveness.next_loss() + SOON_S)

    async def call(self) -> None:
        """Looks, and tells what was found. Raises ApiError for what cannot be written."""
        nodes = await self.look_for_silent()
        lost = [node for node in nodes if node.name in self.lost]
        if self._not_known():
            await self._tell_that_nothing_is_known(lost)
        else:
            await self._tell_of_silence(lost)

    async def look_for_silent(self) -> tuple[Node, ...]:
        """All FalcoNodes that are known; `lost` is of this moment afterwards."""
        async with self._looking:
            heard = self._view.hear()
            if heard is None:
                return ()
            if heard.missed:
                self._observe(heard.nodes, heard.leases, hears=False)
            believed = heard.hears and self._answered
            if believed:
                self._observe(heard.nodes, heard.leases)
            silent = self._silent(heard.nodes)
            if not believed or silent - self.lost:
                await self._ask(heard.nodes, heard.leases)
                silent = self._silent(heard.nodes)
            self._keep(self._found(heard.nodes, silent))
            return heard.nodes

    async def _ask(self, nodes: tuple[Node, ...], before: tuple[Mapping[str, Any], ...]) -> None:
        """The API server itself; `before` is what is known otherwise."""
        try:
            leases = await self._view.list_leases()
        except ApiError as error:
            self._answered = False
            if error.away:
                self._refused_since = None
            elif self._refused_since is None:
                self._refused_since = self._clock()
            if error.away or before:  # else the first Lease of a dead agent would look like its renewal
                self._observe(nodes, before, hears=not error.away)
        else:
            self._answered, self._refused_since = True, None
            self._observe(nodes, leases)

    def _observe(
        self, nodes: tuple[Node, ...], leases: Iterable[Mapping[str, Any]], *, hears: bool = True
    ) -> None:
        names = [node.name for node in nodes]
        told = [node.name for node in nodes if silence.is_told(node)]
        self.liveness.observe(leases, names, told, hears=hears)

    def _silent(self, nodes: tuple[Node, ...]) -> frozenset[str]:
        return frozenset(node.name for node in nodes if self.liveness.lost(node.name))

    def _found(self, nodes: tuple[Node, ...], silent: frozenset[str]) -> frozenset[str]:
        if self._refused_since is None:
            return silent
        names = frozenset(node.name for node in nodes)
        return names if self._not_known() else names & self.lost

    def _keep(self, lost: frozenset[str]) -> None:
        if self._refused_since is None:
            self._unwatched.clear()
        if lost != self.lost:
            self.lost = lost
            self._dirty.mark()  # rules count their nodes anew

    def _not_known(self) -> bool:
        return self._refused_since is not None and self._clock() - self._refused_since >= UNWATCHED_S

    async def _tell_of_silence(self, lost: list[Node]) -> None:
        listened = self._refused_since is None
        gone = [node for node in lost if listened and self.liveness.is_forgettable(node.name)]
        for node in gone:
            self._say(f"node {node.name} was not heard of for ten minutes: its FalcoNode is deleted")
        patches = []
        for node in lost:
            patch = silence.patch(node, self.liveness.since(node.name), conditions.timestamp())
            if patch is not None and node not in gone:
                self._say(f"node {node.name}: its agent is silent, its FalcoNode is not Ready any more")
                patches.append((node, patch))
        await send.nodes(self._api, gone, patches)

    async def _tell_that_nothing_is_known(self, nodes: list[Node]) -> None:
        asked = [node for node in nodes if node.uid not in self._unwatched]
        made = [(node, silence.not_known(node, conditions.timestamp())) for node in asked]
        patches = [(node, patch) for node, patch in made if patch is not None]
        if patches:
            self._say(
                "the agents' Leases cannot be listed or watched: whether agents live is not known, which"
                f" {len(patches)} FalcoNode{'' if len(patches) == 1 else 's'} say until their agents speak"
            )
        uids = {node.uid for node in asked}
        self._unwatched |= uids
        try:
            await send.nodes(self._api, [], patches)
        except ApiError as error:
            if error.temporary:
                self._unwatched -= uids
            raise

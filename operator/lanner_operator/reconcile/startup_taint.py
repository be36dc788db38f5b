# SPDX-License-Identifier: Apache-2.0
"""The task that lets pods onto a node when its agent watches: it removes the taint with which nodes are
registered where the chart's `startupTaint` is on.

A node is looked at once for each of its agents: when one renews its Lease and its FalcoNode is Ready. So
nobody watches nodes, and a node that comes back under its old name is looked at again. A taint that somebody
sets later stays until the next agent.

What was there when this task began may be of an agent that is gone, on a node that is registered anew: it
counts from its next renewal on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from lanner_apiserver.client import PATCH, Api
from lanner_apiserver.errors import ApiError
from lanner_operator.reconcile.rounds import Rounds

KEY: Final = "lanner.dev/agent-not-ready"
NODES: Final = "/api/v1/nodes"
AT_ONCE: Final = 8


class Agent(NamedTuple):
    """Who holds the Lease of a node, when it was renewed (the holder's clock), and whether the FalcoNode is
    Ready.
    """

    holder: str
    renewed: str
    ready: bool


Agents = Mapping[str, Agent]  # by node


class StartupTaint:
    """`run` never ends; `agents` is asked again and again, and gives None while they are not known."""

    def __init__(self, api: Api, agents: Callable[[], Agents | None], say: Callable[[str], None]) -> None:
        self._api = api
        self._agents = agents
        self._say = say
        self._before: Agents | None = None
        self._looked: dict[str, str] = {}
        self._failed: dict[str, int] = {}  # times that a node was refused
        self._rounds = Rounds("startup taints cannot be removed", say)

    async def run(self) -> None:
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        """Seconds until the next one."""
        ready = self._ready()
        self._looked = {node: holder for node, holder in self._looked.items() if node in ready}
        self._failed = {node: number for node, number in self._failed.items() if node in ready}
        fresh = [node for node, holder in ready.items() if self._looked.get(node) != holder]
        fresh.sort(key=lambda node: self._failed.get(node, 0))  # one that is refused holds up no other
        problems = [await self._look(node, ready[node]) for node in fresh[:AT_ONCE]]
        error = next((one for one in problems if one is not None), None)
        return self._rounds.pause(error, more=len(fresh) > AT_ONCE)

    def _ready(self) -> dict[str, str]:
        """By node: who holds the Lease that was renewed since this task began, of those that are Ready."""
        agents = self._agents()
        if agents is None:
            return {}
        if self._before is None:
            self._before = dict(agents)
        self._before = {node: one for node, one in self._before.items() if _same(one, agents.get(node))}
        return {node: one.holder for node, one in agents.items() if one.ready and node not in self._before}

    async def _look(self, node: str, holder: str) -> ApiError | None:
        try:
            await self._open(node)
        except ApiError as error:
            self._failed[node] = self._failed.get(node, 0) + 1
            return error
        self._looked[node] = holder
        self._failed.pop(node, None)
        return None

    async def _open(self, node: str) -> None:
        """Removes the taint, if it is there. Where the node changes at the same moment, an ApiError."""
        path = f"{NODES}/{node}"
        try:
            found = await self._api.request("GET", path)
            change = removal((found.get("spec") or {}).get("taints") or ())
            if change:
                await self._api.request("PATCH", path, body=change, content_type=PATCH)
                self._say(f"node {node}: its agent watches, the taint {KEY} is removed")
        except ApiError as error:
            if not error.not_found:  # the node is gone
                raise


def _same(one: Agent, now: Agent | None) -> bool:
    return now is not None and (one.holder, one.renewed) == (now.holder, now.renewed)


def removal(taints: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A JSON patch that takes out those of our key and fails where the list is another by then."""
    numbered = [(number, one) for number, one in enumerate(taints) if one.get("key") == KEY]
    steps: list[dict[str, Any]] = []
    for number, one in reversed(numbered):
        where = f"/spec/taints/{number}"
        steps += [{"op": "test", "path": where, "value": dict(one)}, {"op": "remove", "path": where}]
    return steps

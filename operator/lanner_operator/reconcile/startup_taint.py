# SPDX-License-Identifier: Apache-2.0
"""The task that lets pods onto a node when its agent watches: it removes the taint with which nodes are
registered where the chart's `startupTaint` is on.

A node is looked at once for each of its agents: when one renews its Lease and its FalcoNode is Ready. So
nobody watches nodes, and a node that comes back under its old name is looked at again. A taint that somebody
sets later stays until the next agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import PATCH, Api
from lanner_apiserver.errors import ApiError

KEY: Final = "lanner.dev/agent-not-ready"
NODES: Final = "/api/v1/nodes"
LOOK_EVERY_S: Final = 1.0
AT_ONCE: Final = 8

Ready = Mapping[str, str]  # by node: who holds the Lease of an agent whose FalcoNode is Ready


class StartupTaint:
    """`run` never ends; `ready` is asked again and again."""

    def __init__(self, api: Api, ready: Callable[[], Ready], say: Callable[[str], None]) -> None:
        self._api = api
        self._ready = ready
        self._say = say
        self._looked: dict[str, str] = {}
        self._trouble = ""
        self._backoff = Backoff(first=1.0)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(await self._round())

    async def _round(self) -> float:
        """Seconds until the next one."""
        ready = dict(self._ready())
        self._looked = {node: holder for node, holder in self._looked.items() if node in ready}
        fresh = [node for node, holder in ready.items() if self._looked.get(node) != holder]
        try:
            for node in fresh[:AT_ONCE]:
                await self._open(node)
                self._looked[node] = ready[node]
        except ApiError as error:
            if str(error) != self._trouble:
                self._say(f"startup taints cannot be removed, which is tried again: {error.path}: {error}")
            self._trouble = str(error)
            return self._backoff.next(error.retry_after)
        self._trouble = ""
        self._backoff.reset()
        return 0.0 if len(fresh) > AT_ONCE else LOOK_EVERY_S

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


def removal(taints: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A JSON patch that takes out those of our key and fails where the list is another by then."""
    numbered = [(number, one) for number, one in enumerate(taints) if one.get("key") == KEY]
    steps: list[dict[str, Any]] = []
    for number, one in reversed(numbered):
        where = f"/spec/taints/{number}"
        steps += [{"op": "test", "path": where, "value": dict(one)}, {"op": "remove", "path": where}]
    return steps

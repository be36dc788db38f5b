# SPDX-License-Identifier: Apache-2.0
"""How long a change of rules takes, as a user sees it: from the request that changes an object to the moment
at which a watch shows it Programmed on all nodes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.following import Following, Objects, key
from tests.scale.rules import GROUP, Written

LISTS: Final = (f"{GROUP}/clusterfalcorules", f"{GROUP}/falcorules")
PATIENCE_S: Final = 60.0  # for a change to be in force everywhere


class RuleWatch:
    """`run` keeps both lists; all times are monotonic seconds."""

    def __init__(self, admin: Api) -> None:
        self._admin = admin
        self._known: dict[str, Objects] = {}
        self._news = asyncio.Condition()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for path in LISTS:
                tasks.create_task(self._follow(path))

    async def create(self, one: Written) -> None:
        """The object, as it is written first."""
        await self._admin.request("POST", one.listed, body=one.body, timeout_s=60.0)

    async def programmed(self, one: Written, patience_s: float = PATIENCE_S) -> float:
        """Writes what it says now; seconds until it is in force everywhere. TimeoutError."""
        began = time.monotonic()
        body = {"spec": one.spec}
        done = await self._admin.request("PATCH", one.path, body=body, content_type=MERGE, timeout_s=60.0)
        wanted, name = done["metadata"]["generation"], key(done)
        async with asyncio.timeout(patience_s), self._news:
            await self._news.wait_for(lambda: _is_programmed(self._found(name), wanted))
        return time.monotonic() - began

    async def all_loaded(self, written: list[Written], nodes: int, patience_s: float) -> None:
        """Until every object says that so many nodes have it, and all that should. TimeoutError."""
        names = [f"{one.namespace}/{one.name}" for one in written]
        async with asyncio.timeout(patience_s), self._news:
            await self._news.wait_for(lambda: all(_loaded(self._found(name)) == nodes for name in names))

    def loaded(self) -> int:
        """Nodes that have the object that fewest have, as statuses say."""
        counts = [_loaded(one) for found in self._known.values() for one in found.values()]
        return min(counts, default=0)

    def summary(self) -> dict[str, int]:
        """How many objects there are by reason of Programmed."""
        reasons = [
            _programmed(one).get("reason", "no status")
            for found in self._known.values()
            for one in found.values()
        ]
        return {reason: reasons.count(reason) for reason in sorted(set(reasons))}

    async def _follow(self, path: str) -> None:
        async for objects in Following(self._admin, path).states():
            self._known[path] = objects
            async with self._news:
                self._news.notify_all()

    def _found(self, name: str) -> Mapping[str, Any]:
        return next((found[name] for found in self._known.values() if name in found), {})


def _programmed(one: Mapping[str, Any]) -> Mapping[str, Any]:
    conditions = (one.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == "Programmed"), {})


def _is_programmed(one: Mapping[str, Any], generation: int) -> bool:
    said = _programmed(one)
    return said.get("status") == "True" and said.get("observedGeneration", 0) >= generation


def _loaded(one: Mapping[str, Any]) -> int:
    said = _programmed(one)
    nodes = (one.get("status") or {}).get("nodes") or {}
    return int(nodes.get("loaded", 0)) if said.get("status") == "True" else -1

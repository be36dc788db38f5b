# SPDX-License-Identifier: Apache-2.0
"""Labels of the cluster's namespaces, watched only while a rule in force asks for them. Runs in the asyncio
thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.enrich import pods
from lanner_agent.enrich.cluster_facts import ClusterFacts
from lanner_apiserver.client import Api
from lanner_apiserver.following import Following

FIRST_S: Final = 2.0  # how long new rules wait for the labels they ask for
PATH: Final = "/api/v1/namespaces"


class Namespaces:
    """`refreshed` is called after each change of labels, in the asyncio thread."""

    def __init__(
        self, api: Api, facts: ClusterFacts, refreshed: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self._api = api
        self._facts = facts
        self._refreshed = refreshed
        right = "list and watch on namespaces"
        self._complaint = Complaint("cannot read the labels of namespaces", right, say)
        self._wanted, self._unwanted = asyncio.Event(), asyncio.Event()
        self._known = asyncio.Event()

    @property
    def problem(self) -> str:
        """In words; "" while labels are known or not asked for."""
        return self._complaint.last or ""

    async def watch_labels(self) -> None:
        """Begin, and wait for the first answer, for a moment."""
        self._unwanted.clear()
        self._wanted.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._known.wait(), FIRST_S)

    def drop(self) -> None:
        """No rule asks for labels any more."""
        self._wanted.clear()
        self._unwanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wanted.wait()
            following = asyncio.create_task(self._follow())
            unwanted = asyncio.create_task(self._unwanted.wait())
            try:
                await asyncio.wait({following, unwanted}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                unwanted.cancel()
                following.cancel()
                await asyncio.gather(following, unwanted, return_exceptions=True)
            self._forget()

    async def _follow(self) -> None:
        following = Following(self._api, PATH, health=self._complaint.hear)
        async for objects in following.states():
            self._take(objects)

    def _forget(self) -> None:
        self._known.clear()
        self._facts.namespaces = None
        self._refreshed()

    def _take(self, objects: dict[str, dict[str, Any]]) -> None:
        labels = {
            name.removeprefix("/").encode(): pods.labels((item.get("metadata") or {}).get("labels"))
            for name, item in objects.items()
        }
        self._known.set()
        if labels != self._facts.namespaces:
            self._facts.namespaces = labels
            self._refreshed()

# SPDX-License-Identifier: Apache-2.0
"""The kubelet's pods: asked for at once when an event misses one, and slowly otherwise. Runs in the asyncio
thread.

One request gives all pods of the node: on demand at most one a second, so that a burst of new pods costs one
or two; else four times a minute, since labels of running pods change too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from lanner_agent.apiserver.complaints import Complaint
from lanner_agent.enrich import pods
from lanner_agent.enrich.cluster_facts import ClusterFacts
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

PODS_EVERY_S: Final = 15.0
MIN_PAUSE_S: Final = 1.0
PATH: Final = "/pods"
RIGHT: Final = "get on nodes/pods (Kubernetes before 1.33: get on nodes/proxy, which grants far more)"


class Kubelet:
    """`refreshed` is called after each answer, in the asyncio thread."""

    def __init__(
        self, api: Api, facts: ClusterFacts, refreshed: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self._api = api
        self._facts = facts
        self._refreshed = refreshed
        self._complaint = Complaint(f"cannot ask the kubelet at {api.host} for its pods", RIGHT, say)
        self._backoff = Backoff(1.0, 60.0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._missed = asyncio.Event()
        self.asked = 0
        facts.missed = self.miss

    @property
    def problem(self) -> str:
        """In words; "" while the kubelet answers."""
        return self._complaint.last or ""

    def miss(self) -> None:
        """An event is in a pod that is not known; from any thread."""
        if self._loop is not None and not self._missed.is_set():
            with contextlib.suppress(RuntimeError):  # the loop was closed just now
                self._loop.call_soon_threadsafe(self._missed.set)

    async def run(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._missed.clear()
            try:
                await self._ask()
            except ApiError as error:
                self._complaint.hear(error)
                await asyncio.sleep(self._backoff.next(error.retry_after))
                continue
            self._complaint.hear(None)
            self._backoff.reset()
            await asyncio.sleep(MIN_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._missed.wait(), PODS_EVERY_S - MIN_PAUSE_S)

    async def close(self) -> None:
        await self._api.close()

    async def _ask(self) -> None:
        self.asked += 1
        document = await self._api.request("GET", PATH)
        self._facts.pods = await asyncio.to_thread(pods.parse, document)
        self._refreshed()

# SPDX-License-Identifier: Apache-2.0
"""The task that knows why the DaemonSet of the agents has not the pods that it should have, for the statuses
of rules: Pod Security, a nodeSelector that fits no node, an image that cannot be pulled.

Nothing is asked while all pods are ready, nor for some seconds while they start.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from lanner_apiserver import missing_pods
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.installation import Installation
from lanner_operator.status import words

LOOK_S: Final = 1.0
GRACE_S: Final = 5.0  # pods start
ASK_S: Final = 10.0  # between two looks at Events

DaemonSet = Callable[[], Mapping[str, Any] | None]


class AgentsMissing:
    """`why` is a sentence, "" where nothing is missing; `changed` is called when it is another."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        daemon_set: DaemonSet,
        changed: Callable[[], None],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.why = ""
        self._api = api
        self._path = f"/api/v1/namespaces/{installation.namespace}/events"
        self._daemon_set = daemon_set
        self._changed = changed
        self._say = say
        self._clock = clock
        self._since: float | None = None  # something is missing
        self._asked = float("-inf")
        self._trouble = ""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        found = self._daemon_set()
        if found is None or not missing_pods.of(found):
            self._since = None
            self._tell("")
            return
        now = self._clock()
        if self._since is None:
            self._since = now
        if now - self._since >= GRACE_S and now - self._asked >= ASK_S:
            self._asked = now
            self._tell(missing_pods.of(found, await self._events()))

    async def _events(self) -> list[Mapping[str, Any]]:
        """Without them the DaemonSet's numbers are said."""
        try:
            found = await self._api.request("GET", self._path, query=missing_pods.QUERY)
        except ApiError as error:
            if str(error) != self._trouble:
                self._say(f"why agents are missing cannot be read: {error.path}: {error}")
            self._trouble = str(error)
            return []
        self._trouble = ""
        return list(found.get("items") or ())

    def _tell(self, why: str) -> None:
        shown = words.line(why, missing_pods.LONGEST)
        if shown != self.why:
            self.why = shown
            if shown:
                self._say(f"nodes are without an agent: {shown}")
            self._changed()

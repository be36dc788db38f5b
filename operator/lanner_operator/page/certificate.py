# SPDX-License-Identifier: Apache-2.0
"""The certificate by which agents know the operator: made at the start and anew every day, told in a
ConfigMap that the chart has made. Its key is nowhere but in this process' memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from lanner_apiserver import pinned
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.errors import ApiError
from lanner_apiserver.pinned import Own
from lanner_engine.resources import page_contact
from lanner_operator.apiserver import permissions
from lanner_operator.installation import Installation

LIFE_S: Final = 24 * 3600.0
SPREAD_S: Final = 10.0  # until agents have heard of a new one
LOOK_S: Final = 60.0  # whether another client has written there


class Certificate:
    """`own` is the one to ask with."""

    def __init__(
        self,
        api: Api,
        installation: Installation,
        say: Callable[[str], None],
        *,
        life_s: float = LIFE_S,
        spread_s: float = SPREAD_S,
    ) -> None:
        self.own: Own = pinned.made(page_contact.OPERATOR)
        self._api = api
        self._path = installation.page_config_map
        self._say = say
        self._life_s, self._spread_s = life_s, spread_s
        self._said = ""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._told(self.own, until_s=self._life_s)
            following = pinned.made(page_contact.OPERATOR)
            await self._told(following, self.own, until_s=self._spread_s)
            self.own = following

    async def _told(self, *known: Own, until_s: float) -> None:
        """Agents believe these, for so long."""
        text = "\n".join(one.certificate for one in known)
        clock, backoff = asyncio.get_running_loop().time, Backoff(1.0, 60.0)
        end = clock() + until_s
        while clock() < end:
            try:
                await self._write(text)
            except ApiError as error:
                self._complain(error)
                await asyncio.sleep(backoff.next(error.retry_after))
                continue
            self._said = ""
            backoff.reset()
            await asyncio.sleep(min(LOOK_S, max(0.0, end - clock())))

    async def _write(self, text: str) -> None:
        """Raises ApiError."""
        found = await self._api.request("GET", self._path)
        if (found.get("data") or {}).get(page_contact.CERTIFICATES) != text:
            body = {"data": {page_contact.CERTIFICATES: text}}
            await self._api.request("PATCH", self._path, body=body, content_type=MERGE)

    def _complain(self, error: ApiError) -> None:
        words = f"agents cannot be told who asks them for alerts: {error.path}: {error}"
        if error.forbidden:
            words += permissions.hint(error.path)
        if words != self._said:
            self._say(words)
        self._said = words

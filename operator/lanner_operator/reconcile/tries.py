# SPDX-License-Identifier: Apache-2.0
"""The task that deletes objects of `kubectl lanner try` that are over: the command deletes its own, unless it
was killed or lost the API server.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.reconcile.observed import WatchedRule
from lanner_operator.reconcile.places import Places
from lanner_operator.reconcile.rounds import Rounds
from lanner_operator.status import send

AT_ONCE: Final = 8


def _now() -> datetime:
    return datetime.now(UTC)


class Tries:
    """`run` never ends."""

    def __init__(
        self, api: Api, places: Places, say: Callable[[str], None], now: Callable[[], datetime] = _now
    ) -> None:
        self._api = api
        self._places = places
        self._say = say
        self._now = now
        self._failed: dict[str, int] = {}  # times that a deletion was refused, by uid
        self._rounds = Rounds("objects of tries that are over cannot be deleted", say)

    async def run(self) -> None:
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        """Seconds until the next one."""
        now = self._now()
        over = [one for one in self._places.held() if one.end is not None and one.end <= now]
        uids = {one.object.uid for one in over}
        self._failed = {uid: number for uid, number in self._failed.items() if uid in uids}
        over.sort(key=lambda one: self._failed.get(one.object.uid, 0))  # a refusal holds up no other
        problems = [await self._delete(one) for one in over[:AT_ONCE]]
        error = next((one for one in problems if one is not None), None)
        return self._rounds.pause(error, more=len(over) > AT_ONCE)

    async def _delete(self, one: WatchedRule) -> ApiError | None:
        try:
            if await send.delete_rule(self._api, one.object):
                self._say(f"the try of {one.object.key} is over: it is deleted")
        except ApiError as error:
            self._failed[one.object.uid] = self._failed.get(one.object.uid, 0) + 1
            return error
        self._failed.pop(one.object.uid, None)
        return None

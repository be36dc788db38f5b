# SPDX-License-Identifier: Apache-2.0
"""The task that tells objects without a place so, in their status: the youngest first, slowly, namespaces in
turns, so that their number is no way to keep the operator or the API server busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.reconcile.places import Places, Unplaced
from lanner_operator.reconcile.rounds import Rounds
from lanner_operator.status import conditions, send, too_many

PAUSE_S: Final = 0.1  # between two writes


class Refusals:
    """`run` never ends."""

    def __init__(self, api: Api, places: Places, say: Callable[[str], None]) -> None:
        self._api = api
        self._places = places
        self._say = say
        self._said: set[str] = set()
        self._rounds = Rounds("objects without a place cannot be told so", say)

    async def run(self) -> None:
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        """Seconds until the next one."""
        self._log()
        error = None
        for one in filter(self._places.is_unplaced, self._places.untold()):
            error = await self._tell(one) or error  # one that is refused holds up no other
            await asyncio.sleep(PAUSE_S)
        return self._rounds.pause(error, more=bool(self._places.untold()))

    async def _tell(self, one: Unplaced) -> ApiError | None:
        number = self._places.number(one.namespace)
        body = too_many.patch(one.named, number, self._bound(one.namespace), conditions.timestamp())
        try:
            await send.rules(self._api, [(one.named, body)])
        except ApiError as error:
            return error
        self._places.tell(one)
        return None

    def _log(self) -> None:
        """Once for each namespace, until it has a place for all again."""
        found = self._places.unplaced()
        for name in found.keys() - self._said:
            whose = f"namespace {name}" if name else "the cluster"
            self._say(
                f"{whose} has more rule objects than have a place: {self._bound(name)}; each of the others"
                f" gets Accepted=False {too_many.REASON}"
            )
        self._said = set(found)

    def _bound(self, namespace: str) -> str:
        numbers = self._places.numbers
        if not namespace:
            return f"{numbers.cluster:,} have a place"
        return f"{numbers.namespace:,} of a namespace and {numbers.namespaces:,} of all have a place"

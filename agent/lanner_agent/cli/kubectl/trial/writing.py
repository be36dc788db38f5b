# SPDX-License-Identifier: Apache-2.0
"""Objects of a try -> the API server, and away again; with the user's own rights."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lanner_agent.cli.kubectl import asking, reading
from lanner_agent.cli.kubectl.asking import Asker, ClusterError, Object
from lanner_agent.cli.kubectl.resource import OF_KIND, Resource
from lanner_agent.cli.kubectl.trial.objects import Tried
from lanner_agent.publish import escape
from lanner_apiserver.errors import ApiError

_NO_RIGHT: Final = "cannot create resource"  # as the API server says it of every role
AWAY_S: Final = 10.0  # for one deletion
AGAIN_S: Final = 0.5


class Written:
    """The objects that there are. `refused`: what was said of one that the API server did not store."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._made: list[tuple[Tried, str]] = []  # with uids
        self.refused: tuple[Tried, str] | None = None

    async def create(self, objects: Sequence[Tried], word: str, seconds: int) -> bool:
        """All of them, in their order; False where one was refused. Raises ClusterError."""
        for one in objects:
            where = resource(one)
            try:
                stored = await self._asker.api.request(
                    "POST",
                    where.path(one.namespace or None),
                    body=one.body(word, seconds),
                    timeout_s=asking.PATIENCE_S,
                )
            except ApiError as error:
                if error.invalid or (error.forbidden and _NO_RIGHT not in error.text):
                    self.refused = one, _said(error)
                    return False
                raise asking.explained(error, "create", where, one.namespace or None) from error
            self._made.append((one, reading.text(stored, "metadata", "uid")))
        return True

    async def states(self) -> list[Object]:
        """The objects as they are now. Raises ApiError; ClusterError for one that was deleted."""
        return [await self._state(one) for one, _ in self._made]

    async def _state(self, one: Tried) -> Object:
        try:
            found = await self._asker.api.request("GET", path(one), timeout_s=asking.PATIENCE_S)
        except ApiError as error:
            if error.temporary:
                raise
            if error.not_found:
                raise ClusterError(f"{one.name} was deleted while it was tried", "") from error
            raise asking.explained(error, "get", resource(one), one.namespace or None) from error
        return found if isinstance(found, dict) else {}

    async def delete(self) -> list[str]:
        """All that were created; the names of those that could not be deleted, with why."""
        left = await asyncio.gather(*(self._delete(one, uid) for one, uid in self._made))
        self._made.clear()
        return [one for one in left if one]

    async def _delete(self, one: Tried, uid: str) -> str:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        try:
            async with asyncio.timeout(AWAY_S):
                while True:
                    try:
                        await self._asker.api.request("DELETE", path(one), body=body, timeout_s=AWAY_S)
                    except ApiError as error:
                        if error.not_found or error.conflict:  # gone, or another of that name by now
                            return ""
                        if not error.temporary:
                            return f"{one.name}: {error}"
                        await asyncio.sleep(AGAIN_S)
                    else:
                        return ""
        except TimeoutError:
            return f"{one.name}: no answer in time"


def resource(one: Tried) -> Resource:
    return OF_KIND[one.kind]


def path(one: Tried) -> str:
    return resource(one).path(one.namespace or None, one.name)


def message(item: Mapping[str, Any], kind: str) -> str:
    """What a condition says, in its lines, harmless."""
    return escape.harmless_lines(reading.text(reading.condition(item, kind), "message"))


def _said(error: ApiError) -> str:
    return escape.harmless_lines(error.text)

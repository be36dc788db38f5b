# SPDX-License-Identifier: Apache-2.0
"""Objects of a list as they are, and as they change, until the reader stops; in bounded memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

from lanner_agent.cli.kubectl import reading
from lanner_agent.cli.kubectl.asking import MOST, Asker, Object, explained
from lanner_agent.cli.kubectl.resource import Resource
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.errors import ApiError, Unreachable

_REMEMBERED: Final = 2 * MOST
_SHOWN: Final = ("ADDED", "MODIFIED")


class Seen:
    """The versions that were shown, so that a new list shows again only what changed."""

    def __init__(self) -> None:
        self._versions: OrderedDict[str, str] = OrderedDict()

    def news(self, item: Mapping[str, Any]) -> bool:
        uid, version = (reading.text(item, "metadata", key) for key in ("uid", "resourceVersion"))
        known = self._versions.get(uid)
        self._versions[uid] = version
        self._versions.move_to_end(uid)
        if len(self._versions) > _REMEMBERED:
            self._versions.popitem(last=False)
        return known != version


async def changes(
    asker: Asker, resource: Resource, query: Mapping[str, str], say: Callable[[str], None]
) -> AsyncIterator[list[Object]]:
    """All of them first, then each that is new or changed; never ends. `say` is told of interruptions.

    Raises ClusterError for what waiting does not mend.
    """
    seen, backoff, away = Seen(), Backoff(), False
    first, crowded = True, False
    while True:
        patience = None
        try:
            items, version, more = await asker.page_by_page(resource, asker.namespace, query)
            away = False
            if more and not crowded:
                say(f"there are more than {MOST:,} {resource.qualified}: the others are left out")
            crowded = more
            news = [item for item in items if seen.news(item)]
            if news or first:
                yield news
            first = False
            async for event in _watched(asker, resource, query, version):
                backoff.reset()  # also by a bookmark: a quiet watch is none that fails
                if event.get("type") in _SHOWN and seen.news(event["object"]):
                    yield [event["object"]]
        except ApiError as error:
            if first or not (error.gone or error.temporary):
                raise explained(error, "watch", resource, asker.namespace) from error
            patience = error.retry_after
            if not error.gone and not away:
                away = isinstance(error, Unreachable)
                say(f"interrupted, trying again: {error.message}")
        await asyncio.sleep(backoff.next(patience))


async def _watched(
    asker: Asker, resource: Resource, query: Mapping[str, str], version: str
) -> AsyncIterator[Object]:
    """Events of one watch, until the server ends it."""
    asked = {**query, "resourceVersion": version}
    async for event in asker.api.watch(resource.path(asker.namespace), asked):
        yield event

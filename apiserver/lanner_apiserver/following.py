# SPDX-License-Identifier: Apache-2.0
"""A list of objects, kept up to date for ever: list, watch from there, list again when that breaks.

What a caller gets is the whole state each time something changed (few small objects), so that a missed or
repeated event cannot leave it wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

PAGE: Final = 500
Objects = dict[str, dict[str, Any]]  # by NAMESPACE/NAME, /NAME for cluster-scoped ones


@dataclass(slots=True)
class Following:
    """`health` is told None while the list is known and watched, and the error when it is not."""

    api: Api
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    health: Callable[[ApiError | None], object] = lambda _: None
    backoff: Backoff = field(default_factory=Backoff)

    async def states(self) -> AsyncIterator[Objects]:
        """The state after each list and each change; never ends. The dictionary is the caller's to read."""
        while True:
            try:
                objects, version = await self.listed()
                self._well()
                yield objects
                async for _ in self._changes(objects, version):
                    yield objects
            except ApiError as error:
                if not error.gone:
                    self.health(error)
                    await asyncio.sleep(self.backoff.next(error.retry_after))

    async def listed(self) -> tuple[Objects, str]:
        """All of it once, and its version. Raises ApiError."""
        objects: Objects = {}
        query = {**self.query, "limit": str(PAGE)}
        while True:
            page = await self.api.request("GET", self.path, query=query, timeout_s=30.0)
            objects.update((key(item), item) for item in page.get("items") or ())
            meta = page.get("metadata") or {}
            if not meta.get("continue"):
                return objects, str(meta.get("resourceVersion", ""))
            query["continue"] = meta["continue"]

    async def _changes(self, objects: Objects, version: str) -> AsyncIterator[None]:
        """One yield for each change, made in `objects`; returns only by an ApiError."""
        while True:
            async for event in self.api.watch(self.path, {**self.query, "resourceVersion": version}):
                self._well()
                item = event["object"]
                version = str((item.get("metadata") or {}).get("resourceVersion", version))
                if event["type"] == "BOOKMARK":
                    continue
                if event["type"] == "DELETED":
                    objects.pop(key(item), None)
                else:
                    objects[key(item)] = item
                yield
            await asyncio.sleep(self.backoff.next())  # a server that ends every watch at once is not hammered

    def _well(self) -> None:
        self.backoff.reset()
        self.health(None)


def key(item: Mapping[str, Any]) -> str:
    meta = item.get("metadata") or {}
    return f"{meta.get('namespace', '')}/{meta.get('name', '')}"

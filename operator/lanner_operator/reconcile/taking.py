# SPDX-License-Identifier: Apache-2.0
"""Rule objects of the watch -> those that are held; and those for which there is a place later, from the API
server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_operator.reconcile import rule_objects
from lanner_operator.reconcile.observed import WatchedRule
from lanner_operator.reconcile.places import Places, Unplaced
from lanner_operator.reconcile.specs import Specs
from lanner_operator.status import send, too_many
from lanner_operator.status.slim import slim

AT_ONCE: Final = 8
A_ROUND: Final = 64  # objects: rules of others do not wait for more of them
LISTING_S: Final = 30.0


class Taking:
    """What is held of an object is small, whatever stands in it; of one without a place it is its name."""

    def __init__(self, places: Places, specs: Specs) -> None:
        self.places = places
        self._specs = specs

    def take(self, kind: str, written: Mapping[str, Any]) -> bool:
        """Whether what is held is another now."""
        rule = rule_objects.read(kind, written)

        def held() -> WatchedRule:
            return replace(rule, object=self._specs.take(rule.object), status=slim(rule.status))

        told = too_many.is_told(rule.status, rule.object.generation)
        return self.places.put(rule.object, held, told=told)

    def gone(self, kind: str, written: Mapping[str, Any]) -> bool:
        """It is deleted. Whether it was held."""
        return self.places.remove(rule_objects.read(kind, written).object)

    async def fill(self, api: Api) -> bool:
        """Objects for which there is a place by now are held; whether there are more of them. Raises the
        first ApiError.
        """
        waiting = self.places.next()
        for first in range(0, min(len(waiting), A_ROUND), AT_ONCE):
            some = waiting[first : first + AT_ONCE]
            pages = await asyncio.gather(*(_listed(api, one) for one in some))
            for one, page in zip(some, pages, strict=True):  # the oldest first
                for written in page.get("items") or ():
                    self._take_late(one, written)
        return len(waiting) > A_ROUND

    def _take_late(self, one: Unplaced, written: Mapping[str, Any]) -> None:
        """Unless the watch has told meanwhile that it is deleted, or has a newer version."""
        known = self.places.waiting(one)
        if known is not None and written["metadata"].get("generation", 1) >= known.generation:
            self.take(one.named.kind, written)


async def _listed(api: Api, one: Unplaced) -> Mapping[str, Any]:
    """By a listing, which needs no other right than the watch."""
    path, query = send.path(one.named).rpartition("/")[0], {"fieldSelector": f"metadata.name={one.name}"}
    page: Mapping[str, Any] = await api.request("GET", path, query=query, timeout_s=LISTING_S)
    return page

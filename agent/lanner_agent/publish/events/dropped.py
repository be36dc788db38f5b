# SPDX-License-Identifier: Apache-2.0
"""Events that the kernel saw and no rule did -> one Event about the node that says what was lost.

One in five minutes at most. Made and run by cli/cluster, on the asyncio thread.
Beside the publisher's limits: alerts that nobody can have are worth a request whatever else waits. What could
not be told yet is told by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from lanner_agent.apiserver.identity import NodeIdentity
from lanner_agent.publish.events import body, identity, names, note, regarding
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

REASON: Final = "EventsDropped"
LOOK_S: Final = 2.0
EVERY_S: Final = 300.0
AGAIN_S: Final = 30.0  # after a request that failed

_ORIGINS: Final = 5  # named in a note
_LOST: Final = 500  # bytes for what was lost, where whose it was is told too

Lost = Mapping[str, int]  # "openat: ring full" -> how often, since the start
_NOTHING: Final[Lost] = {}


class Dropped:
    """`counts`: drops_told (Events written), drops_refused (requests that failed)."""

    def __init__(
        self,
        api: Api,
        node: NodeIdentity,
        lost: Callable[[], Lost],
        clock: Callable[[], float] = time.monotonic,
        whose: Callable[[], Lost] = dict,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._api = api
        self._node = node
        self._lost = lost
        self._whose = whose
        self._clock = clock
        self._told: Counter[str] = Counter()
        self._told_whose: Counter[str] = Counter()
        self._next = clock()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Tell what was lost since it was told last, when it is time."""
        now, totals = self._clock(), Counter(self._lost())
        fresh = totals - self._told
        if not fresh or now < self._next:
            return
        whose = Counter(self._whose())
        try:
            await self._write(event(fresh, time.time_ns(), self._node, whose - self._told_whose))
        except ApiError:
            self.counts["drops_refused"] += 1
            self._next = now + AGAIN_S
        else:
            self.counts["drops_told"] += 1
            self._told, self._told_whose, self._next = totals, whose, now + EVERY_S

    async def _write(self, told: dict[str, Any]) -> None:
        path = f"/apis/events.k8s.io/v1/namespaces/{told['metadata']['namespace']}/events"
        await self._api.request("POST", path, body=told, query={"fieldManager": "lanner-agent"})


def event(lost: Lost, now_ns: int, node: NodeIdentity, whose: Lost = _NOTHING) -> dict[str, Any]:
    """`lost` is what this one tells of, most first; `whose`: what of it was turned away, by origin."""
    about = regarding.of_node(node)
    return {
        "metadata": {
            "name": identity.dropped_name(node.name, now_ns),
            "namespace": about.namespace,
            "labels": {"lanner.dev/node": names.label_value(node.name)},
            "annotations": {},
        },
        "type": "Warning",
        "reason": REASON,
        "action": "Dropped",
        "note": _note(Counter(lost), Counter(whose)),
    } | body.envelope(about, node, now_ns)


def _note(lost: Counter[str], whose: Counter[str]) -> str:
    classes = ", ".join(f"{number:,} {what}" for what, number in lost.most_common())
    total = lost.total()
    head = f"{total:,} event{'' if total == 1 else 's'} no rule has seen"
    text = f"{head}, lost in the kernel of this node: {classes}"
    if not whose:
        return note.folded(text, note.LONGEST)
    origins = ", ".join(
        f"{number:,} {note.folded(what, 160)}" for what, number in whose.most_common(_ORIGINS)
    )
    return (
        f"{note.folded(text, _LOST)}; {note.folded(f'most turned away: {origins}', note.LONGEST - _LOST - 2)}"
    )

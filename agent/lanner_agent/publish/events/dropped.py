# SPDX-License-Identifier: Apache-2.0
"""Events that the kernel saw and no rule did -> one Event about the node that says what was lost
and who did most.

One in five minutes at most. Made and run by app/cluster, on the asyncio thread.
Beside the publisher's limits: events that no rule saw are worth a request, also when others wait. What could
not be told yet is told by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.events import identity, note, of_node
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

REASON: Final = "EventsDropped"
CHECK_EVERY_S: Final = 2.0
EVENT_EVERY_S: Final = 300.0
RETRY_S: Final = 30.0  # after a request that failed

_NAMED: Final = 3  # origins and processes in a note
_REMEMBERED: Final = 64  # processes
_NAME: Final = 160  # bytes
_PART: Final = (note.MAX_LENGTH - 6) // 3  # of lost, whose and who was busy, where all are told

Lost = Mapping[str, int]  # "openat: ring full" -> how often, since the start


@dataclass(frozen=True, slots=True)
class Blamed:
    """Who may be asked about losses: `whose` events were turned away since the start, by origin, and whose
    came in the last seconds (`busiest`), by process.
    """

    whose: Callable[[], Lost] = dict
    busiest: Callable[[], Lost] = dict


@dataclass(frozen=True, slots=True)
class Blame:
    """What they said about what one Event tells of."""

    whose: Lost = field(default_factory=dict)
    busiest: Lost = field(default_factory=dict)


NOBODY: Final = Blamed()


class Dropped:
    """`counts`: drops_told (Events written), drops_refused (requests that failed)."""

    def __init__(
        self,
        api: Api,
        node: NodeIdentity,
        lost: Callable[[], Lost],
        clock: Callable[[], float] = time.monotonic,
        blamed: Blamed = NOBODY,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._api = api
        self._node = node
        self._lost = lost
        self.blamed = blamed
        self._clock = clock
        self._known: Counter[str] = Counter()  # at the last look
        self._busy: Counter[str] = Counter()  # while events were lost that no Event told of
        self._told: Counter[str] = Counter()
        self._told_whose: Counter[str] = Counter()
        self._next = clock()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.tell()
            await asyncio.sleep(CHECK_EVERY_S)

    async def tell(self) -> None:
        """Tell what was lost since it was told last, when it is time."""
        now, totals = self._clock(), Counter(self._lost())
        self._remember_busy(totals)
        fresh = totals - self._told
        if not fresh or now < self._next:
            return
        whose = Counter(self.blamed.whose())
        blame = Blame(whose - self._told_whose, self._busy)
        try:
            await of_node.create(self._api, event(fresh, time.time_ns(), self._node, blame))
        except ApiError:
            self.counts["drops_refused"] += 1
            self._next = now + RETRY_S
        else:
            self.counts["drops_told"] += 1
            self._told, self._told_whose, self._next = totals, whose, now + EVENT_EVERY_S
            self._busy = Counter()

    def _remember_busy(self, totals: Counter[str]) -> None:
        """Who is busy when events are lost is known then only."""
        if totals - self._known:
            self._busy = Counter(dict((self._busy + Counter(self.blamed.busiest())).most_common(_REMEMBERED)))
        self._known = totals


def event(lost: Lost, now_ns: int, node: NodeIdentity, blame: Blame | None = None) -> dict[str, Any]:
    """`lost` is what this one tells of, most first."""
    said = of_node.Statement(REASON, "Dropped", _note(Counter(lost), blame or Blame()))
    return of_node.event(said, identity.dropped_name(node.name, now_ns), node, now_ns)


def _note(lost: Counter[str], blame: Blame) -> str:
    classes = ", ".join(f"{number:,} {what}" for what, number in lost.most_common())
    total = lost.total()
    head = f"{total:,} event{'' if total == 1 else 's'} no rule has seen"
    texts = [f"{head}, lost in the kernel of this node: {classes}"]
    if blame.whose:
        texts.append(f"most turned away: {_first(Counter(blame.whose))}")
    if blame.busiest:
        texts.append(f"most of what came is from: {_shares(Counter(blame.busiest))}")
    longest = note.MAX_LENGTH if len(texts) == 1 else _PART
    return "; ".join(note.folded(text, longest) for text in texts)


def _first(whose: Counter[str]) -> str:
    return ", ".join(f"{number:,} {note.folded(what, _NAME)}" for what, number in whose.most_common(_NAMED))


def _shares(busiest: Counter[str]) -> str:
    """In parts of all that came, for only some of it was looked at."""
    total = busiest.total()
    shown = busiest.most_common(_NAMED)
    return ", ".join(f"{note.folded(what, _NAME)} {number * 100 // total} %" for what, number in shown)

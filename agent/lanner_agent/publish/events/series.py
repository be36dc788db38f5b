# SPDX-License-Identifier: Apache-2.0
"""One alert and its repeats: how often it was seen, what of that the API server knows, when to tell more.

As client-go's tools/events and KEP-383 have it, with fewer writes: the second sighting is told at once, then
each power of ten, with a pause between two writes; a refresh keeps a long series alive on the server, and a
last write after the end gives the true count. Nothing here reads a clock or does I/O: the ledger calls it,
under its lock. Times are seconds of one monotonic clock unless a name says ns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from lanner_agent.publish.events.account import Account
from lanner_agent.publish.events.identity import Key
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.sighting import Sighting


@dataclass(slots=True, eq=False)
class Series:
    """`count` alerts were seen, `told` of them are on the server; 0 told means the Event is not there yet.

    `account` and `pod` (identity.subject) say whose turn it takes. `before` counts what an Event of the same
    name had when this agent met it (the agent was started again).
    `body` is the Event as created, made from `first` by the writer and kept to create it anew.
    """

    key: Key
    account: Account
    pod: bytes
    first: Sighting
    last_ns: int
    seen: float
    count: int = 1
    told: int = 0
    reached: int = 0  # the most that was ever told: an Event may vanish, but it was there to be read
    before: int = 0
    told_at: float = -math.inf
    patched: bool = False
    tries: int = 0  # of the request that is due, answered with an error of the server's own
    refused: str = ""  # why the server will never take it
    body: dict[str, Any] | None = field(default=None, repr=False)
    latest: dict[str, object] | None = field(default=None, repr=False)  # a repeat's values, not told yet

    def repeat(self, time_ns: int, now: float, number: int = 1) -> bool:
        """So many more. True when what it said should be kept: the second, and each power of ten."""
        before, self.count = self.count, self.count + number
        self.last_ns = max(self.last_ns, time_ns)
        self.seen = now
        return self.count >= milestone_after(before)

    def due(self, settings: EventSettings) -> float:
        """When to write next, or to forget it where nothing is left to write; inf before it is created."""
        end = self.seen + settings.series_end
        if self.refused:
            return end
        if not self.told:
            return math.inf
        if self.count == self.told:
            return end
        pause = self.told_at + settings.series_pause if self.patched else -math.inf
        if self.count >= milestone_after(self.told):
            return pause
        return max(pause, min(end, self.told_at + settings.series_refresh))

    @property
    def finished(self) -> bool:
        """Nothing would be written any more: once it is due, it may go."""
        return bool(self.refused) or self.count == self.told


def milestone_after(told: int) -> int:
    """The next count that is told without waiting for the end: 2, 10, 100, 1000, …"""
    return 2 if told < 2 else 10 ** len(str(told))  # noqa: PLR2004

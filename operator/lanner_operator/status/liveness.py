# SPDX-License-Identifier: Apache-2.0
"""Which agents are alive: how long ago each renewed its Lease, by our clock.

A Lease's own time is another machine's. What counts is when we saw it change; only a Lease that is seen for
the first time is taken at its word, so that a restarted operator need not wait to know what is long dead.
How long a renewal is good for the Lease says itself.
A Lease goes away together with its agent's pod: the last renewal is remembered beyond that.
"""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

LOST_S: Final = 180.0  # for a Lease that does not say how long it is good for
ABSENT_S: Final = 60.0  # before there is one: agents renew theirs every 20 s, also the first time
SHORTEST_S: Final = 10.0  # whatever a Lease says
LONGEST_S: Final = 600.0
GONE_S: Final = 600.0
WITNESSED_S: Final = 150.0  # nothing is called gone that was not watched for two renewals and more


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a Lease says: `time` as it is written, `good_s` seconds, 0 when it does not say."""

    time: str = ""
    good_s: float = 0.0


_NEVER: Final = Renewal()


@dataclass(frozen=True, slots=True)
class Sighting:
    """`renewed` is the Lease's own text; `first` and `changed` are monotonic seconds of ours, `good_s` how
    long a renewal is good for.
    """

    renewed: str
    first: float
    changed: float
    good_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds without a renewal after which an agent is lost where its Lease does not say, and its FalcoNode
    deleted.
    """

    lost_s: float = LOST_S
    gone_s: float = GONE_S
    witnessed_s: float = WITNESSED_S


class Liveness:
    """Ask `lost` and `gone` after each `observe`."""

    def __init__(
        self,
        prefix: str,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._prefix = prefix
        self._limits = limits or Limits()
        self._clock = clock
        self._wall = wall
        self._seen: dict[str, Sighting] = {}

    def observe(self, leases: Iterable[Mapping[str, Any]], nodes: Iterable[str]) -> None:
        """The Leases of the install namespace, and the nodes that have a FalcoNode."""
        now = self._clock()
        renewals = dict(self._renewals(leases))
        known = set(nodes)
        for node in known | renewals.keys():
            self._seen[node] = self._sighting(node, renewals.get(node, _NEVER), now)
        for node in self._seen.keys() - known - renewals.keys():
            del self._seen[node]

    def lost(self, node: str) -> bool:
        """Nothing was heard of its agent for some time: it may still run, unseen."""
        return self._left(node) < 0

    def since(self, node: str) -> str:
        """The last renewal, in the Lease's own words; "" when there was none."""
        seen = self._seen.get(node)
        return seen.renewed if seen else ""

    def next_loss(self) -> float:
        """Seconds until one of those that are alive is lost, if it stays silent; infinite for none."""
        left = (self._left(node) for node in self._seen)
        return min((seconds for seconds in left if seconds >= 0), default=math.inf)

    def gone(self, node: str) -> bool:
        """Nothing was heard for so long, and we listened for some of it, that the node can be forgotten."""
        seen = self._seen.get(node)
        listened = seen is not None and self._clock() - seen.first > self._limits.witnessed_s
        return listened and self._silence(node) > self._limits.gone_s

    def _left(self, node: str) -> float:
        seen = self._seen.get(node)
        return (seen.good_s if seen else self._limits.lost_s) - self._silence(node)

    def _silence(self, node: str) -> float:
        seen = self._seen.get(node)
        return self._clock() - seen.changed if seen else 0.0

    def _sighting(self, node: str, renewal: Renewal, now: float) -> Sighting:
        before = self._seen.get(node)
        good_s = renewal.good_s or (before.good_s if before else self._limits.lost_s)
        if before is None and not renewal.time:
            return Sighting("", now, now, min(ABSENT_S, good_s))
        if before is None:
            return Sighting(renewal.time, now, now - self._age(renewal.time), good_s)
        if not renewal.time or renewal.time == before.renewed:
            return before
        return Sighting(renewal.time, before.first, now, good_s)

    def _age(self, renewed: str) -> float:
        """Seconds; 0 for what is no time or lies in the future."""
        try:
            then = datetime.datetime.fromisoformat(renewed).timestamp()
        except (ValueError, OverflowError):
            return 0.0
        return max(0.0, self._wall() - then)

    def _renewals(self, leases: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Renewal]]:
        for lease in leases:
            name, spec = str(lease["metadata"]["name"]), lease.get("spec") or {}
            renewed = spec.get("renewTime")
            if name.startswith(self._prefix) and isinstance(renewed, str):
                yield name.removeprefix(self._prefix), Renewal(renewed, _good_s(spec))


def _good_s(spec: Mapping[str, Any]) -> float:
    """0 for what is no duration."""
    said = spec.get("leaseDurationSeconds")
    return min(max(SHORTEST_S, float(said)), LONGEST_S) if isinstance(said, int) and said > 0 else 0.0

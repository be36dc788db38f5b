# SPDX-License-Identifier: Apache-2.0
"""Which agents are alive: how long ago we saw each renew its Lease, by our own monotonic clock.

What a Lease says of time is another machine's clock, and is never compared with ours: that one is wrong by
an hour makes no node silent, and hides no dead one. What counts is when we saw it change. One that is seen
for the first time has its whole time from then on, as Kubernetes' own node controller has it; only a
FalcoNode that says already that its agent is silent is taken at its word until a renewal is seen, so that a
restarted operator brings no dead node back to life. The same begins anew after a time in which we did not
hear: the API server was away, and agents could not renew, or this process stood still.
How long a renewal is good for the Lease says itself.
A Lease goes away together with its agent's pod: the last renewal is remembered beyond that.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

LOST_S: Final = 180.0  # for a Lease that does not say how long it is good for
ABSENT_S: Final = 60.0  # before there is one: agents renew theirs within 25 s, also the first time
MIN_LEASE_S: Final = 10.0  # at least, even where a Lease says less
MAX_LEASE_S: Final = 600.0
GONE_S: Final = 600.0
WITNESSED_S: Final = 150.0  # nothing is called gone that was not watched for two renewals and more
MAX_UNOBSERVED_S: Final = 90.0  # without a look for so long: the operator looks every half minute


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
    """Ask `lost` and `is_forgettable` after each `observe`."""

    def __init__(
        self,
        prefix: str,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prefix = prefix
        self._limits = limits or Limits()
        self._clock = clock
        self._seen: dict[str, Sighting] = {}
        self._silent: frozenset[str] = frozenset()
        self.away: frozenset[str] = frozenset()  # their Leases are gone, as the pods of their agents
        self._hears = False
        self._looked = clock()

    def observe(
        self,
        leases: Iterable[Mapping[str, Any]],
        nodes: Iterable[str],
        silent: Iterable[str] = (),
        *,
        hears: bool = True,
    ) -> None:
        """The Leases of the install namespace, the nodes that have a FalcoNode, and those of them whose
        FalcoNode says that the agent is silent. `hears`: the API server answers, so that agents can renew.
        """
        now = self._clock()
        if not (hears and self._hears) or now - self._looked > MAX_UNOBSERVED_S:
            self._seen.clear()
        self._hears, self._looked = hears, now
        self._silent = frozenset(silent)
        renewals = dict(self._renewals(leases))
        known = set(nodes)
        for node in known | renewals.keys():
            self._seen[node] = self._sighting(node, renewals.get(node, _NEVER), now)
        for node in self._seen.keys() - known - renewals.keys():
            del self._seen[node]
        gone = self._seen.keys() - renewals.keys()
        self.away = frozenset(node for node in gone if self._seen[node].renewed)

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

    def is_forgettable(self, node: str) -> bool:
        """Nothing was heard for so long, and we listened for some of it, that the node can be forgotten."""
        seen = self._seen.get(node)
        listened = self._clock() - seen.first if seen else 0.0
        return listened > self._limits.witnessed_s and self._silence(node) > self._limits.gone_s

    def _left(self, node: str) -> float:
        seen = self._seen.get(node)
        return (seen.good_s if seen else self._limits.lost_s) - self._silence(node)

    def _silence(self, node: str) -> float:
        seen = self._seen.get(node)
        return self._clock() - seen.changed if seen else 0.0

    def _sighting(self, node: str, renewal: Renewal, now: float) -> Sighting:
        before = self._seen.get(node)
        good_s = renewal.good_s or (before.good_s if before else self._limits.lost_s)
        if before is None:
            good_s = good_s if renewal.time else min(ABSENT_S, good_s)
            silent_s = good_s + 1 if node in self._silent else 0.0
            return Sighting(renewal.time, now, now - silent_s, good_s)
        if not renewal.time or renewal.time == before.renewed:
            return before
        return Sighting(renewal.time, before.first, now, good_s)

    def _renewals(self, leases: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Renewal]]:
        for lease in leases:
            name, spec = str(lease["metadata"]["name"]), lease.get("spec") or {}
            renewed = spec.get("renewTime")
            if name.startswith(self._prefix) and isinstance(renewed, str):
                yield name.removeprefix(self._prefix), Renewal(renewed, _good_s(spec))


def _good_s(spec: Mapping[str, Any]) -> float:
    """0 for what is no duration."""
    said = spec.get("leaseDurationSeconds")
    return min(max(MIN_LEASE_S, float(said)), MAX_LEASE_S) if isinstance(said, int) and said > 0 else 0.0

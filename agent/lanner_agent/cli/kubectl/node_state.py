# SPDX-License-Identifier: Apache-2.0
"""A FalcoNode and the Lease of its agent -> how it stands on that node, and what is weaker there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lanner_agent.cli.kubectl import reading
from lanner_agent.report import board

SILENT_S: Final = 120  # two times what a Lease is good for
_LOST: Final = "lost_"
_DROPPED: Final = "dropped_"
_SUPPRESSED: Final = "suppressed_"


@dataclass(frozen=True, slots=True)
class NodeState:
    """`renewed`: the Lease's last sign of life, "" where it may not be read. `weaker`: what does not work, by
    condition, with the words; `lost`: events that no rule has seen, by reason.
    """

    name: str
    ready: str
    bundle: str
    version: str
    kernel: str
    renewed: str
    alerts: int
    without_event: int
    lost: Mapping[str, int]
    weaker: Mapping[str, str]
    failures: int

    def silent(self, now: datetime) -> bool:
        """No sign of life, whatever the object says."""
        at = reading.moment(self.renewed)
        return at is not None and (now - at).total_seconds() > SILENT_S

    def as_json(self) -> dict[str, Any]:
        return {
            "node": self.name,
            "ready": self.ready,
            "bundle": self.bundle,
            "version": self.version,
            "kernel": self.kernel,
            "lastSeen": self.renewed or None,
            "alerts": self.alerts,
            "alertsWithoutEvent": self.without_event,
            "lost": dict(self.lost),
            "weaker": dict(self.weaker),
            "failures": self.failures,
        }


def state(node: Mapping[str, Any], renewed: Mapping[str, str]) -> NodeState:
    """`renewed` by node."""
    name = reading.text(node, "metadata", "name")
    counters = reading.mapping(node, "status", "counters")
    return NodeState(
        name=name,
        ready=reading.text(reading.condition(node, board.READY), "status") or "Unknown",
        bundle=reading.text(node, "status", "bundle", "name"),
        version=reading.text(node, "status", "agent", "version"),
        kernel=reading.text(node, "status", "agent", "kernel"),
        renewed=renewed.get(name, ""),
        alerts=reading.number(counters, "alerts"),
        without_event=sum(_numbers(counters, _DROPPED, _SUPPRESSED).values()),
        lost=_numbers(counters, _LOST),
        weaker=_weaker(reading.objects(node, "status", "conditions")),
        failures=len(reading.objects(node, "status", "failures")),
    )


def leases(found: Iterable[Mapping[str, Any]], prefix: str) -> dict[str, str]:
    """When each agent was heard of last, by node: its Lease is called like the agents with its node."""
    names = ((reading.text(one, "metadata", "name"), one) for one in found)
    return {
        name.removeprefix(prefix): reading.text(one, "spec", "renewTime")
        for name, one in names
        if name.startswith(prefix)
    }


def _numbers(counters: Mapping[str, Any], *prefixes: str) -> dict[str, int]:
    """Counters that are not 0, without their prefix."""
    return {
        key.removeprefix(prefix): value
        for key in counters
        for prefix in prefixes
        if key.startswith(prefix) and (value := reading.number(counters, key))
    }


def _weaker(conditions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Conditions that do not hold, and probes that know less; Ready where no other says why."""
    found: dict[str, str] = {}
    for one in conditions:
        kind, reason, message = (reading.text(one, key) for key in ("type", "reason", "message"))
        if kind and (one.get("status") != "True" or reason == board.WEAKER):
            found[kind] = f"{reason}: {message}"
    if len(found) > 1:
        found.pop(board.READY, None)
    return found

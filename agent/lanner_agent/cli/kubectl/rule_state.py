# SPDX-License-Identifier: Apache-2.0
"""Rule objects and FalcoNodes -> each rule with where it is in force and how often it fired. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from lanner_agent.cli.kubectl import reading
from lanner_agent.cli.kubectl.alert_event import AlertEvent

Key = tuple[str, str]  # of the object, and the rule's name
_HOUR: Final = timedelta(hours=1)


@dataclass(slots=True)
class Fired:
    """Of all nodes together. `last`: RFC 3339, the latest; "" before the first."""

    alerts: int = 0
    last_hour: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class RuleState:
    """`fired` None: not known, for who may not read FalcoNodes. An object that has no rule in force is one
    with the name "".
    """

    object: str
    rule: str
    priority: str
    event_types: tuple[str, ...]
    mode: str
    accepted: str
    programmed: str
    message: str
    nodes: str
    fired: Fired | None

    def as_json(self) -> dict[str, Any]:
        fired = self.fired
        return {
            "object": self.object,
            "rule": self.rule,
            "priority": self.priority,
            "mode": self.mode,
            "accepted": self.accepted,
            "programmed": self.programmed,
            "message": self.message,
            "nodes": self.nodes,
            "alerts": fired.alerts if fired else None,
            "alertsLastHour": fired.last_hour if fired else None,
            "lastAlert": (fired.last or None) if fired else None,
            "eventTypes": list(self.event_types),
        }


def fired(nodes: Iterable[Mapping[str, Any]]) -> tuple[dict[Key, Fired], int]:
    """By object and rule; and the alerts of the last hour of rules for which a node had no room."""
    found: dict[Key, Fired] = {}
    others = 0
    for node in nodes:
        for one in reading.objects(node, "status", "hits"):
            key = reading.text(one, "object"), reading.text(one, "rule")
            if not key[1]:
                others += reading.number(one, "lastHour")
                continue
            entry = found.setdefault(key, Fired())
            entry.alerts += reading.number(one, "alerts")
            entry.last_hour += reading.number(one, "lastHour")
            entry.last = max(entry.last, reading.text(one, "lastTime"))
    return found, others


def told_by(events: Iterable[AlertEvent], now: datetime) -> dict[Key, Fired]:
    """The same by Events, which the API server keeps for an hour after the last alert they tell of."""
    found: dict[Key, Fired] = {}
    for one in events:
        if not one.rule:
            continue
        entry = found.setdefault((one.owner, one.rule), Fired())
        entry.alerts += one.count
        first = reading.moment(one.first)
        entry.last_hour += one.count if first is not None and now - first <= _HOUR else 0
        entry.last = max(entry.last, one.last)
    return found


def rules(kind: str, item: Mapping[str, Any], known: Mapping[Key, Fired] | None) -> Iterator[RuleState]:
    """Those of one object that are in force, or the object itself where none is."""
    namespace, name = (reading.text(item, "metadata", key) for key in ("namespace", "name"))
    key = "/".join(filter(None, (kind, namespace, name)))
    accepted, programmed = (reading.condition(item, one) for one in ("Accepted", "Programmed"))
    in_force = reading.objects(item, "status", "rules") or [{}]
    for one in in_force:
        rule = reading.text(one, "name")
        hits = None if known is None else known.get((key, rule), Fired())
        types = one.get("eventTypes")
        yield RuleState(
            object=key,
            rule=rule,
            priority=reading.text(one, "priority"),
            event_types=tuple(map(str, types)) if isinstance(types, list) else (),
            mode=reading.text(item, "spec", "mode") or "Active",
            accepted=reading.text(accepted, "status") or "Unknown",
            programmed=reading.text(programmed, "status") or "Unknown",
            message=_message(accepted, programmed),
            nodes=reading.text(item, "status", "summary"),
            fired=hits,
        )


def _message(*conditions: Mapping[str, Any]) -> str:
    """Of the first that does not hold."""
    for one in conditions:
        if one.get("status") != "True" and (said := reading.text(one, "message")):
            return said
    return ""

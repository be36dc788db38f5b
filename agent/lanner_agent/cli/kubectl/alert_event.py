# SPDX-License-Identifier: Apache-2.0
"""An Event of an agent, as the core API has it -> the alert that it tells of. Pure.

Who may create Events may write one that looks like an agent's: what is said here is what stands there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lanner_agent.cli.kubectl import reading
from lanner_agent.publish.events import body, rule_card
from lanner_apiserver import nesting
from lanner_engine.alerts.reading import MOST_CHARACTERS
from lanner_engine.program.rule import Priority

BY_AGENTS: Final = f"reportingComponent={body.CONTROLLER}"
PRIORITY: Final = "lanner.dev/priority"
RULE: Final = "lanner.dev/rule"
_LABELS: Final = {one.label.lower(): one for one in Priority}
_TAIL: Final = " | "  # before container, image and node
_LEVELS: Final = 4  # of an annotation's JSON; an agent writes two


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """`rule` is empty, and `priority` None, for what agents say of themselves: what was held back or lost.

    `first`, `last`: RFC 3339. `owner` is the key of the object that the rule stands in, "" for none.
    `fields` are the values of the rule's output; None where the Event holds none that can be read.
    """

    namespace: str
    name: str
    rule: str
    reason: str
    priority: Priority | None
    first: str
    last: str
    count: int
    kind: str
    about: str
    node: str
    workload: str
    message: str
    tail: str
    owner: str
    owner_uid: str
    generation: str
    digest: str
    alert_id: str
    fields: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """With what an alert has on an agent's standard output: `lanner explain` and `tune` read it."""
        return {
            "hostname": self.node,
            "output": self.message,
            "output_fields": dict(self.fields or {}),
            "priority": self.priority.label if self.priority is not None else "",
            "rule": self.rule,
            "time": self.first,
            "count": self.count,
            "lastTime": self.last,
            "event": f"{self.namespace}/{self.name}",
            "regarding": f"{self.kind}/{self.about}",
            "workload": self.workload,
            "object": self.owner,
            "reason": self.reason,
        }


def read(event: Mapping[str, Any]) -> AlertEvent:
    """All that stands in it."""
    meta, about = reading.mapping(event, "metadata"), reading.mapping(event, "involvedObject")
    labels, annotations = reading.mapping(meta, "labels"), reading.mapping(meta, "annotations")
    rule = reading.text(annotations, RULE)
    priority = _LABELS.get(reading.text(labels, PRIORITY))
    message, tail = _said(reading.text(event, "message"), priority, rule)
    first = reading.text(event, "eventTime") or reading.text(meta, "creationTimestamp")
    return AlertEvent(
        namespace=reading.text(meta, "namespace"),
        name=reading.text(meta, "name"),
        rule=rule,
        reason=reading.text(event, "reason"),
        priority=priority,
        first=first,
        last=reading.text(event, "series", "lastObservedTime") or first,
        count=max(1, reading.number(event, "series", "count")),
        kind=reading.text(about, "kind"),
        about=reading.text(about, "name"),
        node=reading.text(event, "reportingInstance"),
        workload="/".join(
            filter(None, (reading.text(labels, body.WORKLOAD_KIND), reading.text(labels, body.WORKLOAD)))
        ),
        message=message,
        tail=tail,
        owner=_owner(reading.mapping(event, "related")),
        owner_uid=reading.text(event, "related", "uid"),
        generation=reading.text(annotations, rule_card.GENERATION),
        digest=reading.text(annotations, rule_card.DIGEST),
        alert_id=reading.text(annotations, body.ALERT_ID),
        fields=_fields(reading.text(annotations, body.FIELDS)),
    )


def _said(note: str, priority: Priority | None, rule: str) -> tuple[str, str]:
    """The output, without the heading that says priority and rule once more; and what is behind it."""
    heading = f"{priority.label} {rule}: " if priority is not None else ""
    said = note.removeprefix(heading)
    output, bar, tail = said.rpartition(_TAIL)
    return (output, tail) if bar else (said, "")


def _owner(related: Mapping[str, Any]) -> str:
    parts = (reading.text(related, key) for key in ("kind", "namespace", "name"))
    return "/".join(filter(None, parts))


def _fields(written: str) -> Mapping[str, Any] | None:
    if not written or len(written) > MOST_CHARACTERS:
        return None
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return None
    # Whoever may create Events may nest as deep as a parser follows, and deeper than a writer does.
    return nesting.shallow(found, _LEVELS) if isinstance(found, dict) else None

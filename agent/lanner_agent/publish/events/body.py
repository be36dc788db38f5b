# SPDX-License-Identifier: Apache-2.0
"""A sighting -> the body of its events.k8s.io/v1 Event, and the patch that counts its repeats.

Of an Event's content only `series` may change after its creation, and of its metadata labels and
annotations (core/validation/events.go).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish import escape
from lanner_agent.publish.events import identity, names, note, output_fields, regarding
from lanner_agent.publish.events.rule_card import RuleCard
from lanner_agent.publish.events.sighting import Sighting
from lanner_agent.publish.redact import redacted
from lanner_engine.fields.model import Container

API_VERSION = "events.k8s.io/v1"
CONTROLLER = "lanner.dev/agent"
ALERT_ID = "lanner.dev/alert-id"
FIELDS = "lanner.dev/output-fields"
RULE = "lanner.dev/rule"
WORKLOAD = "lanner.dev/workload"
WORKLOAD_KIND = "lanner.dev/workload-kind"
_RULE_SIZE = 253
_ENTERED = {
    "lanner.dev/exec-user": "k8s.exec.user",
    "lanner.dev/exec-groups": "k8s.exec.groups",
    "lanner.dev/exec-command": "k8s.exec.command",
}
_AMBIGUOUS = "lanner.dev/exec-ambiguous"
_ENTERED_SIZE = 512


def detected(
    sighting: Sighting, key: identity.Key, node: NodeIdentity, alert_id: str, fields_size: int
) -> dict[str, Any]:
    """The Event of a series' first alert; at most 6 KiB of JSON with the default size of the fields."""
    card = sighting.card
    about = regarding.regarding(sighting.container, node)
    annotations = {ALERT_ID: alert_id, RULE: note.folded(card.name, _RULE_SIZE), **card.version}
    annotations |= entered(sighting.values)
    document = {
        "metadata": {
            "name": identity.event_name(about.name, key, node.name, sighting.time),
            "namespace": about.namespace,
            "labels": _labels(card, node) | workload_labels(sighting.container),
            "annotations": annotations | fields(sighting.values, fields_size),
        },
        "type": card.type,
        "reason": card.reason,
        "action": "Detected",
        "note": note.note(
            card.heading, sighting.output, note.identity(sighting.container, node.name), sighting.further
        ),
    }
    if card.related is not None:
        document["related"] = card.related
    return document | envelope(about, node, sighting.time)


def envelope(about: regarding.Regarding, node: NodeIdentity, time_ns: int) -> dict[str, Any]:
    """What every Event of this agent has in the same way."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Event",
        "eventTime": micro_time(time_ns),
        "regarding": about.reference,
        "reportingController": CONTROLLER,
        "reportingInstance": names.instance(node.name),
    }


def repeated(count: int, last_ns: int, latest: dict[str, str]) -> dict[str, Any]:
    """A merge patch: `count` alerts so far (2 or more), the last one's time, what it said."""
    patch: dict[str, Any] = {"series": {"count": count, "lastObservedTime": micro_time(last_ns)}}
    return patch | ({"metadata": {"annotations": latest}} if latest else {})


def fields(values: dict[str, object], size: int) -> dict[str, str]:
    """The annotation with the values, or nothing where it is switched off."""
    return {FIELDS: output_fields.text(values, size)} if size >= len("{}") else {}


def micro_time(time_ns: int) -> str:
    """metav1.MicroTime: RFC 3339 in UTC with six digits."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def workload_labels(container: Container) -> dict[str, str]:
    """What to select the Events of a Deployment by, whatever its pods are called."""
    owners = container.owners
    if owners is None or not owners.workload_kind or not owners.workload_name:
        return {}
    return {
        WORKLOAD_KIND: names.label_value(owners.workload_kind.decode()),
        WORKLOAD: names.label_value(owners.workload_name.decode()),
    }


def entered(values: Mapping[str, object]) -> dict[str, str]:
    """Who entered the pod, in annotations of their own."""
    found = {annotation: values.get(name) for annotation, name in _ENTERED.items()}
    unsure = {_AMBIGUOUS: "true"} if values.get("k8s.exec.ambiguous") is True else {}
    return unsure | {
        annotation: note.folded(escape.decode(redacted(text)), _ENTERED_SIZE)
        for annotation, text in found.items()
        if isinstance(text, bytes)
    }


def _labels(card: RuleCard, node: NodeIdentity) -> dict[str, str]:
    labels = {
        "lanner.dev/priority": card.priority.label.lower(),
        "lanner.dev/rule": card.slug,
        "lanner.dev/node": names.label_value(node.name),
    }
    return labels | ({"lanner.dev/tactic": card.tactic} if card.tactic else {})

# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> a document of the Elastic Common Schema, as a JSON line."""

from __future__ import annotations

from typing import Any, Final

from lanner_agent.publish import attack, escape, json_lines, text
from lanner_agent.publish.redact import Hide, redacted
from lanner_agent.publish.shared import shared
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields import time_text
from lanner_engine.fields.model import HOST, Container

VERSION: Final = "8.17.0"  # of the schema


@shared
def line(alert: Snapshot, hide: Hide = redacted) -> bytes:
    """One line with its newline. What is absent is left out."""
    rule, host = alert.rule, escape.decode(alert.hostname)
    document = {
        "@timestamp": time_text.iso8601(alert.time).decode().replace("+0000", "Z"),
        "ecs": {"version": VERSION},
        "event": {
            "action": alert.event_type,
            "category": ["intrusion_detection"],
            "dataset": "lanner.alert",
            "id": alert.uuid,
            "kind": "alert",
            "module": "lanner",
            "severity": int(rule.priority),  # syslog's numbers
            "type": ["info"],
        },
        "host": {"name": host},
        "lanner": {"dry_run": rule.dry_run or None, "output_fields": json_lines.fields(alert, hide)},
        "log": {"level": rule.priority.label.lower()},
        "message": text.message(alert, hide),
        "process": _process(alert, hide),
        "rule": {"description": rule.description, "name": rule.name, "ruleset": rule.owner_key},
        "tags": sorted(rule.tags),
        "threat": _threat(rule.tags),
    }
    if alert.container.full_id != HOST.full_id:
        document |= _container(alert.container)
    return json_lines.encoded(_there(document))


def _process(alert: Snapshot, hide: Hide) -> dict[str, Any]:
    who = alert.process
    return {
        "command_line": escape.decode(hide(who.command_line)),
        "executable": escape.decode(hide(who.exepath)),
        "name": escape.decode(who.name),
        "parent": {"pid": who.parent_pid},
        "pid": who.pid,
        "user": {"id": None if who.uid is None else str(who.uid)},
    }


def _threat(tags: tuple[str, ...]) -> dict[str, Any]:
    tagged = attack.of(tags)
    if not (tagged.tactics or tagged.techniques):
        return {}
    return {
        "framework": "MITRE ATT&CK",
        "tactic": {"name": list(tagged.tactics)},
        "technique": {
            "id": list(tagged.techniques),
            "subtechnique": {"id": list(tagged.subtechniques)},
        },
    }


def _container(container: Container) -> dict[str, Any]:
    image = {
        "hash": {"all": _listed(container.image_digest)},
        "name": _text(container.image_repository),
        "tag": _listed(container.image_tag),
    }
    found: dict[str, Any] = {
        "container": {"id": _text(container.full_id), "image": image, "name": _text(container.name)}
    }
    if container.pod_name is not None:
        owners = container.owners
        pod: dict[str, Any] = {
            "id": _text(container.pod_uid),
            "name": _text(container.pod_name),
            "type": "pod",
        }
        pod["parent"] = {"type": _text(owners.workload_kind) if owners else None}
        found["orchestrator"] = {
            "namespace": _text(container.pod_namespace),
            "resource": pod,
            "type": "kubernetes",
        }
    return found


def _text(value: bytes | None) -> str | None:
    return escape.decode(value) if value else None


def _listed(value: bytes | None) -> list[str]:
    return [escape.decode(value)] if value else []


def _there(document: dict[str, Any]) -> dict[str, Any]:
    """Without absent and empty members, but for the output's fields, where absent is a value."""
    made: dict[str, Any] = {}
    for name, value in document.items():
        kept = _there(value) if isinstance(value, dict) and name != "output_fields" else value
        if kept not in (None, "", [], {}):
            made[name] = kept
    return made

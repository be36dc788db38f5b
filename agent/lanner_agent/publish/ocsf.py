# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework, as a
JSON line.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import metadata
from typing import Any, Final

from lanner_agent.publish import attack, escape, json_lines, text
from lanner_agent.publish.redact import Hide, redacted
from lanner_agent.publish.shared import shared
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields.model import HOST, Container
from lanner_engine.fields.time_text import SECOND
from lanner_engine.program.rule import Priority

VERSION: Final = "1.5.0"  # of the schema
SEVERITIES: Final[Mapping[Priority, tuple[int, str]]] = {
    Priority.EMERGENCY: (6, "Fatal"),
    Priority.ALERT: (5, "Critical"),
    Priority.CRITICAL: (5, "Critical"),
    Priority.ERROR: (4, "High"),
    Priority.WARNING: (3, "Medium"),
    Priority.NOTICE: (2, "Low"),
    Priority.INFORMATIONAL: (1, "Informational"),
    Priority.DEBUG: (1, "Informational"),
}
_CLASS: Final = {
    "activity_id": 1,
    "activity_name": "Create",
    "category_name": "Findings",
    "category_uid": 2,
    "class_name": "Detection Finding",
    "class_uid": 2004,
    "status": "New",
    "status_id": 1,
    "type_name": "Detection Finding: Create",
    "type_uid": 200401,
}
_RULE: Final = {"type": "Rule", "type_id": 1}
_REGULAR_FILE, _UNKNOWN_DEVICE = 1, 0
_MILLISECOND: Final = SECOND // 1000


@shared
def line(alert: Snapshot, hide: Hide = redacted) -> bytes:
    """One line with its newline."""
    severity_id, severity = SEVERITIES[alert.rule.priority]
    inside = alert.container.full_id != HOST.full_id
    host = escape.decode(alert.hostname)
    return json_lines.encoded(
        {
            **_CLASS,
            "device": {"hostname": host, "name": host, "type": "Unknown", "type_id": _UNKNOWN_DEVICE},
            "evidences": [_evidence(alert, hide, inside=inside)],
            "finding_info": _finding(alert),
            "message": text.message(alert, hide),
            "metadata": {
                "product": {"name": "Lanner", "vendor_name": "Lanner", "version": _product_version()},
                "profiles": ["container", "host"] if inside else ["host"],
                "uid": alert.uuid,
                "version": VERSION,
            },
            "resources": [_resource(alert.container, host)],
            "severity": severity,
            "severity_id": severity_id,
            "time": alert.time // _MILLISECOND,
            **({"unmapped": {"dry_run": True}} if alert.rule.dry_run else {}),
        }
    )


def _finding(alert: Snapshot) -> dict[str, Any]:
    rule = alert.rule
    tagged = attack.of(rule.tags)
    attacks: list[dict[str, Any]] = [{"tactic": {"name": name}} for name in tagged.tactics]
    # a technique's name is nowhere here; its number is what people look it up by
    attacks += [{"technique": {"name": uid, "uid": uid}} for uid in tagged.techniques]
    attacks += [{"sub_technique": {"uid": uid}} for uid in tagged.subtechniques]
    return {
        "analytic": {**_RULE, "desc": rule.description, "name": rule.name, "uid": _identity(alert)},
        "attacks": attacks,
        "created_time": alert.time // _MILLISECOND,
        "desc": rule.description,
        "title": rule.name,
        "types": sorted(rule.tags),
        "uid": alert.uuid,
    }


def _identity(alert: Snapshot) -> str:
    """Rules of several objects may have the same name."""
    return "/".join(part for part in (alert.rule.owner_key, alert.rule.name) if part)


def _evidence(alert: Snapshot, hide: Hide, *, inside: bool) -> dict[str, Any]:
    who = alert.process
    path = escape.decode(hide(who.exepath))
    process: dict[str, Any] = {
        "cmd_line": escape.decode(hide(who.command_line)),
        "file": {"name": path.rpartition("/")[2], "path": path, "type_id": _REGULAR_FILE},
        "name": escape.decode(who.name),
        "pid": who.pid,
    }
    if who.parent_pid is not None:
        process["parent_process"] = {"pid": who.parent_pid}
    if who.uid is not None:
        process["user"] = {"uid": str(who.uid)}
    found = {"data": json_lines.fields(alert, hide), "name": alert.event_type, "process": process}
    if inside:
        found["container"] = process["container"] = _container(alert.container)
    return found


def _container(container: Container) -> dict[str, Any]:
    found = {"name": container.name, "uid": container.full_id}
    made: dict[str, Any] = {key: escape.decode(value) for key, value in found.items() if value}
    if container.image_repository:
        repository = escape.decode(container.image_repository)
        made["image"] = {
            "name": repository,
            "tag": escape.decode(container.image_tag or b""),
            "uid": escape.decode(container.image_digest or container.image_id or b"") or repository,
        }
    if container.pod_uid:
        made |= {"orchestrator": "Kubernetes", "pod_uuid": escape.decode(container.pod_uid)}
    return made


def _resource(container: Container, host: str) -> dict[str, str]:
    """What was affected."""
    if container.pod_name is None:
        return {"name": host, "type": "Host"}
    found = {"name": container.pod_name, "namespace": container.pod_namespace, "uid": container.pod_uid}
    return {"type": "Pod"} | {key: escape.decode(value) for key, value in found.items() if value}


@functools.cache
def _product_version() -> str:
    return metadata.version("lanner")

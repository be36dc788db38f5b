# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> an OTLP log record with its resource, by OpenTelemetry's semantic conventions.

Where something happened is the resource (host, pod, container, process), what happened the record. All
text is redacted, and harmless in a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber

from lanner_agent.publish import json_lines, redact, text
from lanner_agent.publish.otlp import wire
from lanner_agent.publish.otlp.attributes import any_value, attributes
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields.model import HOST, Container, Owners
from lanner_engine.program.rule import CheckedRule, Priority

EVENT_NAME: Final = "lanner.alert"
SCOPE: Final = "lanner"
# As OpenTelemetry's log data model maps syslog's severities.
SEVERITIES: Final[Mapping[Priority, SeverityNumber.ValueType]] = {
    Priority.EMERGENCY: SeverityNumber.SEVERITY_NUMBER_FATAL,
    Priority.ALERT: SeverityNumber.SEVERITY_NUMBER_ERROR3,
    Priority.CRITICAL: SeverityNumber.SEVERITY_NUMBER_ERROR2,
    Priority.ERROR: SeverityNumber.SEVERITY_NUMBER_ERROR,
    Priority.WARNING: SeverityNumber.SEVERITY_NUMBER_WARN,
    Priority.NOTICE: SeverityNumber.SEVERITY_NUMBER_INFO2,
    Priority.INFORMATIONAL: SeverityNumber.SEVERITY_NUMBER_INFO,
    Priority.DEBUG: SeverityNumber.SEVERITY_NUMBER_DEBUG,
}
_WORKLOADS: Final[Mapping[bytes | None, str]] = {
    b"Deployment": "deployment",
    b"StatefulSet": "statefulset",
    b"DaemonSet": "daemonset",
    b"ReplicaSet": "replicaset",
    b"ReplicationController": "replicationcontroller",
    b"Job": "job",
    b"CronJob": "cronjob",
}
_TACTIC: Final = "mitre_"
_KEPT: Final = 512  # places and rules whose attributes are kept as bytes
_Lasting = tuple[tuple[str, object], ...]  # what can be a key
# Fields of the messages of OTLP's logs_service.proto, logs.proto and resource.proto.
_RESOURCE_LOGS: Final = wire.tag(1)  # ExportLogsServiceRequest
_RESOURCE, _SCOPE_LOGS = wire.tag(1), wire.tag(2)  # ResourceLogs
_RESOURCE_ATTRIBUTES: Final = wire.tag(1)  # Resource
_LOG_RECORDS: Final = wire.tag(2)  # ScopeLogs
_SCOPE: Final = wire.sized(wire.tag(1), wire.sized(wire.tag(1), SCOPE.encode()))
_TIME, _OBSERVED = wire.tag(1, wire.FIXED64), wire.tag(11, wire.FIXED64)  # LogRecord
_BODY, _ATTRIBUTES = wire.tag(5), wire.tag(6)
_NUMBER, _TEXT = wire.tag(2, wire.VARINT), wire.tag(3)
_EVENT_NAME: Final = wire.sized(wire.tag(12), EVENT_NAME.encode())


def request(alert: Snapshot, hide: Hide) -> bytes:
    """A request with this one record. Requests one behind the other are one, with all their records."""
    resource = wire.sized(_RESOURCE, _where(alert, hide))
    record = wire.sized(_LOG_RECORDS, _record(alert, hide))
    return wire.sized(_RESOURCE_LOGS, resource + wire.sized(_SCOPE_LOGS, _SCOPE + record))


def _where(alert: Snapshot, hide: Hide) -> bytes:
    who = alert.process
    hide_own = redact.needed(hide, (who.name, who.exepath, who.command_line))
    found = (
        ("process.pid", who.pid),
        ("process.parent_pid", who.parent_pid),
        ("process.executable.name", who.name),
        ("process.executable.path", who.exepath),
        ("process.command_line", who.command_line),
        ("process.user.id", who.uid),
    )
    lasting = _kept(_RESOURCE_ATTRIBUTES, _place(alert), hide, redact.generation())
    return lasting + attributes(_RESOURCE_ATTRIBUTES, found, hide_own)


def _record(alert: Snapshot, hide: Hide) -> bytes:
    rule, hide_own = alert.rule, redact.needed(hide, json_lines.texts(alert))
    found = ("log.record.uid", alert.uuid), ("lanner.output_fields", alert.values)
    return b"".join((
        wire.fixed64(_TIME, alert.time),
        wire.fixed64(_OBSERVED, time.time_ns()),
        _NUMBER + wire.varint(SEVERITIES[rule.priority]),
        wire.sized(_TEXT, rule.priority.label.encode()),
        _EVENT_NAME,
        any_value(_BODY, text.message(alert, hide_own), hide_own),
        _kept(_ATTRIBUTES, _what(rule), hide, redact.generation()),
        attributes(_ATTRIBUTES, found, hide_own),
    ))  # fmt: skip


@lru_cache(_KEPT)
def _kept(before: bytes, found: _Lasting, hide: Hide, _: int) -> bytes:
    """Attributes of a place or of a rule, which many alerts have; for one generation of patterns."""
    return attributes(before, found, hide)


def _place(alert: Snapshot) -> _Lasting:
    container = alert.container
    found = ("service.name", SCOPE), ("host.name", alert.hostname)
    return found if container.full_id == HOST.full_id else found + _container(container, alert.hostname)


def _container(container: Container, node: bytes) -> _Lasting:
    repository, digest = container.image_repository, container.image_digest
    return (
        ("container.id", container.full_id),
        ("container.name", container.name),
        ("container.image.name", repository),
        ("container.image.tags", (container.image_tag,) if container.image_tag else None),
        ("container.image.repo_digests", (repository + b"@" + digest,) if repository and digest else None),
        ("k8s.container.name", container.name if container.pod_name else None),
        ("k8s.pod.name", container.pod_name),
        ("k8s.pod.uid", container.pod_uid),
        ("k8s.namespace.name", container.pod_namespace),
        ("k8s.node.name", node if container.pod_name else None),
        *_workload(container.owners),
    )


def _workload(owners: Owners | None) -> _Lasting:
    """Conventions have a name for each of the cluster's own kinds, and none for other controllers."""
    if owners is None:
        return ()
    kind = _WORKLOADS.get(owners.workload_kind)
    return (
        ("k8s.replicaset.name", owners.replicaset_name),
        ("k8s.replicaset.uid", owners.replicaset_uid),
        *([(f"k8s.{kind}.name", owners.workload_name)] if kind else []),
    )


def _what(rule: CheckedRule) -> _Lasting:
    return (
        ("security_rule.name", rule.name),
        ("security_rule.description", rule.description or None),
        ("security_rule.category", next((tag for tag in rule.tags if tag.startswith(_TACTIC)), None)),
        ("security_rule.ruleset.name", rule.owner_key or None),
        ("lanner.rule.tags", tuple(sorted(rule.tags))),
        ("lanner.rule.source", rule.source),
    )

# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> an OTLP log record with its resource, by OpenTelemetry's semantic conventions.

Where something happened is the resource (host, pod, container, process), what happened the record. All
text is redacted, and harmless in a terminal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber

from lanner_agent.publish import escape, text
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields.model import Owners
from lanner_engine.program.rule import Priority

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
_INT64: Final = 1 << 63
_TACTIC: Final = "mitre_"


def request(alert: Snapshot, hide: Hide) -> bytes:
    """A request with this one record. Requests one behind the other are one, with all their records."""
    made = ExportLogsServiceRequest()
    resource = made.resource_logs.add()
    resource.resource.attributes.extend(_attributes(_where(alert, hide), hide))
    scope = resource.scope_logs.add()
    scope.scope.name = SCOPE
    scope.log_records.add(
        time_unix_nano=alert.time,
        observed_time_unix_nano=time.time_ns(),
        severity_number=SEVERITIES[alert.rule.priority],
        severity_text=alert.rule.priority.label,
        event_name=EVENT_NAME,
        body=AnyValue(string_value=escape.harmless(text.message(alert, hide))),
        attributes=_attributes(_what(alert), hide),
    )
    return made.SerializeToString()


def _where(alert: Snapshot, hide: Hide) -> Mapping[str, object]:
    container, who = alert.container, alert.process
    found: dict[str, object] = {
        "service.name": SCOPE,
        "host.name": alert.hostname,
        "process.pid": who.pid,
        "process.parent_pid": who.parent_pid,
        "process.executable.name": who.name,
        "process.executable.path": who.exepath,
        "process.command_line": who.command_line,
        "process.user.id": who.uid,
    }
    if container.full_id == b"host":
        return found
    repository, digest = container.image_repository, container.image_digest
    return (
        found
        | _workload(container.owners)
        | {
            "container.id": container.full_id,
            "container.name": container.name,
            "container.image.name": repository,
            "container.image.tags": [container.image_tag] if container.image_tag else None,
            "container.image.repo_digests": [repository + b"@" + digest] if repository and digest else None,
            "k8s.container.name": container.name if container.pod_name else None,
            "k8s.pod.name": container.pod_name,
            "k8s.pod.uid": container.pod_uid,
            "k8s.namespace.name": container.pod_namespace,
            "k8s.node.name": alert.hostname if container.pod_name else None,
        }
    )


def _workload(owners: Owners | None) -> dict[str, object]:
    """Conventions have a name for each of the cluster's own kinds, and none for other controllers."""
    if owners is None:
        return {}
    found: dict[str, object] = {
        "k8s.replicaset.name": owners.replicaset_name,
        "k8s.replicaset.uid": owners.replicaset_uid,
    }
    kind = _WORKLOADS.get(owners.workload_kind)
    return found | ({f"k8s.{kind}.name": owners.workload_name} if kind else {})


def _what(alert: Snapshot) -> Mapping[str, object]:
    rule = alert.rule
    return {
        "log.record.uid": alert.uuid,
        "security_rule.name": rule.name,
        "security_rule.description": rule.description or None,
        "security_rule.category": next((tag for tag in rule.tags if tag.startswith(_TACTIC)), None),
        "security_rule.ruleset.name": rule.owner_key or None,
        "lanner.rule.tags": sorted(rule.tags),
        "lanner.rule.source": rule.source,
        "lanner.output_fields": alert.values,
    }


def _attributes(found: Mapping[str, object], hide: Hide) -> Iterator[KeyValue]:
    """What is absent is left out."""
    for name, value in found.items():
        if value is not None:
            yield KeyValue(key=name, value=_value(value, hide))


def _value(value: object, hide: Hide) -> AnyValue:  # noqa: PLR0911  (one for each type)
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int() if -_INT64 <= value < _INT64:
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(string_value=escape.harmless(escape.decode(hide(value))))
        case Mapping():
            return AnyValue(kvlist_value=KeyValueList(values=_attributes(value, hide)))
        case Sequence() if not isinstance(value, str):
            return AnyValue(array_value=ArrayValue(values=[_value(item, hide) for item in value]))
    return AnyValue(string_value=escape.harmless(str(value)))

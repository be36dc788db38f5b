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

from lanner_agent.publish import redact, text
from lanner_agent.publish.otlp import place, wire
from lanner_agent.publish.otlp.attributes import any_value, attributes
from lanner_agent.publish.otlp.place import SERVICE
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.shared import hiding
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.program.rule import CheckedRule, Priority

EVENT_NAME: Final = "lanner.alert"
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
_TACTIC: Final = "mitre_"
_RULES: Final = 128  # whose attributes are kept as bytes
# Fields of the messages of OTLP's logs_service.proto, logs.proto and resource.proto.
_RESOURCE_LOGS: Final = wire.tag(1)  # ExportLogsServiceRequest
_RESOURCE, _SCOPE_LOGS = wire.tag(1), wire.tag(2)  # ResourceLogs
_LOG_RECORDS: Final = wire.tag(2)  # ScopeLogs
_SCOPE: Final = wire.sized(wire.tag(1), wire.sized(wire.tag(1), SERVICE.encode()))
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
    who, hide_own = alert.process, hiding(alert, hide)
    found = (
        ("process.pid", who.pid),
        ("process.parent_pid", who.parent_pid),
        ("process.executable.name", who.name),
        ("process.executable.path", who.exepath),
        ("process.command_line", who.command_line),
        ("process.user.id", who.uid),
    )
    return place.attributes_of(alert, hide) + attributes(place.BEFORE, found, hide_own)


def _record(alert: Snapshot, hide: Hide) -> bytes:
    rule, hide_own = alert.rule, hiding(alert, hide)
    found = ("log.record.uid", alert.uuid), ("lanner.output_fields", alert.values)
    return b"".join((
        wire.fixed64(_TIME, alert.time),
        wire.fixed64(_OBSERVED, time.time_ns()),
        _NUMBER + wire.varint(SEVERITIES[rule.priority]),
        wire.sized(_TEXT, rule.priority.label.encode()),
        _EVENT_NAME,
        any_value(_BODY, text.message(alert, hide_own), hide_own),
        _of_rule(rule, hide, redact.generation()),
        attributes(_ATTRIBUTES, found, hide_own),
    ))  # fmt: skip


@lru_cache(_RULES)
def _of_rule(rule: CheckedRule, hide: Hide, _: int) -> bytes:
    """What many alerts have; for one generation of patterns."""
    return attributes(_ATTRIBUTES, _what(rule), hide)


def _what(rule: CheckedRule) -> tuple[tuple[str, object], ...]:
    return (
        ("security_rule.name", rule.name),
        ("security_rule.description", rule.description or None),
        ("security_rule.category", next((tag for tag in rule.tags if tag.startswith(_TACTIC)), None)),
        ("security_rule.ruleset.name", rule.owner_key or None),
        ("lanner.rule.tags", tuple(sorted(rule.tags))),
        ("lanner.rule.source", rule.source),
    )

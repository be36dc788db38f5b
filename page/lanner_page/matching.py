# SPDX-License-Identifier: Apache-2.0
"""Whether an alert is one that a filter asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lanner_engine.program.rule import Priority, parse_priority
from lanner_page.source import Alert, Filter

WHOLE: Final = ("namespace", "workload", "pod", "rule")  # words of a filter that are compared whole


def matches(asked: Filter, alert: Alert) -> bool:
    """`limit` is not asked. A priority that Falco has not counts as the least severe."""
    if any(wanted and wanted != getattr(alert, name) for name in WHOLE if (wanted := getattr(asked, name))):
        return False
    if asked.tactic and asked.tactic not in alert.tactics:
        return False
    if asked.before_ns is not None and alert.at_ns >= asked.before_ns:
        return False
    if asked.priority and severity(alert.priority) > severity(asked.priority):
        return False
    return not asked.text or _says(alert, asked.text.casefold())


def severity(name: str) -> int:
    """0 is the most severe."""
    try:
        return parse_priority(name)
    except ValueError:
        return max(Priority)


def _says(alert: Alert, text: str) -> bool:
    fields = alert.body.get("output_fields")
    values = fields.values() if isinstance(fields, Mapping) else ()
    return any(text in one.casefold() for one in _texts((alert.text, alert.rule, alert.node, *values)))


def _texts(values: Sequence[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Sequence) and not isinstance(value, str):
            yield from map(str, value)
        elif value is not None:
            yield str(value)

# SPDX-License-Identifier: Apache-2.0
"""Which alerts are wanted -> the selectors by which the API server picks their Events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lanner_agent.cli.kubectl import alert_event, reading
from lanner_agent.cli.kubectl.alert_event import AlertEvent
from lanner_agent.publish.events import body, names
from lanner_engine.program.rule import Priority


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """None: any. `priority` and what is more severe."""

    rule: str | None = None
    pod: str | None = None
    workload: str | None = None
    node: str | None = None
    priority: Priority | None = None
    since: timedelta | None = None

    def query(self) -> Mapping[str, str]:
        fields = [alert_event.BY_AGENTS]
        if self.pod:
            fields += ["involvedObject.kind=Pod", f"involvedObject.name={_escaped(self.pod)}"]
        labels = ",".join(self._labels())
        return {"fieldSelector": ",".join(fields)} | ({"labelSelector": labels} if labels else {})

    def wants(self, alert: AlertEvent, now: datetime) -> bool:
        """What no selector says: when, and the whole name of a rule that a label shortens."""
        if (
            self.rule
            and alert.rule
            and alert.rule.casefold() != self.rule.casefold()
            and not _short(self.rule)
        ):
            return False
        at = reading.moment(alert.last)
        return self.since is None or (at is not None and now - at <= self.since)

    def _labels(self) -> Iterator[str]:
        if self.rule:
            yield f"{alert_event.RULE}={names.slug(self.rule)}"
        if self.workload:
            kind, slash, name = self.workload.rpartition("/")
            yield f"{body.WORKLOAD}={names.label_value(name)}"
            if slash:
                yield f"{body.WORKLOAD_KIND}={names.label_value(kind)}"
        if self.node:
            yield f"lanner.dev/node={names.label_value(self.node)}"
        if self.priority is not None:
            severe = (one.label.lower() for one in Priority if one <= self.priority)
            yield f"{alert_event.PRIORITY} in ({','.join(severe)})"


def _short(rule: str) -> bool:
    """The label's own form: terminal-shell-in-container."""
    return names.slug(rule) == rule


def _escaped(value: str) -> str:
    """In a field selector (apimachinery/pkg/fields)."""
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")

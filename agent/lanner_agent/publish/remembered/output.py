# SPDX-License-Identifier: Apache-2.0
"""The memory as an output: each alert as the JSON output has it, with what the page's filters need beside
it.

The thread that watches hands over a snapshot, as for every output; all else is the output's own thread's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lanner_agent.publish import escape, json_lines, redact
from lanner_agent.publish.redact import Hide
from lanner_agent.publish.remembered.hourly import Hourly
from lanner_agent.publish.remembered.memory import Kept, Memory
from lanner_agent.publish.remembered.settings import Keeping
from lanner_agent.publish.sending import shares
from lanner_agent.publish.sending.carrier import Opened, RefusedError
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.base import MIB, Queued
from lanner_agent.publish.shared import hiding
from lanner_agent.publish.snapshot import NAME, Snapshot
from lanner_agent.publish.together import COUNT
from lanner_engine.program.rule import parse_priority
from lanner_page import wire
from lanner_page.source import Alert

TITLE: Final = "page"
LARGEST: Final = 256 << 10  # bytes of one alert
_BATCH: Final = 500
_QUEUE: Final = 2_000  # alerts between the two threads
_TACTIC: Final = "mitre_"


class Remembered:
    """What is kept, for who asks."""

    def __init__(self, keeping: Keeping) -> None:
        self.keeping = keeping
        self.memory = Memory(keeping.alerts, keeping.size)
        self.hourly = Hourly()


def output(kept: Remembered, say: Callable[[str], None], hide: Hide = redact.redacted) -> Delivery:
    """Begun: it has a thread."""
    size = max(MIB, kept.keeping.size)
    queued = Queued(minimum_priority=kept.keeping.least, queue_alerts=_QUEUE, queue_bytes=size)
    return Delivery(TITLE, Carrier(kept, hide), queued, say)


class Carrier(Opened):
    """See sending/carrier."""

    batch: Final = _BATCH
    target: Final = "memory"

    def __init__(self, kept: Remembered, hide: Hide = redact.redacted) -> None:
        self._kept = kept
        self._hide = hide

    def form(self, alert: Snapshot) -> bytes:
        """The shares that it counts in, whether it is urgent, and the alert: a line each."""
        urgent = b"1" if shares.is_urgent(alert) else b""
        return b"\n".join((shares.packed(shares.keys(alert)), urgent, wire.encoded(of(alert, self._hide))))

    def send(self, formed: Sequence[bytes]) -> int:
        """All of them. Raises RefusedError for one that is too large."""
        try:
            for at, one in enumerate(formed):
                self._put(one, at + 1)
        finally:
            self._kept.memory.tell()
        return len(formed)

    def counts(self) -> Mapping[str, int]:
        forgotten = self._kept.hourly.forgotten.total()
        return {**self._kept.memory.counts(), **({"rules forgotten": forgotten} if forgotten else {})}

    def _put(self, formed: bytes, of_all: int) -> None:
        keys, urgent, line = formed.split(b"\n", 2)
        if len(line) > LARGEST:
            raise RefusedError(f"an alert of more than {LARGEST >> 10} KiB", of=of_all)
        alert = wire.decoded(json.loads(line))
        assert alert is not None  # noqa: S101  it was just made
        self._kept.memory.put(_kept(alert, line), shares.unpacked(keys), urgent=bool(urgent))
        number = 1 + alert.body["output_fields"].get(COUNT, 0)
        self._kept.hourly.add((alert.object, alert.rule), alert.at_ns, number)


def of(alert: Snapshot, hide: Hide) -> Alert:
    """As the page has it."""
    body = json_lines.document(alert, hiding(alert, hide))
    return Alert(
        id=alert.uuid,
        at_ns=alert.time,
        node=escape.decode(alert.hostname),
        rule=alert.rule.name,
        priority=alert.rule.priority.label,
        namespace=_text(alert.container.pod_namespace),
        workload=str(body["output_fields"].get(NAME) or ""),
        pod=_text(alert.container.pod_name),
        tactics=tuple(
            sorted(tag.removeprefix(_TACTIC) for tag in alert.rule.tags if tag.startswith(_TACTIC))
        ),
        text=body["output"],
        body=body,
        object=alert.rule.owner.key if alert.rule.owner else "",
    )


def _text(value: bytes | None) -> str:
    return escape.decode(value or b"")


def _kept(alert: Alert, line: bytes) -> Callable[[int], Kept]:
    return lambda number: Kept(
        number,
        alert.id,
        alert.at_ns,
        alert.rule,
        int(parse_priority(alert.priority)),
        alert.namespace,
        alert.workload,
        alert.pod,
        alert.tactics,
        line,
    )

# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> Falco's JSON form, one object a line (specification section 5.4)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from lanner_agent.publish import escape, redact, text
from lanner_agent.publish.redact import Hide, redacted
from lanner_agent.publish.shared import shared
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields import time_text

# Made once: json.dumps makes one each time, which takes as long as a small alert.
_ENCODE: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


@shared
def line(alert: Snapshot, hide: Hide = redacted) -> bytes:
    """Keys sorted, one line with its newline; bytes that are no UTF-8 become U+FFFD. `hide` is what becomes
    of the event's bytes first.
    """
    return encoded(document(alert, redact.needed(hide, texts(alert))))


def texts(alert: Snapshot) -> Iterator[bytes]:
    """All bytes of the event that a line shows."""
    yield alert.message
    yield from _texts(alert.values.values())


def _texts(values: Iterable[object]) -> Iterator[bytes]:
    for value in values:
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from _texts(value)


def document(alert: Snapshot, hide: Hide = redacted) -> dict[str, Any]:
    """What the line says."""
    marked = {"dry_run": True} if alert.rule.dry_run else {}
    return {
        **marked,
        "hostname": escape.decode(alert.hostname),
        "output": text.message(alert, hide),
        "output_fields": fields(alert, hide),
        "priority": alert.rule.priority.label,
        "rule": alert.rule.name,
        "source": alert.rule.source,
        "tags": sorted(alert.rule.tags),
        "time": time_text.iso8601(alert.time).decode().replace("+0000", "Z"),
    }


def encoded(document: Mapping[str, Any]) -> bytes:
    """One line, whatever the document holds."""
    # Characters outside ASCII stand only inside strings, so escaping them in the finished text keeps it JSON.
    return escape.harmless(_ENCODE(document)).encode() + b"\n"


def fields(alert: Snapshot, hide: Hide = redacted) -> dict[str, Any]:
    """The values of the output's fields, as JSON has them."""
    return {name: _typed(value, hide) for name, value in alert.values.items()}


def _typed(value: object, hide: Hide) -> Any:
    """A field's value as JSON has it: absent is null, bytes are text, lists are arrays."""
    if isinstance(value, bytes):
        return escape.decode(hide(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_typed(item, hide) for item in value]
    return value

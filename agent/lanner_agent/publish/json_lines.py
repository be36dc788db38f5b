# SPDX-License-Identifier: Apache-2.0
"""Alert -> Falco's JSON form, one object a line (specification section 5.4)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from lanner_agent.publish import escape, text
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.redact import Hide, redacted
from lanner_engine.fields import time_text


def line(alert: Alert, hide: Hide = redacted) -> bytes:
    """Keys sorted, one line with its newline; bytes that are no UTF-8 become U+FFFD. `hide` is what becomes
    of the event's bytes first.
    """
    document = {
        "hostname": escape.decode(alert.event.hostname),
        "output": text.message(alert, hide),
        "output_fields": _fields(alert, hide),
        "priority": alert.rule.priority.label,
        "rule": alert.rule.name,
        "source": alert.rule.source,
        "tags": sorted(alert.rule.tags),
        "time": time_text.iso8601(alert.event.time).decode().replace("+0000", "Z"),
    }
    # Characters outside ASCII stand only inside strings, so escaping them in the finished text keeps it JSON.
    encoded = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return escape.harmless(encoded).encode() + b"\n"


def _fields(alert: Alert, hide: Hide) -> dict[str, Any]:
    fields = {name: _typed(value, hide) for name, value in alert.rule.output.values(alert.event).items()}
    fields["evt.time"] = alert.event.time
    return fields


def _typed(value: object, hide: Hide) -> Any:
    """A field's value as JSON has it: absent is null, bytes are text, lists are arrays."""
    if isinstance(value, bytes):
        return escape.decode(hide(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_typed(item, hide) for item in value]
    return value

# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> Falco's JSON form, one object a line (specification section 5.4)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json

from lanner_agent.publish import escape, text
from lanner_agent.publish.redact import Hide, redacted
from lanner_agent.publish.shared import hiding, shared
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields import time_text

_NAME: Final = itemgetter(0)


@shared
def line(alert: Snapshot, hide: Hide = redacted) -> bytes:
    """Keys sorted, one line with its newline; bytes that are no UTF-8 become U+FFFD. `hide` is what becomes
    of the event's bytes first.
    """
    return _written(document(alert, hiding(alert, hide)))


def document(alert: Snapshot, hide: Hide = redacted) -> dict[str, Any]:
    """What the line says, its keys sorted."""
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
    """One line for each document; its keys sorted."""
    return _written(_ordered(document))


def _written(document: Mapping[str, Any]) -> bytes:
    """In the order that it has."""
    try:
        found = to_json(document, inf_nan_mode="null").decode()
    except PydanticSerializationError:  # half a surrogate in the name of a rule, which becomes an escape
        found = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Characters outside ASCII stand only inside strings, so escaping them in the finished text keeps it JSON.
    return escape.harmless(found).encode() + b"\n"


def _ordered(value: Any) -> Any:
    if type(value) is dict:
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(one) for one in value] if isinstance(value, list | tuple) else value


def fields(alert: Snapshot, hide: Hide = redacted) -> dict[str, Any]:
    """The values of the output's fields, as JSON has them, sorted."""
    return {name: _typed(value, hide) for name, value in sorted(alert.values.items(), key=_NAME)}


def _typed(value: object, hide: Hide) -> Any:
    """A field's value as JSON has it: absent is null, bytes are text, lists are arrays."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, bytes):
        return escape.decode(hide(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_typed(item, hide) for item in value]
    return value

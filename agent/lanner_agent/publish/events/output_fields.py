# SPDX-License-Identifier: Apache-2.0
"""The values of an alert's fields -> JSON for the annotation output-fields, within a number of bytes.

Short values stay whole as long as possible: the longest ones are cut first. Where even that is too much,
whole fields are left out, the last ones first, and their number is said under "…".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from lanner_agent.publish import escape
from lanner_agent.publish.redact import redacted

MAX_VALUE = 1024  # characters
LEFT_OUT = "…"


def text(values: Mapping[str, object], limit: int) -> str:
    """A JSON object of at most `limit` bytes (2 or more), keys sorted; redacted, harmless in a terminal."""
    plain = {name: _plain(values[name]) for name in sorted(values)}
    longest = MAX_VALUE
    while longest >= 16:  # noqa: PLR2004  shorter values say nothing
        document = _json({name: _shortened(value, longest) for name, value in plain.items()})
        if _size(document) <= limit:
            return document
        longest //= 2
    return _fewer({name: _shortened(value, longest) for name, value in plain.items()}, limit)


def _plain(value: object) -> Any:
    """As JSON has it: absent is null, bytes are text, lists are arrays."""
    if isinstance(value, bytes):
        return escape.decode(redacted(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _shortened(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else value[: longest - 1] + "…"
    if isinstance(value, list):
        most = max(1, longest // 8)
        kept = [_shortened(item, longest) for item in value[:most]]
        return kept if len(value) <= most else [*kept, LEFT_OUT]
    return value


def _fewer(values: dict[str, Any], limit: int) -> str:
    """As many fields as fit, in order of their names."""
    left = 0
    while True:
        document = _json(values | ({LEFT_OUT: left} if left else {}))
        if _size(document) <= limit:
            return document
        if not values:
            return "{}"
        values.popitem()
        left += 1


def _json(values: Mapping[str, Any]) -> str:
    # Characters outside ASCII stand only inside strings, so escaping them in the finished text keeps it JSON.
    encoded = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return escape.harmless(encoded)


def _size(document: str) -> int:
    return len(document.encode())

# SPDX-License-Identifier: Apache-2.0
"""A line of JSON to an alert, or to a diagnostic with its place. Whatever stands there, nothing else is
raised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lanner_engine.source import Diagnostic, RuleError, Source, Span

CODE: Final = "ALERT_ERR_READ"
MOST_CHARACTERS: Final = 1 << 20
MOST_FIELDS: Final = 256

Value = str | int | float | bool | None | list[object]


@dataclass(frozen=True, slots=True)
class Alert:
    """`fields` are those of the output, as JSON has them. `line` counts from 1."""

    rule: str
    fields: Mapping[str, Value]
    line: int = 1
    time: str = ""
    priority: str = ""
    hostname: str = ""


def read(name: str, text: str, line: int = 1) -> Alert:
    """The alert of one line of a file; of what else it holds nothing is asked.

    Raises:
        RuleError: it is none; with one diagnostic, whose place is the line's own.
    """
    if len(text) > MOST_CHARACTERS:
        raise _error((name, "", line), 0, f"a line of more than {MOST_CHARACTERS >> 20} MiB", "")
    source = (name, text, line)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        hint = "an alert is one line of `lanner run --output json`, or of the agent's log"
        raise _error(source, error.pos, f"not JSON: {error.msg}", hint) from None
    except (ValueError, RecursionError):
        raise _error(source, 0, "not JSON to be read: nested too deep, or a number too long", "") from None
    rule = found.get("rule") if isinstance(found, dict) else None
    fields = found.get("output_fields") if isinstance(found, dict) else None
    if not isinstance(rule, str) or not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        hint = "an alert has rule and output_fields"
        raise _error(source, 0, "no alert", hint)
    words = {key: str(found.get(key, "")) for key in ("time", "priority", "hostname")}
    return Alert(rule, fields, line, **words)


def _error(source: tuple[str, str, int], at: int, message: str, hint: str) -> RuleError:
    name, text, line = source
    before = "\n" * min(line - 1, MOST_CHARACTERS)  # so that the place is the line's in its file
    span = Span(Source(name, before + text), len(before) + at, len(before) + at + 1)
    return RuleError((Diagnostic("error", CODE, message, span, hint),))

# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> Falco's text line (specification section 5.3)."""

from __future__ import annotations

from lanner_agent.publish import escape
from lanner_agent.publish.redact import Hide, redacted
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields import time_text


def message(alert: Snapshot, hide: Hide = redacted) -> str:
    """`HH:MM:SS.nnnnnnnnn: Priority output`, not escaped yet: the JSON form carries it as `output`. `hide` is
    what becomes of the event's bytes first.
    """
    time = time_text.clock(alert.time).decode()
    return f"{time}: {alert.rule.priority.label} {escape.decode(hide(alert.message))}"


def line(alert: Snapshot, hide: Hide = redacted) -> bytes:
    """One line with its newline; the only newline in it is the last byte."""
    return escape.quoted(message(alert, hide)).encode() + b"\n"

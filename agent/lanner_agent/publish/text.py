# SPDX-License-Identifier: Apache-2.0
"""Snapshot of an alert -> Falco's text line (specification section 5.3)."""

from __future__ import annotations

from typing import Final

from lanner_agent.publish import escape
from lanner_agent.publish.redact import Hide, redacted
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.fields import time_text

DRY_RUN: Final = "[DryRun] "


def message(alert: Snapshot, hide: Hide = redacted) -> str:
    """`HH:MM:SS.nnnnnnnnn: Priority output`, not escaped yet: the JSON form carries it as `output`. `hide` is
    what becomes of the event's bytes first. What is only tried has DRY_RUN before the output.
    """
    time = time_text.clock(alert.time).decode()
    mark = DRY_RUN if alert.rule.dry_run else ""
    said = alert.together.words(hide) + hide(alert.message)
    return f"{time}: {alert.rule.priority.label} {mark}{escape.decode(said)}"


def line(alert: Snapshot, hide: Hide = redacted) -> bytes:
    """One line with its newline; the only newline in it is the last byte."""
    return escape.quoted(message(alert, hide)).encode() + b"\n"

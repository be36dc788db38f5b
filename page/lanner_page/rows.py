# SPDX-License-Identifier: Apache-2.0
"""An alert as one row of a list: short texts, the same for the template and for the scripts."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Final

from lanner_engine.diagnostics import visible
from lanner_page import words
from lanner_page.matching import severity
from lanner_page.source import Alert

_TEXT: Final = 400  # characters; a row shows one line
_NAME: Final = 120
# Time and priority, which stand in columns of their own.
_HEAD: Final = re.compile(r"\d\d:\d\d:\d\d\.\d{9}: ")


@dataclass(frozen=True, slots=True)
class Row:
    """Safe to show as text. `at`: milliseconds since the epoch; `ns`: the same in whole, as text, because a
    script's numbers cannot hold it; `severity`: 0 is the most severe."""

    id: str
    at: int
    ns: str
    ago: str
    absolute: str
    instant: str
    priority: str
    severity: int
    rule: str
    where: str
    node: str
    text: str


def row(alert: Alert, now_ns: int) -> Row:
    return Row(
        id=alert.id.encode("utf-8", "replace").decode(),  # a script makes an address of it
        at=alert.at_ns // 1_000_000,
        ns=str(alert.at_ns),
        ago=words.ago(alert.at_ns, now_ns),
        absolute=words.absolute(alert.at_ns),
        instant=words.instant(alert.at_ns),
        priority=short(alert.priority, _NAME),
        severity=severity(alert.priority),
        rule=short(alert.rule, _NAME),
        where=short(place(alert), 2 * _NAME),
        node=short(alert.node, _NAME),
        text=short(said(alert), _TEXT),
    )


def as_json(alert: Alert, now_ns: int) -> dict[str, object]:
    return asdict(row(alert, now_ns))


def place(alert: Alert) -> str:
    """The pod with its namespace, or the host."""
    return f"{alert.namespace}/{alert.pod or alert.workload}" if alert.namespace else "host"


def said(alert: Alert) -> str:
    """The output without its time and priority."""
    text = alert.text
    if head := _HEAD.match(text):
        text = text[head.end() :].removeprefix(f"{alert.priority} ")
    return text


def seen(text: str) -> str:
    """Visible, on one line."""
    return text if text.isascii() and text.isprintable() else visible(text)


def short(text: str, most: int) -> str:
    """Visible, on one line, cut with an ellipsis."""
    shown = seen(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"

# SPDX-License-Identifier: Apache-2.0
"""Questions to the memory: the alerts that a filter wants, those behind a number, those around one. Answers
are bounded in number and bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from lanner_agent.publish.remembered.memory import Kept, Memory
from lanner_page import matching, wire
from lanner_page.source import MOST_ALERTS, Alert, Filter

ANSWER: Final = 2 << 20  # bytes of one
AROUND_NS: Final = 30_000_000_000  # before and behind
_ESCAPED: Final = frozenset('"\\')  # by JSON


@dataclass(frozen=True, slots=True)
class Found:
    """`alerts` in the order that was asked for; `more`: there are others that did not fit."""

    alerts: tuple[Kept, ...]
    more: bool = False


def alerts(memory: Memory, asked: Filter) -> Found:
    """Newest first."""
    wanted = _wanted(asked)
    return _bounded(filter(wanted, reversed(memory.all())), min(asked.limit, MOST_ALERTS))


def behind(memory: Memory, number: int, most: int = MOST_ALERTS) -> tuple[Found, int]:
    """Those that came after this number, oldest first; and how many came that are not kept any more."""
    kept = [one for one in memory.all() if one.number > number]
    found = _bounded(kept, most)
    last = found.alerts[-1].number if found.alerts else number
    return found, last - number - len(found.alerts)


def around(memory: Memory, pod: tuple[str, str], at_ns: int, name: str) -> Found:
    """Of the same pod (its namespace and name), or of the host where both are "": the minute around, oldest
    first, without the alert of this id.
    """
    near = (
        one
        for one in memory.all()
        if (one.namespace, one.pod) == pod and abs(one.at_ns - at_ns) <= AROUND_NS and one.id != name
    )
    return _bounded(near, MOST_ALERTS)


def opened(one: Kept) -> Alert:
    """The whole alert."""
    alert = wire.decoded(json.loads(one.line))
    assert alert is not None  # noqa: S101  it was one when it was kept
    return alert


def _bounded(found: Iterable[Kept], most: int) -> Found:
    taken: list[Kept] = []
    size = 0
    for one in found:
        size += len(one.line)
        if len(taken) >= most or (taken and size > ANSWER):
            return Found(tuple(taken), more=True)
        taken.append(one)
    return Found(tuple(taken))


def _wanted(asked: Filter) -> Callable[[Kept], bool]:
    """Most alerts need not be opened to say that they are not meant."""
    severity = matching.severity(asked.priority) if asked.priority else None
    text = asked.text.casefold()
    plain = text.encode() if text.isascii() and text.isprintable() and not _ESCAPED & set(text) else b""
    names = tuple(filter(lambda one: one[1], ((name, getattr(asked, name)) for name in matching.WHOLE)))

    def wanted(one: Kept) -> bool:
        return (
            (asked.before_ns is None or one.at_ns < asked.before_ns)
            and (severity is None or one.priority <= severity)
            and all(getattr(one, name) == value for name, value in names)
            and (not asked.tactic or asked.tactic in one.tactics)
            and (not text or (_may_say(one.line, plain) and matching.matches(asked, opened(one))))
        )

    return wanted


def _may_say(line: bytes, plain: bytes) -> bool:
    """Characters outside of ASCII, some of which are more than one when their case is left out, are escaped
    in a line.
    """
    return plain in line.lower() or b"\\u" in line

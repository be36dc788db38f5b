# SPDX-License-Identifier: Apache-2.0
"""The line of processes that led to an alert, from the fields of its output.

proc.name, proc.cmdline, proc.exepath and proc.pid are the process's own; proc.aname[2] and its like the
second ancestor's; proc.pname and its like the parent's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lanner_page.source import Alert

DEEPEST: Final = 32
_OWN: Final = {"name": "name", "cmdline": "cmdline", "exepath": "exepath", "pid": "pid"}
_PARENT: Final = {"pname": "name", "pcmdline": "cmdline", "pexepath": "exepath", "ppid": "pid"}
_ANCESTOR: Final = re.compile(r"proc\.a(name|cmdline|exepath|pid)\[(\d{1,2})\]")


@dataclass(frozen=True, slots=True)
class Process:
    """ "" is not known. `last`: the one whose event the alert is about."""

    name: str
    cmdline: str
    exepath: str
    pid: str
    last: bool = False

    @property
    def title(self) -> str:
        return self.cmdline or self.name or self.exepath or "unknown"


def line(alert: Alert) -> tuple[Process, ...]:
    """The oldest first; a process between two of which nothing is known stands there unknown."""
    found: dict[int, dict[str, str]] = {}
    fields = alert.body.get("output_fields")
    for name, value in fields.items() if isinstance(fields, Mapping) else ():
        if value is not None and value != "" and (where := _where(name)):
            depth, part = where
            found.setdefault(depth, {})[part] = _text(value)
    deepest = max(found, default=-1)
    return tuple(_process(found.get(depth, {}), depth) for depth in range(deepest, -1, -1))


def _where(name: str) -> tuple[int, str] | None:
    """How far up, and what it is of that process."""
    if match := _ANCESTOR.fullmatch(name):
        depth = int(match[2])
        return (depth, match[1]) if depth <= DEEPEST else None
    own = name.removeprefix("proc.") if name.startswith("proc.") else ""
    if own in _OWN:
        return 0, _OWN[own]
    return (1, _PARENT[own]) if own in _PARENT else None


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _process(parts: Mapping[str, str], depth: int) -> Process:
    taken = {part: parts.get(part, "") for part in _OWN.values()}
    return Process(**taken, last=depth == 0)

# SPDX-License-Identifier: Apache-2.0
"""Times and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

NS: Final = 1_000_000_000
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_EXACT: Final = 100  # from here on no part of a unit is shown
_LAST_S: Final = 253_402_300_799  # the year 9999


def ago(at_ns: int, now_ns: int) -> str:
    """`3 min ago`, in the largest unit that it has; `now` for less than a second and for the future."""
    seconds = (now_ns - at_ns) // NS
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "now"


def instant(at_ns: int) -> str:
    """`2026-11-27T03:28:39.539Z`, for machines."""
    seconds = min(max(at_ns // NS, 0), _LAST_S)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ns % NS // 1_000_000:03}Z"


def absolute(at_ns: int) -> str:
    """`2026-11-27 03:28:39.539 UTC`."""
    return instant(at_ns).replace("T", " ").replace("Z", " UTC")


def offset(ns: int) -> str:
    """`+1.250 s`, with a real minus for what was before."""
    sign = "+" if ns >= 0 else "\u2212"
    return f"{sign}{abs(ns) / NS:.3f} s"


def duration(ns: int) -> str:
    """Three digits and a unit: `340 ns`, `1.2 µs`, `31 ms`, `1.91 s`."""
    for size, unit in ((NS, "s"), (1_000_000, "ms"), (1_000, "µs")):
        if ns >= size:
            value = ns / size
            return f"{value:.0f} {unit}" if value >= _EXACT else f"{value:.3g} {unit}"
    return f"{ns} ns"


def number(count: int) -> str:
    """Thousands apart."""
    return f"{count:,}"


def plural(count: int, word: str) -> str:
    """`1 node`, `1,204 nodes`."""
    return f"{number(count)} {word}{'' if count == 1 else 's'}"

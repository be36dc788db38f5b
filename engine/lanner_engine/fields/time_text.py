# SPDX-License-Identifier: Apache-2.0
"""Times as the language writes them (specification 5.3). Nanoseconds since the epoch in, ASCII bytes out.

Local times use the offset in force while printing.
"""

from __future__ import annotations

import time
from functools import lru_cache

SECOND = 1_000_000_000


def clock(ns: int) -> bytes:
    """HH:MM:SS.nnnnnnnnn, local."""
    return b"%s.%09d" % (clock_seconds(ns), ns % SECOND)


def clock_seconds(ns: int) -> bytes:
    """HH:MM:SS, local."""
    return time.strftime("%H:%M:%S", time.localtime(ns // SECOND)).encode()


def date(ns: int) -> bytes:
    """YYYY-MM-DD, local."""
    return time.strftime("%Y-%m-%d", time.localtime(ns // SECOND)).encode()


def iso8601(ns: int) -> bytes:
    """YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+0000, UTC."""
    return b"%s.%09d+0000" % (_utc(ns // SECOND), ns % SECOND)


@lru_cache(16)
def _utc(second: int) -> bytes:
    """Many events happen in the same one. Of local times that may change."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)).encode()


def written(time_ns: int) -> bytes:
    """Local date and time with nanoseconds and the offset, as a parameter that is a time is written."""
    offset = time.strftime("%z", time.localtime(time_ns // 1_000_000_000)).encode()
    return b"%s %s %s" % (date(time_ns), clock(time_ns), offset)

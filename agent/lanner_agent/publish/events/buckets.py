# SPDX-License-Identifier: Apache-2.0
"""Token buckets: how much may be done at once and how fast that comes back.

A part of each is reserved for the urgent. Times are seconds of one monotonic clock that the caller reads.
"""

from __future__ import annotations

import math


class Bucket:
    """`burst` tokens at first, one more every `interval` seconds; `reserved` of them for the urgent only."""

    __slots__ = ("_at", "_burst", "_interval", "_reserved", "_tokens")

    def __init__(self, burst: int, interval: float, reserved: float, now: float) -> None:
        self._burst = burst
        self._interval = interval
        self._reserved = reserved
        self._tokens = float(burst)
        self._at = now

    def wait(self, urgent: bool, now: float) -> float:
        """Seconds until there is a token; 0 when `take` may be called."""
        self._refill(now)
        missing = 1 - self._tokens + (0 if urgent else self._reserved)
        return max(0.0, missing * self._interval)

    def take(self) -> None:
        self._tokens -= 1

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) / self._interval)
        self._at = now


def reserved(burst: int, part: float) -> int:
    """Whole tokens; at least one stays for everybody."""
    return min(burst - 1, math.ceil(burst * part))

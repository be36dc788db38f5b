# SPDX-License-Identifier: Apache-2.0
"""How fast this node writes to the API server: as fast as that server allows.

It begins at a rate, and every answer in time raises it: quickly up to where the server last asked for less,
slowly beyond. A server that asks for less halves it. What was learned is forgotten in a minute of rest, so
that a thousand nodes do not begin fast together. Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from typing import Final

SLOW_ANSWER_S: Final = 1.0  # an answer that takes longer comes from a server that has enough to do
REST_S: Final = 60.0
_SLOWEST: Final = 1 / 16  # of the rate at first
_STEPS: Final = 80  # good answers from the first rate to the highest
_GENTLE: Final = 1 / 32  # of the rate at first, for an answer beyond what the server last refused


class Pace:
    """`burst` requests at once, `reserved` of them for the urgent only: these fill up again in a rest.
    `rate` requests a second now.
    """

    def __init__(self, burst: int, first: float, most: float, reserved: int, now: float) -> None:
        self._first = first
        self._most = max(first, most)
        self._room = burst - reserved
        self._reserved = reserved
        self._tokens = float(self._room)
        self._saved = float(reserved)
        self._knee = self._most
        self._at = now
        self._used = now
        self.rate = first

    def wait(self, urgent: bool, now: float) -> float:
        """Seconds until a request may be made; 0 when `take` may be called."""
        self._refill(now)
        if self._tokens >= 1 or (urgent and self._saved >= 1):
            return 0.0
        return (1 - self._tokens) / self.rate

    def take(self, now: float) -> None:
        """One request is made."""
        self._used = now
        if self._tokens >= 1:
            self._tokens -= 1
        else:
            self._saved -= 1

    def slower(self, now: float) -> None:
        """The server asks for less. What was saved up was for a server with time."""
        self._refill(now)
        self.rate = self._knee = max(self._first * _SLOWEST, self.rate / 2)
        self._tokens = min(self._tokens, 1.0)

    def answered(self, seconds: float, now: float) -> None:
        """A request went well and took that long."""
        self._refill(now)
        if seconds > SLOW_ANSWER_S:
            self.rate = max(min(self.rate, self._first), self.rate / 2)
            return
        quick = (self._most - self._first) / _STEPS
        gentle = self._first * _GENTLE
        step = gentle if self.rate >= self._knee or self.rate < self._first else max(quick, gentle)
        self.rate = min(self._most, self.rate + step)
        self._knee = max(self._knee, self.rate)

    def _refill(self, now: float) -> None:
        gained = self._tokens + (now - self._at) * self.rate
        self._tokens = min(self._room, gained)
        self._saved = min(self._reserved, self._saved + gained - self._tokens)
        self._at = now
        if now - self._used > REST_S:
            self.rate = min(self.rate, self._first)

# SPDX-License-Identifier: Apache-2.0
"""How long to wait before trying again: longer each time, and never in step with others. Pure."""

from __future__ import annotations

import random


class Backoff:
    """`next` doubles from `first` to `longest` seconds, spread by half each way; `reset` after a success.

    `spread` 0 is for what no other node asks: a kernel, a socket of this machine.
    """

    def __init__(self, first: float = 0.5, longest: float = 30.0, spread: float = 0.5) -> None:
        self._first = first
        self._longest = longest
        self._spread = spread
        self._pause = first

    def reset(self) -> None:
        self._pause = self._first

    def next(self, at_least: float | None = None) -> float:
        """Seconds; no less than the server asked for, and of that many nodes wait for, some more."""
        pause = self._pause * random.uniform(1 - self._spread, 1 + self._spread)  # noqa: S311  nothing secret
        self._pause = min(self._pause * 2, self._longest)
        asked = (at_least or 0.0) * random.uniform(1, 1 + self._spread)  # noqa: S311  nothing secret
        return max(pause, asked)

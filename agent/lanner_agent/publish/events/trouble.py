# SPDX-License-Identifier: Apache-2.0
"""What stands between alerts and the API server right now, and what was said about it. Called by the
publisher.

A trouble is said when it begins, again every five minutes while it lasts, and when it is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_AGAIN_S = 300.0
_REMEMBERED = 64


class Trouble:
    """`now` is the trouble that keeps everything from being published, or ""."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.now = ""
        self._say = say
        self._clock = clock
        self._since = 0.0
        self._said: dict[str, float] = {}

    def begins(self, kind: str, words: str) -> None:
        """Nothing gets through."""
        if not self.now:
            self._since = self._clock()
        self.now = words
        self.note(kind, words)

    def note(self, kind: str, words: str) -> None:
        """One Event did not get through; of each kind one in five minutes is said."""
        now = self._clock()
        if now - self._said.get(kind, -_AGAIN_S) < _AGAIN_S:
            return
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[kind] = now
        self._say(f"Events: {words}")

    def over(self) -> None:
        """Something got through."""
        if self.now:
            self._say(f"Events: published again after {self._clock() - self._since:.0f} s")
            self._said.clear()
        self.now = ""

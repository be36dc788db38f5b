# SPDX-License-Identifier: Apache-2.0
"""What stands between alerts and the API server right now, and what was said about it.

A trouble is said when it begins, again every five minutes while it lasts or comes back, and when it is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_COMPLAINT_EVERY_S = 300.0
_REMEMBERED = 64


class Trouble:
    """`why` is the trouble that keeps everything from being published, or "" when there is none to speak of:
    a pause of seconds is no state to report.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._words = ""
        self._since = 0.0
        self._counts_from = 0.0
        self._told = False
        self._said: dict[str, float] = {}

    @property
    def why(self) -> str:
        return self._words if self._clock() >= self._counts_from else ""

    def begins(self, kind: str, words: str, grace_s: float = 0.0) -> None:
        """Nothing gets through, or nothing will; it counts when it lasts longer than `grace_s`."""
        now = self._clock()
        if not self._words:
            self._since, self._counts_from = now, now + grace_s
        self._words = words
        self._told |= self.note(kind, words)

    def note(self, kind: str, words: str) -> bool:
        """One Event did not get through; of each kind one in five minutes is said. True: it was said."""
        now = self._clock()
        if now - self._said.get(kind, -_COMPLAINT_EVERY_S) < _COMPLAINT_EVERY_S:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[kind] = now
        self._say(f"Events: {words}")
        return True

    def over(self) -> None:
        """Something got through."""
        if self._told:
            self._say(f"Events: published again after {self._clock() - self._since:.0f} s")
        self._words, self._told = "", False

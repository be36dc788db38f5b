# SPDX-License-Identifier: Apache-2.0
"""What a user is told of an output that does not work, and of alerts that it lost: when it begins, every five
minutes, and when it is over.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from lanner_agent.publish import escape
from lanner_agent.publish.sending.carrier import Cause

AGAIN_S: Final = 300.0
CALM_S: Final = 30.0  # between one outage that is told and the next, or other words for the same one
LENGTH: Final = 300  # of the words of others


class Outage:
    """Of one output; `name` is what it is called in messages."""

    def __init__(
        self, name: str, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._say = say
        self._clock = clock
        self._since: float | None = None
        self._words: str | None = None  # that were told of this one
        self._told = -math.inf

    def goes_on(self, words: str, waiting: int) -> None:
        """One more failure."""
        now = self._clock()
        if self._since is None:
            self._since = now
        if now - self._told >= (AGAIN_S if words == self._words else CALM_S):
            what = {0: "no alert waits", 1: "1 alert waits"}.get(waiting, f"{waiting:,} alerts wait")
            self._say(f"{self._name}: {escape.shown(words, LENGTH)}; {what}")
            self._words, self._told = words, now

    def over(self, waiting: int) -> None:
        """It worked."""
        if self._since is None:
            return
        if self._words is not None:
            rest = f"; {waiting:,} alerts to go" if waiting else ""
            self._say(f"{self._name}: works again after {self._clock() - self._since:.0f} s{rest}")
        self._since = self._words = None


class Drops:
    """Alerts that one output lost."""

    def __init__(
        self, name: str, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._say = say
        self._clock = clock
        self._number = 0
        self._told = -math.inf
        self._words = ""  # of the last
        self._full: Counter[Cause] = Counter()

    def more(self, number: int, words: str) -> None:
        self._number += number
        self._words = words
        self.tell_when_due()

    def tell_when_due(self) -> None:
        """What was lost since the last time, though nothing more may be."""
        now = self._clock()
        if self._number and now - self._told >= AGAIN_S:
            what = f"{self._number:,} alert{'' if self._number == 1 else 's'}"
            self._say(f"{self._name}: {what} DROPPED, last: {escape.shown(self._words, LENGTH)}")
            self._number, self._told = 0, now

    def full(self, cause: Cause, number: int, words: str) -> None:
        """So many found no room, since the start."""
        if number > self._full[cause]:
            grown, self._full[cause] = number - self._full[cause], number
            self.more(grown, words)

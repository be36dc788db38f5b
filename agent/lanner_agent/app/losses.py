# SPDX-License-Identifier: Apache-2.0
"""Kernel counters, looked at while the agent runs -> a note when events were lost since the last look, one
that says whose were turned away, and one that says which processes were busy.

A flood must not go unseen until the summary at the end, and must not flood the terminal either: one note of
each kind in ten seconds, with everything lost since the one before.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from lanner_agent.pipeline import crowds
from lanner_agent.pipeline.summary import KernelCounter

LOSSES_EVERY_S = 10.0


class Losses:
    """`tell_when_due` is cheap until it is time to look. `crowded`: whose events were turned away since the
    start, and `busiest`: whose came in the last seconds; asked only after something was lost.
    """

    def __init__(
        self,
        lost: Callable[[], Sequence[KernelCounter]],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        crowded: Callable[[], Counter[str]] = Counter,
        busiest: Callable[[], Counter[str]] = Counter,
    ) -> None:
        self._lost = lost
        self._say = say
        self._crowded = crowded
        self._busiest = busiest
        self._clock = clock
        self._next = clock() + LOSSES_EVERY_S
        self._known: dict[tuple[str, str], int] = {}
        self._told: Counter[str] = Counter()

    def tell_when_due(self) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + LOSSES_EVERY_S
        fresh = [note for counter in self._lost() if counter.lost and (note := self._grown(counter))]
        if fresh:
            self._say("events LOST in the kernel: " + ", ".join(fresh))
            self._say_whose()

    def _say_whose(self) -> None:
        crowded = self._crowded()
        grown, self._told = crowded - self._told, crowded
        if grown:
            self._say(f"{crowds.TITLE}: {crowds.most(grown, crowds.TOLD)}")
        busiest = self._busiest()
        if busiest:
            self._say(f"{crowds.BUSIEST}: {crowds.parts(busiest)}")

    def _grown(self, counter: KernelCounter) -> str | None:
        key = (counter.event_class, counter.reason)
        more = counter.value - self._known.get(key, 0)
        self._known[key] = counter.value
        return f"{more:,} {counter.event_class} ({counter.reason})" if more > 0 else None

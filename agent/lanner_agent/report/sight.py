# SPDX-License-Identifier: Apache-2.0
"""When this node is watched and when it is not: what the hot thread does, kept on disk, and each gap said.

A start is written down at once, so that an agent that dies before it watches counts among those that were
killed.

Three threads meet here. The hot one calls `note_awake` after each batch, and does no more than to read a
clock; a thread of its own writes the moment to the disk, at most once a second, since a disk may hang; the
asyncio thread takes the gaps that are to be told as Events (blind_events).
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from lanner_agent.report import last_seen
from lanner_agent.report.last_seen import UNTOLD, Gap, LastSeen, LastSeenFile, Moment, Why

WRITE_S: Final = 1.0
MAX_SILENCE_S: Final = 8.0  # the hot loop looks up every five seconds at the latest
STEADY_S: Final = 10.0  # after an agent that was killed; twice as long after each further one
STEADIEST_S: Final = 60.0  # an agent that watched so long ends the count of those killed in a row


class Sight:
    """`counts`: gaps and their seconds, since the start and the one before it."""

    def __init__(
        self, file: LastSeenFile, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.news: Callable[[], None] = lambda: None
        self._file = file
        self._say = say
        self._clock = clock
        self._before = file.read()
        self._made = last_seen.present()
        self._kills = _killed_in_a_row(self._before, self._made.boot)
        self._begun = math.inf
        self._lock = threading.Lock()
        self._untold: list[Gap] = list(self._before.untold) if self._before else []
        self._first: Moment | None = None  # when the probes were attached
        self._looked = 0.0
        self._due = 0.0
        self._moment: Moment | None = None
        self._write_now = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._keep, name="lanner-sight", daemon=True)

    @property
    def steady_s(self) -> float:
        """For how long this agent must have watched before it counts as one that stays; 0 where the one
        before it was not killed.
        """
        return min(STEADY_S * 2 ** (self._kills - 1), STEADIEST_S) if self._kills else 0.0

    def start(self) -> None:
        """The agent begins to start: it is missed from now on."""
        self._thread.start()
        self._write_now.set()

    def attached(self) -> None:
        """The kernel's programs report from now on."""
        self._first = last_seen.present()

    def begin(self) -> None:
        """The hot loop begins: what was not seen before is said. In its thread, or before that one begins."""
        first = self._first or last_seen.present()
        if self._before is not None:
            self._tell(last_seen.gap(self._before, first))
        self._looked = self._begun = self._clock()
        self._moment = first
        self._write_now.set()

    def note_awake(self) -> None:
        """After each batch, and when none came for some seconds."""
        now = self._clock()
        silent = now - self._looked
        self._looked = now
        if silent > MAX_SILENCE_S:
            wall = time.time_ns()
            self._tell(Gap(wall - int(silent * 1e9), wall, Why.STOOD))
        if now >= self._due:
            self._due = now + WRITE_S
            self._moment = last_seen.present()
            self._write_now.set()

    def untold(self) -> tuple[Gap, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(self._untold)

    def forget_told(self, gap: Gap) -> None:
        """There is an Event of it."""
        with self._lock:
            self._untold = [one for one in self._untold if one != gap]
        self._write_now.set()

    def end(self, timeout_s: float) -> None:
        """The agent ends as it was told to."""
        self._ended = True
        if self._thread.is_alive():
            self._write_now.set()
            self._thread.join(timeout_s)

    def _tell(self, gap: Gap) -> None:
        self.counts["gaps"] += 1
        self.counts["seconds"] += round(gap.seconds)
        self._say(text(gap))
        with self._lock:
            self._untold = [*self._untold, gap][-UNTOLD:]
        self.news()

    def _keep(self) -> None:
        said = ""
        while True:
            self._write_now.wait()
            self._write_now.clear()
            ended = self._ended
            problem = self._kept(ended)
            if problem and problem != said:
                self._say(f"a gap in watching will not be noticed by the next start: {problem}")
            said = problem
            if ended:
                return

    def _kills_so_far(self) -> int:
        return 0 if self._clock() - self._begun >= STEADIEST_S else self._kills

    def _kept(self, ended: bool) -> str:
        """Why it could not be written; "" when it was."""
        try:
            self._file.write(self._state(ended))
        except OSError as error:
            return f"{self._file.path} cannot be written: {error.strerror}"
        return ""

    def _state(self, ended: bool) -> LastSeen:
        if self._moment is not None:
            return LastSeen(self._moment, ended, self.untold(), self._kills_so_far())
        if self._before is None:  # a node that is not watched since its first agent was started
            return LastSeen(self._made, ended, self.untold(), self._kills, self._made.boot)
        if ended:  # it watched nothing, and killed nothing: all is as it was
            return replace(self._before, untold=self.untold())
        return LastSeen(self._before.moment, False, self.untold(), self._kills, self._made.boot)


def _killed_in_a_row(before: LastSeen | None, boot: str) -> int:
    """Agents of this boot that ended by force, the one just before this one included."""
    if before is None or before.ended or (before.starting or before.moment.boot) != boot:
        return 0
    return before.kills + 1


def text(gap: Gap) -> str:
    """One sentence for the log and the Event."""
    begin, end = (_time(ns) for ns in (gap.begin, gap.end))
    what = "was not watched in time" if gap.why is Why.STOOD else "was not watched"
    return f"this node {what} from {begin} to {end} ({gap.seconds:.1f} s): {gap.why}"


def _time(ns: int) -> str:
    moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000 // 100_000_000}Z"

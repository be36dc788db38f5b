# SPDX-License-Identifier: Apache-2.0
"""Alerts in, the next request to the API server out; in between series, limits, turns and counts. Two threads
share it.

The hot thread calls `admit` and nothing else. The asyncio thread asks for the `next` write and says what
became of it. What both touch is changed under a lock that is held for a microsecond; nothing is rendered,
hashed or searched under it. Times are seconds of one monotonic clock unless a name says ns.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import account as accounts
from lanner_agent.publish.events import identity, sighting
from lanner_agent.publish.events.account import Account, Owner, Rank
from lanner_agent.publish.events.agenda import Agenda
from lanner_agent.publish.events.fair_queue import Bounds, FairQueue, Wait
from lanner_agent.publish.events.identity import Key
from lanner_agent.publish.events.kept_series import Kept
from lanner_agent.publish.events.limits import Limits
from lanner_agent.publish.events.loud import Loud
from lanner_agent.publish.events.rule_card import RuleCard, RuleCards
from lanner_agent.publish.events.series import Series
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.suppressed import Pods, Suppressed, Tally
from lanner_engine.fields.model import Container

SERIES_LIMIT = "suppressed_series_limit"
QUEUE_FULL = "dropped_queue_full"
_OWNERS = 64  # whose numbers are kept by name


@dataclass(frozen=True, slots=True)
class Write:
    """What to do next: create or patch the Event of a series, or, without one, write the summary."""

    series: Series | None

    @property
    def urgent(self) -> bool:
        """May use what is reserved of the node's budget."""
        return self.series is None or self.series.account.rank is Rank.URGENT


class Ledger:
    """`counts` belong to the hot thread; everything of the asyncio thread is counted by the writer."""

    def __init__(
        self,
        settings: EventSettings,
        clock: Callable[[], float] = time.monotonic,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._settings = settings
        self._clock = clock
        self._wall_ns = wall_ns
        self._cards = RuleCards()
        self._limits = Limits(settings)
        self._lock = threading.Lock()
        self._series = Kept(settings.series_kept)
        self._queue = FairQueue(Bounds.for_queue(settings.queue_length))
        self._suppressed = Suppressed()
        self._owners: Loud[Owner] = Loud(_OWNERS)  # published, suppressed, dropped
        self._summary_at = math.inf
        self._summarised_at = -math.inf
        self._suppressed_at = -math.inf
        self._telling: tuple[Tally, int] = (Counter(), 0)  # of the summary that was tried last
        self._hurried = False
        self._ended = ""  # the cause, once nothing is written any more
        self._repeated: deque[Series] = deque()  # from the hot thread to the agenda
        self._agenda = Agenda()

    # The hot thread

    def admit(self, alert: Alert) -> bool:
        """Counts the alert into its series, begins one, or suppresses it. True: look for the next write."""
        self.counts["offered"] += 1
        if alert.rule.priority > self._settings.least:
            self.counts["below_threshold"] += 1
            return False
        card, container = self._cards.card(alert.rule), sighting.container(alert)
        if not card.wishes.wanted or alert.rule.priority > card.wishes.least:
            self.counts["unwanted"] += 1
            return False
        key = identity.key(card, container, sighting.told_apart(alert, card.wishes))
        now = self._clock()
        with self._lock:
            series = self._series.get(key)
            kept = False if series is None else self._repeat(series, alert, now)
        if series is None:
            return self._begin(alert, card, container, key, now)
        if kept:
            series.latest = sighting.values(alert, card.wishes)
            self._repeated.append(series)
        return kept

    def _repeat(self, series: Series, alert: Alert, now: float) -> bool:
        self._series.seen(series)
        self.counts["repeated"] += 1
        if not series.refused:
            return series.repeat(alert.event.time, now, alert.number)
        series.seen, first = now, series.first
        return self._suppress(series.account, first.card, first.container, series.refused, alert.number)

    def _begin(self, alert: Alert, card: RuleCard, container: Container, key: Key, now: float) -> bool:
        whose, pod = accounts.booked_on(card, container), identity.subject(container)
        refusal = self._ended or self._limits.refusal(whose, pod, card, now)
        if refusal is not None:
            with self._lock:
                return self._suppress(whose, card, container, refusal, alert.number)
        series = Series(key, whose, pod, sighting.from_alert(alert, card, container), alert.event.time, now)
        series.count = alert.number
        with self._lock:
            forgotten = self._series.add(series)
            self._wait_for_creation(series)
            if forgotten is not None:
                self._lose(forgotten, SERIES_LIMIT)
        return True

    # Both, with the lock held

    def _wait_for_creation(self, series: Series) -> None:
        crowded_out = self._queue.add(series, self._clock())
        if crowded_out is not None:
            self._series.discard(crowded_out)
            self._lose(crowded_out, QUEUE_FULL)

    def _lose(self, series: Series, cause: str) -> None:
        """It is not looked at again; its alerts that the server does not know of are counted."""
        self._queue.remove(series)
        if not series.refused:
            series.refused = cause
            first, number = series.first, series.count - series.reached
            self._suppress(series.account, first.card, first.container, cause, number)

    def _suppress(
        self, whose: Account, card: RuleCard, container: Container, cause: str, number: int = 1
    ) -> bool:
        if number <= 0:
            return False
        first = self._suppressed.add(whose.owner, card.name, cause, number, self._wall_ns())
        self._suppressed.about(container, number)
        self._owners.add(whose.owner, cause.partition("_")[0], number)
        now = self._suppressed_at = self._clock()
        if first:
            settings = self._settings
            self._summary_at = max(
                now + settings.summary_delay, self._summarised_at + settings.summary_interval
            )
        return first

    # The asyncio thread

    def next(self, now: float) -> Write | None:
        """Whose turn it is; asking again gives the same one, until something became of it."""
        self._look(now)
        if now >= self._summary_at:
            return Write(None)
        with self._lock:
            series = self._queue.first(now)
        return None if series is None else Write(series)

    def next_urgent(self, now: float) -> Write | None:
        """Out of turn, for what the node's budget has in reserve."""
        with self._lock:
            series = self._queue.first(now, (Rank.URGENT,))
        return None if series is None else Write(series)

    def next_at(self, now: float) -> float:
        """When `next` may have something that it does not have now, if no alert comes."""
        with self._lock:
            return min(self._agenda.next_at(), self._summary_at, self._queue.next_at(now))

    def note_written(self, series: Series, count: int, now: float, patched: bool) -> None:
        """The server knows of `count` alerts."""
        with self._lock:
            self._queue.turn(series)
            self._queue.remove(series)
            if not series.reached:
                self._owners.add(series.account.owner, "published")
            series.told, series.told_at, series.patched, series.tries = count, now, patched, 0
            series.reached = max(series.reached, count)
        self._agenda.drop(series)
        self._plan(series)

    def recreate(self, series: Series) -> None:
        """Its Event is on the server no more: it is created anew, and counted again."""
        self._agenda.drop(series)
        with self._lock:
            self._queue.turn(series)
            self._queue.remove(series)
            series.told, series.before = 0, 0
            self._wait_for_creation(series)

    def refused(self, series: Series, cause: str) -> None:
        """The server will not take it. Repeats count as refused too, until they stop for a while."""
        with self._lock:
            self._queue.turn(series)
            self._lose(series, cause)
        self._agenda.drop(series)
        self._plan(series)

    def hold(self, series: Series, until: float) -> None:
        """The server fails on it: nothing of its account is tried before, others go on."""
        with self._lock:
            self._queue.turn(series)
            self._queue.hold(series, until)

    def tally(self) -> tuple[Tally, int]:
        """What a summary tells, and since when (wall clock, ns). The same until it is on the server or
        refused: it may be there though the answer was lost, and then what came later is not in it.
        """
        with self._lock:
            if not self._telling[0]:
                self._telling = self._suppressed.pending(), self._suppressed.since
            return self._telling

    def loud_pods(self) -> Pods:
        """In which pods that was, the loudest first."""
        with self._lock:
            return self._suppressed.pods()

    def summarised(self, tally: Tally, now: float) -> None:
        """The summary with that tally is on the server."""
        with self._lock:
            self._suppressed.forget_told(tally, self._wall_ns())
            self._telling, self._summarised_at = (Counter(), 0), now
            pause = 0.0 if self._hurried else self._settings.summary_interval
            self._summary_at = now + pause if self._suppressed.since else math.inf

    def postpone_summary(self, now: float, *, refused: bool) -> None:
        """The server refused it: its counts go into the next one. Or failed on it: others go first."""
        settings = self._settings
        with self._lock:
            self._summary_at = now + (settings.summary_interval if refused else settings.summary_delay)
            if refused:
                self._telling = Counter(), 0

    def hurry(self, now: float) -> None:
        """The end is near: whatever is not told yet, the summary included, is due at once."""
        with self._lock:
            untold = [series for series in self._series.all() if 0 < series.told < series.count]
            self._hurried = True
            if self._suppressed.since:
                self._summary_at = now
            for series in untold:
                self._agenda.drop(series)
                self._queue.add_due(series, now)

    def end(self, cause: str) -> None:
        """Counts everything that has not reached the server, from here on too."""
        self._ended = cause
        with self._lock:
            for series in self._series.all():
                self._lose(series, cause)

    def suppressed_since(self, then: float) -> bool:
        """Whether alerts were held back or lost after that time."""
        return self._suppressed_at >= then

    def figures(self) -> dict[str, int]:
        """Counts and sizes for people; see docs."""
        with self._lock:
            totals = dict(self._suppressed.totals)
            sizes = {"queue_length": len(self._queue), "series_active": len(self._series)}
        return dict(self.counts) | totals | sizes

    def waits(self) -> list[Wait]:
        """What waits for the server now, by account."""
        with self._lock:
            return self._queue.waits()

    def owners(self) -> tuple[dict[Owner, Counter[str]], Counter[str]]:
        """What became of alerts since the start, by whose they are; and the numbers of the rest."""
        with self._lock:
            return self._owners.names(), Counter(self._owners.others)

    def _look(self, now: float) -> None:
        while self._repeated:
            self._plan(self._repeated.popleft())
        while (series := self._agenda.take_due(now)) is not None:
            if series.due(self._settings) > now:
                self._plan(series)
            elif not self._forgotten(series):
                with self._lock:
                    self._queue.add_due(series, now)

    def _forgotten(self, series: Series) -> bool:
        """Its end has come and nothing is left to write; a repeat that came just now keeps it."""
        with self._lock:
            if not series.finished or series.due(self._settings) > self._clock():
                return False
            self._series.discard(series)
            return True

    def _plan(self, series: Series) -> None:
        due = series.due(self._settings)
        if due < math.inf:
            self._agenda.put(series, due)

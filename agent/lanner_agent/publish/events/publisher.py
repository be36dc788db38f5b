# SPDX-License-Identifier: Apache-2.0
"""Alerts in on the hot thread, Events out on the asyncio thread. The rest of the agent knows nothing of
Events but this class.

One request at a time, at a pace that follows the API server's answers: one that is slow or away is asked by
one request, not by a thousand. A request that fails for reasons of its own holds up its account only.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish import escape
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import buckets, outcome, standing
from lanner_agent.publish.events.delay import Delay
from lanner_agent.publish.events.ledger import Ledger, Write
from lanner_agent.publish.events.outcome import Fate, Outcome
from lanner_agent.publish.events.pace import Pace
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.trouble import Trouble
from lanner_agent.publish.events.writer import Writer
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

LAST_WORDS_S = 2.0  # from the end of `run` to its return
_GRACE_S = 3.0  # how long the server may fail before that is the state of this node
_RECENTLY_S = 600.0  # two summaries
_FIRST_PAUSE_S = 0.25
_MAX_PAUSE_S = 10.0  # of a server that is away: it is asked that often whether it is back
_SPREAD: Final = 0.25  # more than a server asks to wait for, at most: nodes do not come back in step
_NAMED: Final = 10  # owners in `namespaces`


PUBLISHING: Final = "Publishing"  # reasons of the condition EventsPublished
NOT_PUBLISHING: Final = "NotPublishing"
DELAYED: Final = "Delayed"
_WELL: Final = "Events are published"


class EventsPublisher:
    """`offer` from the hot thread, `run` once on the asyncio thread, `counts` and `healthy` from anywhere."""

    title: Final = "Events"

    def __init__(
        self, api: Api, node: NodeIdentity, settings: EventSettings, say: Callable[[str], None]
    ) -> None:
        now = time.monotonic()
        self._settings = settings
        self._ledger = Ledger(settings)
        self._writer = Writer(api, node, settings)
        reserved = buckets.reserved(settings.node_burst, settings.reserve)
        rates = settings.node_qps, settings.node_most_qps
        self._pace = Pace(settings.node_burst, *rates, reserved, now)
        self._delay = Delay(say)
        self._failures = 0  # of the server's own, one after the other
        self._trouble = Trouble(say)
        self._backoff = Backoff(_FIRST_PAUSE_S, _MAX_PAUSE_S)
        self._paused_until = -math.inf
        self._counts: Counter[str] = Counter()  # of the asyncio thread
        self._failed: Counter[str] = Counter()  # of the hot thread
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._woken = False

    def offer(self, alert: Alert) -> None:
        """Counts the alert, and keeps what an Event will need of it. Never blocks, never raises."""
        try:
            if self._ledger.admit(alert):
                self._rouse()
        except Exception as error:  # an Event must never cost the alert on standard output
            self._failed["failed"] += 1
            self._trouble.note("failed", f"an alert was given up, please report this: {_shown(error)}")

    async def run(self) -> None:
        """Until cancelled; then what the budget allows is written, for two seconds at most.

        After an unforeseen error it may be run again, and goes on.
        """
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                await self._sleep(await self._turn())
        except asyncio.CancelledError:
            await self._end()
            raise
        finally:
            self._loop = None

    def lost(self) -> Mapping[str, int]:
        """None: every alert stands on standard output too; `counts` says what became no Event."""
        return {}

    def reopen(self) -> None:
        """Nothing is open between two requests."""

    def close(self) -> None:
        """The end of `run` was it."""

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._last_words()
        except TimeoutError:
            pass  # the server hangs: what it did not take is counted
        finally:
            self._ledger.end("dropped_at_end")

    def counts(self) -> Mapping[str, int]:
        """Since the start, and the lengths right now; what never happened may be left out.

        Alerts: offered = below_threshold + unwanted (by their object) + repeated + suppressed_* + dropped_*
        + begun a series of their own.
        Requests: published, series_patched, series_continued, summaries; retries, throttled. Now:
        queue_length, series_active, oldest_wait_s. failed: errors of our own, said once.
        """
        now = time.monotonic()
        oldest = min((wait.since for wait in self._ledger.waits()), default=now)
        return {
            **self._ledger.figures(),
            **self._writer.counts,
            **self._counts,
            **self._failed,
            "oldest_wait_s": int(now - oldest),
        }

    def namespaces(self) -> list[dict[str, Any]]:
        """What became of alerts, by whose rules they are of and where: the loudest, then all others together.

        As FalcoNode's status has it.
        """
        return standing.by_owner(*self._ledger.owners(), self._ledger.waits(), _NAMED, time.monotonic())

    def healthy(self) -> tuple[bool, str]:
        """Whether Events got through when last tried and none waits long, and if not, why."""
        reason, words = self.state()
        return reason == PUBLISHING, words

    def state(self) -> tuple[str, str]:
        """The same as reason and message of a condition. Looks after what waits too long: to be called every
        few seconds.
        """
        now = time.monotonic()
        self._delay.update(self._ledger.waits(), now)
        why = self._trouble.why
        if why:
            return NOT_PUBLISHING, f"{why}; {self._ledger.figures()['queue_length']} alerts wait"
        if self._delay.late:
            return DELAYED, self._delay.words
        if self._ledger.suppressed_since(now - _RECENTLY_S):
            return PUBLISHING, f"{_WELL}; not all alerts became one, see Events of reason AlertsSuppressed"
        return PUBLISHING, _WELL

    def _rouse(self) -> None:
        """Once for many alerts. The flag is cleared before the ledger is asked, so nothing is overslept."""
        loop = self._loop
        if loop is None or self._woken:
            return
        self._woken = True
        with contextlib.suppress(RuntimeError):  # the loop was closed just now
            loop.call_soon_threadsafe(self._wake.set)

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds if seconds < math.inf else None):
                    await self._wake.wait()
        self._wake.clear()
        self._woken = False

    async def _turn(self) -> float:
        """One write, if one is due and allowed. Seconds until the next look, unless an alert comes."""
        now = time.monotonic()
        if now < self._paused_until:
            return self._paused_until - now
        write = self._ledger.next(now)
        if write is None:
            return self._ledger.next_at(now) - now
        wait = self._pace.wait(write.urgent, now)
        if wait > 0:
            urgent = self._ledger.next_urgent(now)
            if urgent is None or self._pace.wait(urgent.urgent, now) > 0:
                return wait
            write = urgent
        self._pace.take(now)
        await self._attempt(write)
        return 0.0

    async def _attempt(self, write: Write) -> bool:
        """False when nothing more can be written for now."""
        patching = write.series is not None and write.series.told > 0
        began = time.monotonic()
        try:
            await self._perform(write)
        except ApiError as error:
            self._react(write, outcome.from_error(error, patching))
        except Exception as error:  # one Event must not end all others
            words = f"an Event was given up, please report this: {_shown(error)}"
            self._react(write, Outcome(Fate.DROP, words, "dropped_failed"))
        else:
            self._trouble.over()
            self._backoff.reset()
            self._failures = 0
            now = time.monotonic()
            self._pace.answered(now - began, now)
        return time.monotonic() >= self._paused_until

    async def _perform(self, write: Write) -> None:
        series = write.series
        if series is None:
            tally, since_ns = self._ledger.tally()
            await self._writer.summary(tally, since_ns, time.time_ns(), self._ledger.loud_pods())
            self._ledger.summarised(tally, time.monotonic())
            return
        patching = series.told > 0
        told = await (self._writer.patch(series) if patching else self._writer.create(series))
        self._ledger.note_written(series, told, time.monotonic(), patching or told > 1)

    def _react(self, write: Write, result: Outcome) -> None:
        if result.fate is Fate.GONE and write.series is not None:
            self._ledger.recreate(write.series)
        elif result.fate in (Fate.GONE, Fate.DROP):
            self._drop(write, result)
        elif result.fate is Fate.RETRY:
            self._retry(write, result)
        else:
            self._wait(write, result)

    def _wait(self, write: Write, result: Outcome) -> None:
        """The server is away, or asks for less. One that is there is asked for another account next: a queue
        of its own that is full (API priority and fairness, by namespace) must not stand for all.
        """
        self._counts["retries"] += 1
        if result.fate is Fate.SLOW:
            self._counts["throttled"] += 1
            self._pace.slower(time.monotonic())
        pause = self._pause(result.retry_after)
        self._trouble.begins("slow" if result.fate is Fate.SLOW else "hold", result.words, _GRACE_S)
        if result.here:  # until others had their turn, or an urgent one would be asked for ever
            self._hold(write, max(result.retry_after or _MAX_PAUSE_S, pause + _FIRST_PAUSE_S))

    def _retry(self, write: Write, result: Outcome) -> None:
        """One failure may be due to one namespace; the next one in a row is the server's."""
        self._counts["retries"] += 1
        self._failures += 1
        if self._failures > 1:
            self._pause(result.retry_after)
        self._trouble.begins("retry", result.words, _GRACE_S)
        if write.series is not None:
            write.series.tries += 1
            if write.series.tries >= self._settings.tries:
                self._ledger.refused(write.series, result.cause)
                return
        self._hold(write, result.retry_after)

    def _hold(self, write: Write, at_least: float | None) -> None:
        """Others go on."""
        series, now = write.series, time.monotonic()
        if series is None:
            self._ledger.postpone_summary(now, refused=False)
            return
        pause = min(_FIRST_PAUSE_S * 2**series.tries, _MAX_PAUSE_S)
        self._ledger.hold(series, now + max(pause, at_least or 0.0) * _jitter())

    def _drop(self, write: Write, result: Outcome) -> None:
        if result.cause == "dropped_forbidden":
            self._trouble.begins(result.cause, result.words)
        else:
            self._trouble.note(result.cause, result.words)
        if write.series is None:
            self._ledger.postpone_summary(time.monotonic(), refused=True)
        else:
            self._ledger.refused(write.series, result.cause)

    def _pause(self, at_least: float | None) -> float:
        """Seconds of rest."""
        pause = self._backoff.next((at_least or 0.0) * _jitter())
        self._paused_until = time.monotonic() + pause
        return pause

    async def _last_words(self) -> None:
        """As much as the budget and a server that answers allow."""
        now = time.monotonic()
        self._ledger.hurry(now)
        while (write := self._ledger.next(now)) is not None and not self._pace.wait(write.urgent, now):
            self._pace.take(now)
            if not await self._attempt(write):
                return
            now = time.monotonic()


def _jitter() -> float:
    return 1 + random.uniform(0, _SPREAD)  # noqa: S311  nothing secret


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {escape.shown(str(error))}"

# SPDX-License-Identifier: Apache-2.0
"""Alerts in on the hot thread, Events out on the asyncio thread. Made by cli/; the rest of the agent knows
nothing of Events but this class.

One request at a time: a node may make one a second, and an API server that is slow or away is asked by one
request, not by a thousand.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping

from lanner_agent.apiserver.identity import NodeIdentity
from lanner_agent.publish import escape
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import buckets, outcome
from lanner_agent.publish.events.buckets import Budget
from lanner_agent.publish.events.ledger import Ledger, Write
from lanner_agent.publish.events.outcome import Fate, Outcome
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.trouble import Trouble
from lanner_agent.publish.events.writer import Writer
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

LAST_WORDS_S = 2.0  # from the end of `run` to its return
_GRACE_S = 3.0  # how long the server may fail before that is the state of this node
_RECENTLY_S = 600.0  # two summaries
_LONGEST_PAUSE_S = 10.0  # of a server that is away: it is asked that often whether it is back


class EventsPublisher:
    """`offer` from the hot thread, `run` once on the asyncio thread, `counts` and `healthy` from anywhere."""

    def __init__(
        self, api: Api, node: NodeIdentity, settings: EventSettings, say: Callable[[str], None]
    ) -> None:
        now = time.monotonic()
        self._settings = settings
        self._ledger = Ledger(settings)
        self._writer = Writer(api, node, settings)
        reserved = buckets.reserved(settings.node_burst, settings.reserve)
        self._budget = Budget(settings.node_burst, settings.node_qps, reserved, now)
        self._trouble = Trouble(say)
        self._backoff = Backoff(0.25, _LONGEST_PAUSE_S)
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

        After an error that nobody foresaw it may be run again, and goes on.
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

        Alerts: offered = below_threshold + repeated + suppressed_* + dropped_* + begun a series of their own.
        Requests: published, series_patched, series_continued, summaries; retries, throttled. Now:
        queue_length, series_active. failed: errors of our own, said once.
        """
        return self._ledger.figures() | dict(self._writer.counts) | dict(self._counts) | dict(self._failed)

    def healthy(self) -> tuple[bool, str]:
        """Whether Events got through when last tried, and if not, why."""
        why = self._trouble.why
        if not why and self._ledger.suppressed_since(time.monotonic() - _RECENTLY_S):
            return (
                True,
                "Events are published; not all alerts became one, see Events of reason AlertsSuppressed",
            )
        if not why:
            return True, "Events are published"
        return False, f"{why}; {self._ledger.figures()['queue_length']} alerts wait"

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
            return self._ledger.next_at() - now
        wait = self._budget.wait(write.urgent, now)
        if wait > 0:
            return wait
        self._budget.take()
        await self._attempt(write)
        return 0.0

    async def _attempt(self, write: Write) -> bool:
        """False when nothing more can be written for now."""
        patching = write.series is not None and write.series.told > 0
        try:
            await self._perform(write)
        except ApiError as error:
            self._react(write, outcome.of(error, patching))
        except Exception as error:  # one Event must not end all others
            words = f"an Event was given up, please report this: {_shown(error)}"
            self._react(write, Outcome(Fate.DROP, words, "dropped_failed"))
        else:
            self._trouble.over()
            self._backoff.reset()
            self._budget.faster(time.monotonic())
        return time.monotonic() >= self._paused_until

    async def _perform(self, write: Write) -> None:
        series = write.series
        if series is None:
            tally, since_ns = self._ledger.tally()
            await self._writer.summary(tally, since_ns, time.time_ns())
            self._ledger.summarised(tally, time.monotonic())
            return
        patching = series.told > 0
        told = await (self._writer.patch(series) if patching else self._writer.create(series))
        self._ledger.written(series, told, time.monotonic(), patching or told > 1)

    def _react(self, write: Write, result: Outcome) -> None:
        if result.fate is Fate.HOLD:
            self._pause(result.retry_after)
            self._trouble.begins("hold", result.words, _GRACE_S)
        elif result.fate is Fate.SLOW:
            self._counts["throttled"] += 1
            self._budget.slower(time.monotonic())
            self._pause(result.retry_after)
            self._trouble.begins("slow", result.words, _GRACE_S)
        elif result.fate is Fate.RETRY:
            self._retry(write, result)
        elif result.fate is Fate.GONE and write.series is not None:
            self._ledger.gone(write.series)
        else:
            self._drop(write, result)

    def _retry(self, write: Write, result: Outcome) -> None:
        self._pause(result.retry_after)
        self._trouble.begins("retry", result.words, _GRACE_S)
        if write.series is None:
            return
        write.series.tries += 1
        if write.series.tries >= self._settings.tries:
            self._ledger.refused(write.series, result.cause)

    def _drop(self, write: Write, result: Outcome) -> None:
        if result.cause == "dropped_forbidden":
            self._trouble.begins(result.cause, result.words)
        else:
            self._trouble.note(result.cause, result.words)
        if write.series is None:
            self._ledger.postpone_summary(time.monotonic())
        else:
            self._ledger.refused(write.series, result.cause)

    def _pause(self, at_least: float | None) -> None:
        self._counts["retries"] += 1
        self._paused_until = time.monotonic() + self._backoff.next(at_least)

    async def _last_words(self) -> None:
        """As much as the budget and a server that answers allow."""
        now = time.monotonic()
        self._ledger.hurry(now)
        while (write := self._ledger.next(now)) is not None and not self._budget.wait(write.urgent, now):
            self._budget.take()
            if not await self._attempt(write):
                return
            now = time.monotonic()


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {escape.shown(str(error))}"

# SPDX-License-Identifier: Apache-2.0
"""An output with a queue and a thread of its own: what it is offered goes to a carrier, in order, tried again
until it is through.

`offer` keeps a snapshot and no more. Forming, redacting, escaping and sending are the thread's, so a carrier
that hangs holds up only itself. A plain thread and not a task of an event loop: a file on a disk that hangs,
a resolver that does not answer would stop all tasks of a loop.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lanner_agent.publish import escape
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.sending import shares
from lanner_agent.publish.sending.alert_queue import AlertQueue
from lanner_agent.publish.sending.carrier import Carrier, Cause, LaterError, RefusedError
from lanner_agent.publish.sending.outage import Drops, Outage
from lanner_agent.publish.sending.spool import Spool
from lanner_agent.publish.settings.base import Queued
from lanner_agent.publish.snapshot import Snapshot
from lanner_apiserver.backoff import Backoff

LOOK_S: Final = 1.0
END_S: Final = 2.0
TRIES: Final = 8  # of what may itself be the reason
FIRST_S, LONGEST_S = 0.5, 30.0  # pauses between tries
SENT, RETRIED, BELOW, WAITING, DROPPED = "sent", "retried", "below threshold", "waiting", "dropped"
FULL: Final = (Cause.QUEUE_FULL, Cause.SHARE_FULL)
TOLD: Final = frozenset({SENT, RETRIED, DROPPED})


class Delivery:
    """`name` is the output's in the settings."""

    def __init__(self, name: str, carrier: Carrier, settings: Queued, say: Callable[[str], None]) -> None:
        self.title = f"output {name}"
        self._name = name
        self._carrier = carrier
        self._least = settings.minimum_priority
        self._queue = AlertQueue(settings.queue_alerts, settings.queue_bytes)
        self._crowd = settings.queue_alerts // 2
        self._spool = None if settings.spool is None else Spool(name, settings.spool, say)
        self._drop = self._queue.drop  # from where what is being sent was taken
        self._moved = False  # to the disk, since it was taken
        self._taking = threading.Lock()  # what leaves the queue; never held while something is sent
        self._over = False  # what was taken is the disk's
        self._offered: Counter[str] = Counter()  # of the hot thread
        self._counts: Counter[str] = Counter()  # of the other one
        self._lost: Counter[Cause] = Counter()
        where = f"{self.title} ({escape.shown(carrier.target)})"
        self._outage = Outage(where, say)
        self._drops = Drops(where, say)
        self._backoff = Backoff(FIRST_S, LONGEST_S)
        self._reopen = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lanner-{name}", daemon=True)
        self._thread.start()

    def offer(self, alert: Alert) -> None:
        if alert.rule.priority > self._least:
            self._offered[BELOW] += 1
        elif (cause := self._queue.put(alert.snapshot)) is not None:
            self._offered[cause] += 1

    def lost(self) -> Mapping[str, int]:
        return {f"{self._name}: {cause}": number for cause, number in self.dropped().items()}

    def dropped(self) -> dict[Cause, int]:
        """Alerts that never arrived, by cause."""
        full = Counter({cause: number for cause in FULL if (number := self._offered[cause])})
        return dict(Counter(self._lost) + full)

    def counts(self) -> Mapping[str, int]:
        below, waiting = self._offered[BELOW], len(self._queue)
        now = {BELOW: below, WAITING: waiting}
        return (
            dict(self._counts)
            | dict(self._carrier.counts())
            | ({} if self._spool is None else dict(self._spool.counts()))
            | {word: number for word, number in now.items() if number}
        )

    def told(self) -> dict[str, int]:
        """The words of TOLD, behind the output's name."""
        counts = {**self._counts, DROPPED: sum(self.dropped().values())}
        return {f"{self._name} {word}": counts[word] for word in TOLD if word in counts}

    def reopen(self) -> None:
        self._reopen = True  # no lock: a signal handler calls it

    def close(self) -> None:
        """Two seconds for what is left, as many for the disk to take it; the rest is counted."""
        self._ending.set()
        self._queue.close()
        self._thread.join(END_S)
        if self._spool is not None:  # a thread, since a disk may hang
            keeping = threading.Thread(target=self._keep, args=(self._spool,), daemon=True)
            keeping.start()
            keeping.join(END_S)
        left = len(self._queue)
        if left:
            self._lost[Cause.AT_END] += left
            self._queue.drop(left)

    def _keep(self, spool: Spool) -> None:
        """Beside a thread that may still hang in what it sends: that arrives twice rather than never."""
        with self._taking:
            self._over = True
        self._spill()
        spool.close()

    def _run(self) -> None:
        while not self._ended() and self._goes_on():
            pass
        self._carrier.close()

    def _goes_on(self) -> bool:
        """One turn. No error may end the thread: an output without one fills its queue and says nothing."""
        try:
            return self._turn()
        except Exception as error:
            self._outage.goes_on(f"please report this: {_words(error)}", self._waiting())
            return not self._ending.wait(LOOK_S)

    def _turn(self) -> bool:
        """False when the agent ends before what was taken was through."""
        if self._spool is not None and (kept := self._spool.first(self._carrier.batch)):
            if self._ending.is_set():
                return False  # what is in memory is newer
            if len(self._queue) > self._crowd:
                self._spill()
            self._attend(idle=False)
            self._drop = self._spool.drop
            return self._deliver(kept)
        alerts = self._queue.first(self._carrier.batch, LOOK_S)
        self._attend(idle=not alerts)
        formed = self._formed(alerts)
        self._drop, self._moved = self._queue.drop, False
        self._release(len(alerts) - len(formed))
        return self._deliver(formed)

    def _spill(self) -> None:
        """Moves what waits in memory to the disk, as far as that takes it."""
        if self._spool is None:
            return
        for _ in range(len(self._queue)):
            with self._taking:
                if not (alerts := self._queue.first(1, 0.0)):
                    return
                for formed in self._formed(alerts):
                    if not self._keeps(self._spool, formed, alerts[0]):
                        return
                self._queue.drop(1)
                self._moved = True

    def _keeps(self, spool: Spool, formed: bytes, alert: Snapshot) -> bool:
        """False when it has to wait in memory. What finds its share of the disk full makes way for others
        behind it, at the end or when memory is crowded.
        """
        if spool.put(formed, shares.keys(alert), shares.is_urgent(alert)):
            return True
        if not spool.crowded or not (self._over or len(self._queue) > self._crowd):
            return False
        self._lost[Cause.SHARE_FULL] += 1
        self._drops.more(1, f"too many waited on the disk of {spool.crowded}")
        return True

    def _release(self, number: int) -> None:
        """The first of what was taken wait no more."""
        with self._taking:
            if not self._over:
                self._drop(number)

    def _waiting(self) -> int:
        return len(self._queue) + (0 if self._spool is None else len(self._spool))

    def _ended(self) -> bool:
        return self._ending.is_set() and not len(self._queue)

    def _attend(self, *, idle: bool) -> None:
        self._drops.full(Cause.QUEUE_FULL, self._offered[Cause.QUEUE_FULL], "its queue is full")
        shared = f"too many waited of {self._queue.crowded}"
        self._drops.full(Cause.SHARE_FULL, self._offered[Cause.SHARE_FULL], shared)
        self._drops.tell_when_due()
        try:
            if self._reopen:
                self._reopen = False
                self._carrier.reopen()
            if idle:
                self._carrier.idle()
        except Exception as error:
            self._outage.goes_on(_words(error), self._waiting())

    def _deliver(self, formed: Sequence[bytes]) -> bool:
        """False when the agent ends before all of them were through."""
        tries = 0
        while formed:
            try:
                sent = self._carrier.send(formed)
                self._through(sent)
                formed, tries = formed[sent:], 0
            except RefusedError as error:
                self._refuse(error)
                formed, tries = formed[error.of :], 0
            except (LaterError, OSError) as error:
                later = error if isinstance(error, LaterError) else LaterError(_words(error))
                self._done(later.sent)
                formed = formed[later.sent :]
                tries = 0 if later.sent else tries + later.suspect
                if tries >= TRIES:  # the first is the one that is suspected
                    self._give_up(Cause.TRIES, 1, f"given up after {TRIES} tries: {later}")
                    formed, tries = formed[1:], 0
                    continue
                if not self._pause(later):
                    return False
                if self._moved and self._drop == self._queue.drop:
                    return True  # they come from the disk now
            except Exception as error:
                self._give_up(Cause.FAILED, len(formed), f"given up, please report this: {_words(error)}")
                return True
        return True

    def _formed(self, alerts: Sequence[Snapshot]) -> list[bytes]:
        formed = []
        for alert in alerts:
            try:
                formed.append(self._carrier.form(alert))
            except Exception as error:  # one alert must not end all others
                self._lost[Cause.FAILED] += 1
                self._drops.more(1, f"given up, please report this: {_words(error)}")
        return formed

    def _through(self, number: int) -> None:
        self._done(number)
        self._backoff.reset()
        self._outage.over(self._waiting())

    def _done(self, number: int) -> None:
        self._counts[SENT] += number
        self._release(number)

    def _refuse(self, error: RefusedError) -> None:
        self._give_up(Cause.REFUSED, error.number, str(error))
        self._through(error.of - error.number)

    def _give_up(self, cause: Cause, number: int, words: str) -> None:
        self._lost[cause] += number
        self._release(number)
        self._drops.more(number, words)

    def _pause(self, later: LaterError) -> bool:
        """False at the end: what was tried then is not tried again."""
        self._counts[RETRIED] += 1
        self._outage.goes_on(str(later), self._waiting())
        self._spill()
        was_ending = self._ending.is_set()
        until = time.monotonic() + self._backoff.next(later.after)
        while not self._ending.is_set() and not self._reopen and (left := until - time.monotonic()) > 0:
            self._ending.wait(min(left, LOOK_S))
            if len(self._queue) > self._crowd:
                self._spill()
        self._attend(idle=False)
        return not was_ending


def _words(error: Exception) -> str:
    if isinstance(error, LaterError):
        return str(error)
    if isinstance(error, OSError) and (error.strerror or str(error)):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

# SPDX-License-Identifier: Apache-2.0
"""Questions in, answers into `Answers`: the thread that has the container runtime asked.

The hot loop asks by `ask` and goes on. This thread tries a question, tries it again while its time lasts, and
answers it in any case: with the facts or with the reason why there are none. Beside the questions, and only
when none waits, everything the runtime already runs is looked up (at every connection), and what its events
announce, where it has events.

A runtime that is away is asked again after a pause; in between, this thread sleeps. One that has said nothing
for some seconds is asked whether it is there: not every runtime has events, whose end would tell.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from lanner_agent.enrich import answers, askers
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.cluster_facts import ClusterFacts
from lanner_agent.enrich.cri.failure import CRIError, Reason
from lanner_apiserver.backoff import Backoff
from lanner_engine.fields.model import Container

if TYPE_CHECKING:
    from lanner_agent.enrich.cri.lookup import Lookup

# The runtime may know a pod's container a moment after its first process; an alert waits two seconds at most.
POD_SECONDS: Final = 1.9
# What Kubernetes did not start the CRI will hardly ever know; people want their alert.
OTHER_SECONDS: Final = 0.4
FIRST_RETRY: Final = 0.02
MAX_RETRY: Final = 0.3
RECONNECT_S: Final = (0.25, 1.0)  # the first and the longest pause
# Without a question: how soon to look whether a runtime is there again, or at all; doubles.
FIRST_IDLE: Final = 0.5
MAX_IDLE: Final = 10.0
MAX_QUIET_S: Final = 10.0  # without an answer of a runtime that is connected
# An Unknown that is still wanted is asked about again, less and less often.
FIRST_PAUSE: Final = 5.0
MAX_PAUSE: Final = 60.0
BACKGROUND: Final = answers.CAPACITY
_AWAY: Final = frozenset((Reason.UNAVAILABLE, Reason.TIMEOUT))  # no runtime listens, or it stands still
# Asking again at once would not help.
_FINAL: Final = frozenset((Reason.NO_SOCKET, Reason.PERMISSION_DENIED, Reason.NOT_CRI, Reason.TOO_LARGE))


@dataclass(frozen=True, slots=True)
class Question:
    """`deadline`: monotonic seconds. `retry`: pause before the next attempt. `early`: no event of it was seen
    yet.
    """

    identity: Identity
    deadline: float
    retry: float = FIRST_RETRY
    early: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """A connection's stream of events ended."""

    connection: Lookup
    error: CRIError


Message = Question | Identity | askers.Answered | Lost | bytes | None


class Worker:
    """`find` gives the socket's path or raises CRIError; it is asked before every connection."""

    def __init__(self, known: answers.Answers, find: Callable[[], str], facts: ClusterFacts) -> None:
        self._known = known
        self._find = find
        self._facts = facts
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._askers = askers.Askers(self._inbox.put)
        self._due: list[tuple[float, int, Question]] = []
        self._order = itertools.count()
        self._background: deque[bytes] = deque(maxlen=BACKGROUND)
        self._lookup: Lookup | None = None
        self._error: CRIError | None = None
        self._reconnect_at = 0.0
        self._reconnect = Backoff(*RECONNECT_S, spread=0)
        self._idle = FIRST_IDLE
        self._heard_at = 0.0  # the last answer
        self._thread = threading.Thread(target=self._run, name="lanner-containers", daemon=True)
        self._without_events = False
        self.first_inventory = threading.Event()

    def start(self) -> None:
        """Begin with the inventory."""
        self._thread.start()

    def ask(self, identity: Identity) -> None:
        """Called by the hot loop; returns at once."""
        patience = POD_SECONDS if identity.pod_uid else OTHER_SECONDS
        self._inbox.put(Question(identity, time.monotonic() + patience))

    def announce(self, identity: Identity) -> None:
        """A container is being made. Returns at once."""
        self._inbox.put(identity)

    def close(self, timeout: float = 5.0) -> None:
        """End the thread and the connection."""
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)

    @property
    def connected(self) -> bool:
        return self._lookup is not None

    def state(self) -> str:
        """One line for people: which runtime answers, or why none does."""
        lookup, error = self._lookup, self._error
        if lookup is not None:
            lacks = " (without events: containers are looked up when first seen)"
            return f"{lookup}{lacks if self._without_events else ''}"
        return str(error) if error else "not connected yet"

    def _run(self) -> None:
        self._connect_quietly()
        self.first_inventory.set()
        while self._receive():
            self._step()
        if self._lookup is not None:
            self._lookup.close()
        self._askers.close()

    def _receive(self) -> bool:
        """Everything in the inbox, waiting for it until there is something else to do; False at the end."""
        patience = self._patience()
        try:
            message = self._inbox.get(timeout=patience) if patience > 0 else self._inbox.get_nowait()
            while self._take(message):
                message = self._inbox.get_nowait()
        except queue.Empty:
            return True
        return False

    def _take(self, message: Message) -> bool:
        if isinstance(message, Question):
            heapq.heappush(self._due, (time.monotonic(), next(self._order), message))
        elif isinstance(message, Identity):
            self._begin(message)
        elif isinstance(message, askers.Answered):
            if not (isinstance(message.found, CRIError) and message.found.reason in _AWAY):
                self._heard_at = time.monotonic()
            self._askers.taken(message)
        elif isinstance(message, bytes):
            self._background.append(message)
        elif isinstance(message, Lost) and message.connection is self._lookup:
            self._disconnect(message.error)
        return message is not None

    def _begin(self, identity: Identity) -> None:
        """Once for each container, though on cgroup v1 each controller announces it."""
        answer = answers.Pending(answers.bare(identity))
        if self._known.add(identity, answer).answer is answer:
            patience = POD_SECONDS if identity.pod_uid else OTHER_SECONDS
            question = Question(identity, time.monotonic() + patience, early=True)
            heapq.heappush(self._due, (time.monotonic(), next(self._order), question))

    def _patience(self) -> float:
        """Seconds until there is something to do without a message."""
        if self._background and self._lookup is not None and not self._askers.busy:
            return 0.0
        if self._due and not self._askers.full:
            return max(0.0, self._due[0][0] - time.monotonic())
        return self._until_knock() if self._lookup is not None else self._idle

    def _until_knock(self) -> float:
        """Nothing is asked beside another question, whose answer will tell."""
        return MAX_QUIET_S if self._askers.busy else max(0.0, self._heard_at + MAX_QUIET_S - time.monotonic())

    def _step(self) -> None:
        """The question that is due longest, else one container of the background, else a connection."""
        if self._due and self._due[0][0] <= time.monotonic():
            if not self._askers.full:
                self._try(heapq.heappop(self._due)[2])
        elif self._background and self._lookup is not None:
            if not self._askers.busy:
                self._look_up_quietly(self._background.popleft())
        elif self._lookup is not None and self._until_knock() <= 0:
            self._askers.knock(self._lookup, self._knocked)
        elif not self._due:
            self._connect_quietly()

    def _knocked(self, answered: askers.Answered) -> None:
        error = answered.found
        if answered.connection is self._lookup and isinstance(error, CRIError) and error.reason in _AWAY:
            self._disconnect(error)

    def _try(self, question: Question) -> None:
        entry = self._known.find(question.identity.full_id)
        if entry is None or isinstance(entry.answer, Container):
            return  # evicted meanwhile, or answered by the inventory
        left = question.deadline - time.monotonic()
        if left <= 0 and question.retry == FIRST_RETRY:
            # It waited for others, and the runtime was not asked: say so now, look it up when there is time.
            self._background.append(question.identity.full_id)
            self._give_up(entry, question, CRIError(Reason.TIMEOUT, "other containers came first"))
            return
        try:
            connection = self._connected()
        except CRIError as error:
            self._failed(entry, question, error)
            return
        self._askers.ask(
            connection, question.identity.full_id, left, functools.partial(self._tried, question)
        )

    def _tried(self, question: Question, answered: askers.Answered) -> None:
        entry = self._known.find(question.identity.full_id)
        if isinstance(answered.found, Container):
            self._answer(question.identity, answered.found)
            return
        self._disconnect_if_broken(answered)
        known = entry is not None and isinstance(entry.answer, Container)
        if entry is not None and not known and isinstance(answered.found, CRIError):
            self._failed(entry, question, answered.found)

    def _failed(self, entry: answers.Entry, question: Question, error: CRIError) -> None:
        at = time.monotonic() + question.retry
        if error.reason in _FINAL or at > question.deadline:
            self._give_up(entry, question, error)
            return
        self._known.counts["retried"] += 1
        again = replace(question, retry=min(question.retry * 2, MAX_RETRY))
        heapq.heappush(self._due, (at, next(self._order), again))

    def _give_up(self, entry: answers.Entry, question: Question, error: CRIError) -> None:
        if question.early and not entry.used:  # it may come yet, and is asked about anew then
            self._known.forget(entry)
            return
        entry.pause = min(max(entry.pause * 2, FIRST_PAUSE), MAX_PAUSE)
        entry.again = time.monotonic() + entry.pause
        if isinstance(entry.answer, answers.Pending):
            self._known.counts[f"unresolved_{error.reason}"] += 1
        unknown = answers.Unknown(self._facts.describe(entry.identity), error.reason, str(error))
        self._known.put(entry.identity, unknown)

    def _answer(self, identity: Identity, container: Container) -> None:
        self._known.weigh(self._known.put(identity, self._facts.complete(container)))
        self._known.counts["resolved"] += 1

    def _look_up_quietly(self, full_id: bytes) -> None:
        """For the inventory: no question waits for what cannot be found."""
        entry = self._known.find(full_id)
        if entry is not None and isinstance(entry.answer, Container):
            return
        self._askers.ask(self._connected(), full_id, POD_SECONDS, self._looked_up)

    def _looked_up(self, answered: askers.Answered) -> None:
        found = answered.found
        if isinstance(found, Container):
            self._answer(Identity(found.full_id, found.type, found.pod_uid), found)
            return
        if isinstance(found, CRIError):
            self._known.counts[f"background_{found.reason}"] += 1
        self._disconnect_if_broken(answered)

    def _disconnect_if_broken(self, answered: askers.Answered) -> None:
        error, ours = answered.found, answered.connection is self._lookup
        if ours and isinstance(error, CRIError) and error.reason is Reason.UNAVAILABLE:
            self._disconnect(error)

    def _connect_quietly(self) -> None:
        try:
            self._connected()
            self._idle = FIRST_IDLE
        except CRIError:
            self._known.counts["connection_failed"] += 1
            self._idle = min(self._idle * 2, MAX_IDLE)

    def _connected(self) -> Lookup:
        if self._lookup is not None:
            return self._lookup
        if self._error is not None and time.monotonic() < self._reconnect_at:
            raise self._error
        try:
            self._lookup = self._connect()
        except CRIError as error:
            self._disconnect(error)
            raise
        self._error = None
        self._reconnect.reset()
        return self._lookup

    def _connect(self) -> Lookup:
        path = self._find()
        # 20 MB and 0.2 s that a machine without a runtime does not pay.
        from lanner_agent.enrich.cri.lookup import Lookup  # noqa: PLC0415

        self._known.counts["connections"] += 1
        lookup = Lookup(path)
        try:
            self._background.extend(lookup.running())
        except CRIError:
            lookup.close()
            raise
        self._heard_at = time.monotonic()
        self._background.extend(entry.identity.full_id for entry in self._known.unknown())
        threading.Thread(target=self._follow, args=(lookup,), name="lanner-cri-events", daemon=True).start()
        return lookup

    def _disconnect(self, error: CRIError) -> None:
        if self._lookup is not None:
            self._lookup.close()
        self._lookup, self._error, self._without_events = None, error, False
        self._reconnect_at = time.monotonic() + self._reconnect.next()

    def _follow(self, lookup: Lookup) -> None:
        """Thread of one connection: what comes to life goes into the inbox. Ends with the connection."""
        try:
            for full_id in lookup.started():
                self._inbox.put(full_id)
        except CRIError as error:
            if error.reason is Reason.NOT_CRI:  # UNIMPLEMENTED
                self._without_events = True
            else:
                self._inbox.put(Lost(lookup, error))

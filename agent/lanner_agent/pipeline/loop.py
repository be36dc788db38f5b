# SPDX-License-Identifier: Apache-2.0
"""Ring -> decode -> match -> alert -> output, in one thread. Made and run by cli/run, until `stop`.

What costs time stands elsewhere: the kernel drops what no rule wants, fields are decoded when a rule reads
them, programs are compiled by policy/ and only taken over here, and lines are written by a thread behind
`deliver`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from lanner_agent.pipeline import failure
from lanner_agent.pipeline.busy import EVERY, Busy
from lanner_agent.pipeline.contracts import Event, Metadata, Ring
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.deeds import Deed, Deeds
from lanner_agent.pipeline.generations import NO_TABLES, NONE, Generations
from lanner_agent.pipeline.parking import Parked, Parking
from lanner_agent.publish import escape
from lanner_agent.publish.alert import Alert
from lanner_engine.codegen.compile import Program
from lanner_engine.codegen.tenants import Matches
from lanner_engine.index.candidates import Asked
from lanner_engine.index.tables import Tables

MAX_SLEEP_S = 5.0  # the longest sleep; losses are looked at in between, and health wants a sign of life
PARKED_SLEEP_S = 0.02  # the nap while an event or an alert waits for metadata
DEEDS_SLEEP_S = 1.0  # the same while a process is followed
LAST_TURNS = 256  # of what the rings hold at the end; what comes meanwhile is not waited for

Record = TypeVar("Record")


class Loop(Generic[Record]):
    """`between` runs between two batches, when `wake` is called, and at least every MAX_SLEEP_S seconds: it
    may `switch` and `stop`.
    """

    def __init__(
        self,
        ring: Ring[Record],
        decode: Callable[[Record], Event],
        metadata: Metadata,
        deliver: Callable[[Alert], object],
        say: Callable[[str], None],
    ) -> None:
        self.counts = Counts()
        self.clock: Callable[[], int] = time.monotonic_ns  # by which what is parked has waited long enough
        self.busy = Busy()
        self._ring = ring
        self._decode = decode
        self._metadata = metadata
        self._say = say
        self._generations = Generations(self.counts)
        self._parking = Parking()
        self._deeds = Deeds(deliver, self.counts.together)
        self._stopping = False

    def switch(self, program: Program, generation: int = NONE, tables: Tables = NO_TABLES) -> None:
        """The rules for every event of this generation of the kernel's tables; those that the kernel began
        before are matched by the rules before, as is what waits for metadata.
        """
        self._generations.switch(program, generation, tables)
        self.counts.kinds.expect(program.rules)
        self.counts.hits.expect(program.rules)
        self.counts.dry_run.expect(program.rules)

    def stop(self) -> None:
        """Ends `run` after the batch in hand. A signal handler may call it."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Runs `between` soon. Any thread may call it, and a signal handler."""
        self._ring.wake()

    def parked(self) -> int:
        """How many events and alerts wait for names now; from any thread."""
        return len(self._parking)

    def run(self, between: Callable[[], None]) -> None:
        """Until `stop`; then everything that is still in the ring, and everything parked, goes out. What
        waits of one process does, too, when an error ends it.
        """
        try:
            self._watch(between)
        finally:
            self._tell(self._deeds.all())

    def _watch(self, between: Callable[[], None]) -> None:
        while not self._stopping:
            self._ring.wait(self._nap_s())
            self.turn()
            between()
        for _ in range(LAST_TURNS):
            if not self.turn():
                break
        for container_id in self._parking.containers():
            self._finish(self._parking.release(container_id))

    def _nap_s(self) -> float:
        if self._parking:
            return PARKED_SLEEP_S
        return DEEDS_SLEEP_S if self._deeds else MAX_SLEEP_S

    def turn(self) -> bool:
        """One batch: what the ring holds now, then what has waited long enough. Whether it held any."""
        decode, counts, find, see = self._decode, self.counts, self._generations.asked, self.busy.see
        records = self._ring.drain()
        began = time.perf_counter()
        evaluated = counts.evaluated
        for record in records:
            try:
                event = decode(record)
                kind = event.type
                number = evaluated[kind] = evaluated[kind] + 1
                if not number % EVERY:
                    see(event)
                asked = find(event)
                if asked.needs_metadata and self._must_wait(event, asked):
                    continue
                rules = asked.match(event)
                if rules:
                    self._alert(event, asked, rules)
            except Exception as error:  # one event must not end the watch over all others
                self._failed(error)
        if records:
            counts.timing.took(time.perf_counter() - began, len(records))
        if self._parking:
            self._look_after_parked(self.clock())
        if self._deeds:
            self._tell(self._deeds.due(self.clock()))
        self._generations.forget()
        return bool(records)

    def _must_wait(self, event: Event, asked: Asked) -> bool:
        """True when the event was parked, since its rules ask what only the container runtime knows."""
        container_id = event.container_id
        if container_id is None:
            return False
        if self._metadata.settled(container_id) or not self._park(event, asked, None):
            self._count_unselected(event, asked)
            return False
        return True

    def _alert(self, event: Event, asked: Asked, rules: Matches) -> None:
        container_id = event.container_id
        if container_id is not None:
            if not self._metadata.settled(container_id):
                if self._park(event, asked, rules):
                    return
            elif container_id in self._parking:  # the answer came just now: the older ones go first
                self._finish(self._parking.release(container_id))
        self._publish(event, rules)

    def _park(self, event: Event, asked: Asked, rules: Matches | None) -> bool:
        waiting = Parked(event, asked, rules, self.clock())
        if self._parking.park(event.container_id or b"", waiting):
            self.counts.parked += 1
            return True
        self.counts.crowded_out += 1
        return False

    def _look_after_parked(self, now: int) -> None:
        for container_id in self._parking.containers():
            if self._metadata.settled(container_id):
                self._finish(self._parking.release(container_id))
            else:
                self._finish(self._parking.expired(container_id, now))

    def _finish(self, waited: Iterable[Parked]) -> None:
        for parked in waited:
            try:
                rules = parked.rules
                if rules is None:
                    self._count_unselected(parked.event, parked.asked)
                    rules = parked.asked.match(parked.event)
                if rules:
                    self._publish(parked.event, rules)
            except Exception as error:
                self._failed(error)

    def _count_unselected(self, event: Event, asked: Asked) -> None:
        """Rules for certain pods only cannot match in a container whose pod is not known."""
        container_id = event.container_id
        if container_id is not None and asked.selects:
            reason = self._metadata.missing(container_id)
            if reason is not None:
                self.counts.unselected[reason] += 1

    def _publish(self, event: Event, rules: Matches) -> None:
        container_id = event.container_id
        reason = None if container_id is None else self._metadata.missing(container_id)
        if reason is not None:
            self.counts.unresolved[reason] += 1
        for rule in rules:
            self._deeds.offer(Alert(rule, event), self.clock())
            if rule.dry_run:
                self.counts.dry_run.add(rule, event)
                continue
            self.counts.alerts[self.counts.kinds.add(rule)] += 1
            self.counts.hits.add(rule, event.time)
            if self.counts.places is not None:
                self.counts.places.add(rule, event)
            self.counts.timing.alerted(event.time)

    def _tell(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            try:
                self._deeds.end(deed)
            except Exception as error:
                self._failed(error)

    def _failed(self, error: Exception) -> None:
        place = failure.place(error)
        self.counts.failed[place] += 1
        if self.counts.failed[place] == 1:
            self._say(f"an event was given up, please report this: {place}: {escape.shown(str(error))}")

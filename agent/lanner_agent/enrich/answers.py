# SPDX-License-Identifier: Apache-2.0
"""What is known of containers: full id -> Container, Pending or Unknown. Bounded; counts what happens to it.

Written by the hot loop (questions) and by the inventory's worker (answers). A reader takes no lock; a writer
holds one for some hundred nanoseconds.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.cri.failure import Reason
from lanner_engine.fields.model import Container

# A node runs a few hundred containers; the rest is memory of those that ended, for events that come late.
CAPACITY: Final = 2048
CLAIMS: Final = 256  # of them that users and services say of themselves: those push out each other alone
# Of them those of whose labels and mounts there are more bytes than most have: who makes pods chooses how
# many, up to a MiB, and they too push out each other alone.
LARGE: Final = 64
LARGE_BYTES: Final = 16 << 10
SHORT_ID: Final = 12
# Seconds after which a question about an Unknown counts as forgotten.
ASKED_AGAIN: Final = 10.0


@dataclass(frozen=True, slots=True)
class Pending:
    """Asked, no answer yet. `container` holds what the cgroup path tells: the ids and the type."""

    container: Container


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, and why. `reason` is for people; a later answer may still replace this one."""

    container: Container
    cause: Reason
    reason: str


Answer = Container | Pending | Unknown


@dataclass(slots=True)
class Entry:
    """What is known of one container.

    `used`: read since it last came to the front of the queue for eviction. `again`, `pause`: when (monotonic
    seconds) an Unknown may be asked about anew, and how long it was left alone before.
    """

    identity: Identity
    answer: Answer
    used: bool = False
    again: float = 0.0
    pause: float = 0.0


class Answers:
    """A second-chance queue of entries: what is read stays."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.counts: Counter[str] = Counter()
        self._capacity = capacity
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._claims: dict[bytes, None] = {}  # keys, the oldest first
        self._large: dict[bytes, None] = {}  # the same
        self._lock = threading.Lock()
        self.find = self._entries.get  # key (Identity.key) -> Entry | None
        self.when_changed: Callable[[bytes, Answer], None] = lambda key, answer: None  # in any thread

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, identity: Identity, answer: Answer) -> Entry:
        """The entry that is there, or a new one with this answer."""
        with self._lock:
            entry = self._entries.get(identity.key)
            if entry is None:
                self._make_room()
                entry = self._entries[identity.key] = Entry(identity, answer)
                if identity.rootless:
                    self._add_claim(identity.key)
                self.when_changed(identity.key, answer)
            return entry

    def put(self, identity: Identity, answer: Answer) -> Entry:
        """Add or replace."""
        entry = self.add(identity, answer)
        if entry.answer is not answer:
            entry.answer = answer
            self.when_changed(identity.key, answer)
        return entry

    def forget(self, entry: Entry) -> None:
        """As if it had never been asked about."""
        with self._lock:
            if self._entries.get(entry.identity.key) is entry:
                del self._entries[entry.identity.key]

    def unknown(self) -> list[Entry]:
        """Entries whose answer may get better; of a user's claim no runtime is asked."""
        with self._lock:
            entries = list(self._entries.values())
        return [one for one in entries if isinstance(one.answer, Unknown) and not one.identity.rootless]

    def improve(self, better: Callable[[Entry], Answer]) -> None:
        """Replace each answer by what `better` makes of it; the lock is held for one at a time."""
        with self._lock:
            entries = list(self._entries.values())
        for entry in entries:
            with self._lock:
                before, entry.answer = entry.answer, better(entry)
                if entry.answer != before:
                    self._weigh(entry)
                    self.when_changed(entry.identity.key, entry.answer)

    def tell(self, when_changed: Callable[[bytes, Answer], None]) -> None:
        """All that is known now, and from then on what changes, in any thread."""
        with self._lock:
            self.when_changed = when_changed
            for key, entry in self._entries.items():
                when_changed(key, entry.answer)

    def weigh(self, entry: Entry) -> None:
        """Its answer is new: a large one may cost an older one its place."""
        with self._lock:
            self._weigh(entry)

    def _weigh(self, entry: Entry) -> None:
        full_id, answer = entry.identity.full_id, entry.answer
        if not isinstance(answer, Container) or _bytes_of(answer) <= LARGE_BYTES:
            return
        self._large[full_id] = None
        if len(self._large) > LARGE:
            oldest = next(iter(self._large))
            del self._large[oldest]
            if self._entries.pop(oldest, None) is not None:
                self.counts["evicted"] += 1

    def _add_claim(self, key: bytes) -> None:
        self._claims[key] = None
        if len(self._claims) <= CLAIMS:
            return
        oldest = next(iter(self._claims))
        del self._claims[oldest]
        if self._entries.pop(oldest, None) is not None:
            self.counts["evicted"] += 1

    def _make_room(self) -> None:
        while len(self._entries) >= self._capacity:
            full_id, entry = self._entries.popitem(last=False)
            if entry.used:
                entry.used = False
                self._entries[full_id] = entry
            else:
                self.counts["evicted"] += 1


def _bytes_of(container: Container) -> int:
    """Of what has no bound of its own that is small."""
    pairs = (*container.labels.items(), *container.pod_labels.items())
    mounts = container.mounts or ()
    return sum(len(key) + len(value) for key, value in pairs) + sum(
        len(mount.source) + len(mount.dest) for mount in mounts
    )


def bare(identity: Identity) -> Container:
    """What is known without asking the runtime."""
    return Container(id=identity.full_id[:SHORT_ID], full_id=identity.full_id, type=identity.runtime)

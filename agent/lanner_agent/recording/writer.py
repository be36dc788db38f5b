# SPDX-License-Identifier: Apache-2.0
"""The thread that writes: items in at once, chunks out to files and captures; what did not fit is counted."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from lanner_agent.recording import counted
from lanner_agent.recording.chunks import OLD_S, Chunk, Chunker
from lanner_agent.recording.items import Batch, End, EnvironmentRead, Gap, Item, Strings

QUEUE_BYTES: Final = 32 << 20  # of records; what is known besides may take as much again
QUEUE_FACTS: Final = 10_000
_CLOSE_S: Final = 10.0


class Sink(Protocol):
    """Where chunks go. Belongs to the writer's thread."""

    def take(self, chunk: Chunk) -> None: ...
    def tick(self, now: float) -> None: ...
    def close(self) -> None: ...


class Writer:
    """`put` never waits and never raises. `counts`: words of sinks, and reasons -> how often so far."""

    def __init__(self, chunker: Chunker, counts: Counter[str], say: Callable[[str], None]) -> None:
        self.counts = counts
        self._sinks: Sequence[Sink] = ()
        self._chunker = chunker
        self._say = say
        self._queue: deque[tuple[Item, int]] = deque()
        self._waiting = 0  # bytes of records in the queue
        self._facts = 0  # items in it that are none
        self._told = 0  # bytes in these that processes chose
        self._unwritten = 0  # records that were put and that no sink has yet
        self._missed = 0  # records since the last ones that fitted
        self._closing = False
        self._broken = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="lanner-recording", daemon=True)

    def start(self, sinks: Iterable[Sink]) -> None:
        """They belong to it from now on."""
        self._sinks = tuple(sinks)
        self._thread.start()

    def put(self, items: Sequence[Item]) -> None:
        """In this order. Called by the thread that watches."""
        with self._changed:
            for item in items:
                if isinstance(item, Batch):
                    self._put_batch(item)
                else:
                    self._put_fact(item)
            self._changed.notify_all()

    def waiting(self) -> int:
        """Bytes of records in the queue; from any thread."""
        return self._waiting

    def close(self) -> None:
        """All that was put is written, or counted."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_S)
        with self._changed:
            if self._thread.is_alive():
                self.counts[counted.TOO_SLOW] += self._unwritten

    def _put_batch(self, batch: Batch) -> None:
        size = sum(map(len, batch.records))
        if self._broken or self._waiting + size > QUEUE_BYTES:
            self._missed += len(batch.records)
            self.counts[counted.ENDED if self._broken else counted.TOO_SLOW] += len(batch.records)
            return
        self._mark_missed()
        self._queue.append((batch, size))
        self._waiting += size
        self._unwritten += len(batch.records)

    def _mark_missed(self) -> None:
        """In front of what comes next."""
        if self._missed:
            self._queue.append((Gap(records=self._missed, reason=counted.TOO_SLOW), 0))
            self._missed = 0

    def _put_fact(self, item: Item) -> None:
        if isinstance(item, End):  # without it the file would end in the middle
            self._mark_missed()
        elif self._broken or self._facts >= QUEUE_FACTS or self._told + _told(item) > QUEUE_BYTES:
            self.counts[counted.FACTS] += 1
            return
        self._queue.append((item, 0))
        self._facts += 1
        self._told += _told(item)

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except Exception as error:  # the watch goes on
            with self._changed:
                self._broken = True
                self._queue.clear()
                self.counts[counted.ENDED] += self._unwritten
            self._say(f"{counted.ENDED}: {type(error).__name__}: {error}")
        finally:
            for sink in self._sinks:
                sink.close()

    def _turn(self) -> bool:
        """False at the end."""
        found, closing = self._taken()
        for item in found:
            self._hand(self._chunker.add(item))
        self._hand(self._chunker.ended() if closing else self._chunker.old())
        now = time.monotonic()
        for sink in self._sinks:
            sink.tick(now)
        return not closing

    def _taken(self) -> tuple[list[Item], bool]:
        with self._changed:
            if not self._queue and not self._closing:
                self._changed.wait(OLD_S)
            found = [item for item, _ in self._queue]
            self._queue.clear()
            self._waiting = self._facts = self._told = 0
            return found, self._closing

    def _hand(self, chunk: Chunk | None) -> None:
        if chunk is not None:
            for sink in self._sinks:
                sink.take(chunk)
            with self._changed:
                self._unwritten -= chunk.records


def _told(item: Item) -> int:
    """Bytes of texts that a process makes as long and as many as it likes."""
    if isinstance(item, Strings):
        return sum(map(len, item.strings.values()))
    return sum(map(len, item.values or ())) if isinstance(item, EnvironmentRead) else 0

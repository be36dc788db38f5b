# SPDX-License-Identifier: Apache-2.0
"""Lines -> a file descriptor, whole and in order, without ever making the caller wait.

One thread makes the lines and writes them, so a terminal that is stopped or a pipe without a reader holds up
that thread and not the ring buffer. Between them stands a queue that is bounded in lines and bytes; what does
not fit is refused and counted. As many lines as wait are one write, since each write gives the interpreter to
other threads. The descriptor stays in blocking mode: O_NONBLOCK would be set for everybody
who shares it, the user's shell included.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from lanner_agent.publish.sending.shares import RESERVED

QUEUE_LINES = 10_000
QUEUE_BYTES = 32 * 1024 * 1024
SLOW_READER = "the reader of the output is too slow"
READER_GONE = "the reader of the output is gone"
AT_THE_END = "not written before the end"
NOT_MADE = "a line could not be made, please report this"

_GONE = (BrokenPipeError, ConnectionError)
Make = Callable[[], bytes]
_BATCH: Final = 64  # lines of one write, at most
_BATCH_BYTES: Final = 32 * 1024  # of them, about: what is in hand at the end counts as not written


class _Line(NamedTuple):
    """`size`: bytes that it counts for; `left`: called when it left the queue."""

    make: Make
    size: int
    left: Callable[[], None]


_Ready = tuple[_Line, bytes | None]  # with its text; None when it could not be made


def _nothing() -> None: ...


class LineWriter:
    """`write` never blocks and never raises; `lost` says what became of the lines that were not written.
    `when_gone` is called once, by the writing thread, and `show`, where it is given, for each line instead
    of a write; it raises OSError at most.
    """

    def __init__(
        self,
        descriptor: int,
        lines: int = QUEUE_LINES,
        size: int = QUEUE_BYTES,
        show: Callable[[bytes], None] | None = None,
    ) -> None:
        self.written = 0
        self.lost: Counter[str] = Counter()
        self.when_gone: Callable[[], None] = lambda: None
        self._descriptor = descriptor
        self._lines, self._size = lines, size
        self._show = show
        self._queue: deque[_Line] = deque()
        self._queued = 0  # bytes in the queue
        self._gone = False
        self._closing = False
        self._torn = False  # the last line broke off in the middle
        self._out = 0  # bytes, since the start
        self._changed = threading.Condition()
        self._waits = False  # the thread, for a line
        self._thread = threading.Thread(target=self._run, name="lanner-stdout", daemon=True)
        self._thread.start()

    @property
    def gone(self) -> bool:
        """The reader is gone (EPIPE): the descriptor is not tried any more."""
        return self._gone

    def write(self, line: bytes) -> bool:
        """Queue one line that ends with its newline. False: it was refused and counted in `lost`."""
        return self.later(lambda: line, len(line))

    def later(self, make: Make, size: int, urgent: bool = True, left: Callable[[], None] = _nothing) -> bool:
        """Queue a line that the writing thread makes, of about so many bytes. What is not `urgent` leaves a
        tenth of the queue free. `left` is called when it is in the queue no more, written or lost.
        """
        with self._changed:
            reason = self._refusal(size, 1 if urgent else 1 - RESERVED)
            if reason is not None:
                self.lost[reason] += 1
                return False
            self._queue.append(_Line(make, size, left))
            self._queued += size
            if self._waits:
                self._waits = False
                self._changed.notify_all()
            return True

    def close(self, timeout_s: float = 2.0) -> None:
        """Wait at most `timeout_s` for the queue to be written; count what is left. Closes no descriptor."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            if self._queue:
                self.lost[AT_THE_END] += len(self._queue)
                self._forget()

    def refuse(self, reason: str) -> None:
        """One more line that does not come here, and why."""
        with self._changed:
            self.lost[reason] += 1

    def _refusal(self, size: int, part: float) -> str | None:
        if self._gone:
            return READER_GONE
        if self._closing:
            return AT_THE_END
        full = len(self._queue) >= self._lines * part or self._queued + size > self._size * part
        return SLOW_READER if full else None

    def _run(self) -> None:
        while batch := self._next():
            self._put([(line, self._made(line)) for line in batch])

    def _next(self) -> Sequence[_Line]:
        """The oldest lines, still in the queue; none when everything is written and no more will come."""
        with self._changed:
            while not self._queue and not self._closing:
                self._waits = True
                self._changed.wait()
            return tuple(islice(self._queue, _BATCH))

    def _made(self, line: _Line) -> bytes | None:
        try:
            return line.make()
        except Exception as error:  # one line that cannot be made must not end all others
            self.refuse(f"{NOT_MADE}: {type(error).__name__}")
            return None

    def _put(self, lines: Sequence[_Ready]) -> None:
        """All of them, in as few writes as they fit in; a failure costs the line that it hits."""
        while lines and not self._gone:
            lines = lines[self._tried(lines[: self._fitting(lines)]) :]

    def _fitting(self, lines: Sequence[_Ready]) -> int:
        """How many go into one write."""
        size = 0
        for number, (_, text) in enumerate(lines):
            size += len(text or b"")
            if number and (self._show is not None or size > _BATCH_BYTES):
                return number
        return len(lines)

    def _tried(self, lines: Sequence[_Ready]) -> int:
        """How many of the lines are over, written or lost."""
        before = self._out
        try:
            self._write(b"".join(text for _, text in lines if text))
        except _GONE:
            self._give_up()
            return len(lines)
        except OSError as error:  # a full disk may have room again for the next line
            whole = self._whole(lines, self._out - before)
            self._done(lines[:whole])
            self.refuse(f"cannot write the output: {error.strerror}")
            self._drop(lines[whole][0])
            return whole + 1
        self._done(lines)
        return len(lines)

    def _whole(self, lines: Sequence[_Ready], size: int) -> int:
        """How many lines are among the first so many bytes, where not all are."""
        number = 0
        while len(text := lines[number][1] or b"") <= size and number < len(lines) - 1:
            size -= len(text)
            number += 1
        self._torn = self._torn or size > 0
        return number

    def _write(self, text: bytes) -> None:
        """All of it, after the newline that a torn predecessor lacks."""
        if self._show is not None:
            if text:
                self._show(text)
            return
        if self._torn:
            os.write(self._descriptor, b"\n")
            self._torn = False
        rest = memoryview(text)
        while rest:
            written = os.write(self._descriptor, rest)
            self._out += written
            rest = rest[written:]

    def _done(self, lines: Sequence[_Ready]) -> None:
        with self._changed:
            self.written += sum(text is not None for _, text in lines)
            for line, _ in lines:
                self._drop(line)

    def _drop(self, line: _Line) -> None:
        """The oldest of the queue, unless close() has counted it as lost already."""
        with self._changed:
            if self._queue and self._queue[0] is line:
                self._queue.popleft()
                self._queued -= line.size
                line.left()

    def _give_up(self) -> None:
        with self._changed:
            self._gone = True
            self.lost[READER_GONE] += len(self._queue)
            self._forget()
        self.when_gone()

    def _forget(self) -> None:
        for line in self._queue:
            line.left()
        self._queue.clear()
        self._queued = 0

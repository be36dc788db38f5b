# SPDX-License-Identifier: Apache-2.0
"""Lines -> a file descriptor, whole and in order, without ever making the caller wait.

One thread makes the lines and writes them, so a terminal that is stopped or a pipe that nobody reads holds up
that thread and not the ring buffer. Between them stands a queue that is bounded in lines and bytes; what does
not fit is refused and counted. The descriptor stays in blocking mode: O_NONBLOCK would be set for everybody
who shares it, the user's shell included.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable

QUEUE_LINES = 10_000
QUEUE_BYTES = 32 * 1024 * 1024
SLOW_READER = "the reader of the output is too slow"
READER_GONE = "the reader of the output is gone"
AT_THE_END = "not written before the end"
NOT_MADE = "a line could not be made, please report this"

_GONE = (BrokenPipeError, ConnectionError)
Make = Callable[[], bytes]


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
        self._queue: deque[tuple[Make, int]] = deque()  # each with its bytes
        self._queued = 0  # bytes in the queue
        self._gone = False
        self._closing = False
        self._torn = False  # the last line broke off in the middle
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="lanner-stdout", daemon=True)
        self._thread.start()

    @property
    def gone(self) -> bool:
        """Nobody will ever read again (EPIPE): the descriptor is not tried any more."""
        return self._gone

    def write(self, line: bytes) -> bool:
        """Queue one line that ends with its newline. False: it was refused and counted in `lost`."""
        return self.later(lambda: line, len(line))

    def later(self, make: Make, size: int) -> bool:
        """Queue a line that the writing thread makes, of about so many bytes."""
        with self._changed:
            reason = self._refusal(size)
            if reason is not None:
                self.lost[reason] += 1
                return False
            self._queue.append((make, size))
            self._queued += size
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

    def _refusal(self, size: int) -> str | None:
        if self._gone:
            return READER_GONE
        if self._closing:
            return AT_THE_END
        full = len(self._queue) >= self._lines or self._queued + size > self._size
        return SLOW_READER if full else None

    def _run(self) -> None:
        while (first := self._next()) is not None:
            try:
                self._put(first[0]())
            except _GONE:
                self._give_up()
            except OSError as error:  # a full disk may have room again for the next line
                self._count_lost(f"cannot write the output: {error.strerror}")
            except Exception as error:  # one line that cannot be made must not end all others
                self._count_lost(f"{NOT_MADE}: {type(error).__name__}")
            else:
                self._done(first)

    def _next(self) -> tuple[Make, int] | None:
        """The oldest line, still in the queue; None when everything is written and no more will come."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            return self._queue[0] if self._queue else None

    def _put(self, line: bytes) -> None:
        """All of the line, after the newline that a torn predecessor lacks."""
        if self._show is not None:
            self._show(line)
            return
        rest = memoryview(b"\n" + line if self._torn else line)
        while rest:
            written = os.write(self._descriptor, rest)
            rest = rest[written:]
            self._torn = bool(rest)

    def _done(self, first: tuple[Make, int]) -> None:
        with self._changed:
            self.written += 1
            self._drop_first(first)

    def _count_lost(self, reason: str) -> None:
        with self._changed:
            self.lost[reason] += 1
            if self._queue:
                self._drop_first(self._queue[0])

    def _drop_first(self, first: tuple[Make, int]) -> None:
        if self._queue and self._queue[0] is first:  # not when close() has already counted it as lost
            self._queue.popleft()
            self._queued -= first[1]

    def _give_up(self) -> None:
        with self._changed:
            self._gone = True
            self.lost[READER_GONE] += len(self._queue)
            self._forget()
        self.when_gone()

    def _forget(self) -> None:
        self._queue.clear()
        self._queued = 0

# SPDX-License-Identifier: Apache-2.0
"""A running process -> its environment, from /proc. The thread that matches asks it of ancestors, when a rule
gets as far as asking.

The kernel's programs can read the memory of the process they run in only, and to keep 4 KiB for every process
in case it has children would cost more than the rest of what is kept together. So an ancestor that ended has
no environment any more, and one that changed it shows the change. A process that maps files over its own
environment can make a read of it hang for any time, so a separate thread reads, and the caller waits for
WAIT_S at most.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

from lanner_agent.kernel.record_layout import ENV_MAX

MAX_LENGTH: Final = ENV_MAX  # as of the process itself
WAIT_S: Final = 0.1
MAX_HANGING: Final = 4  # threads; with as many no environment is read until one returns
GONE: Final = "ended before it was asked"
CUT: Final = "longer than 4 KiB"
HUNG: Final = "not answered within 0.1 s"
CROWDED: Final = "not asked while others hang"
REFUSED: Final = "not readable"
_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_START: Final = 21 - 2  # field of /proc/PID/stat, counted behind the name
_REMEMBERED: Final = 1024  # processes that hung

Environment = tuple[bytes, ...] | None
_Process = tuple[int, int]  # pid, start in ns since boot


class Environments:
    """One for the life of the agent. `counts`: what was not known, or not whole, by reason."""

    def __init__(self, read: Callable[[int, int], bytes] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._read = read or environ
        self._reader: _Reader | None = None
        self._hanging: list[_Reader] = []
        self._hung: OrderedDict[_Process, None] = OrderedDict()

    def read(self, pid: int, start: int) -> Environment:
        """NAME=value; None when it has none or is not known. `start`: ns since boot, which tells a process
        from a later one with the same pid.
        """
        answer = HUNG if (pid, start) in self._hung else self._asked((pid, start))
        if isinstance(answer, str):
            self.counts[answer] += 1
            return None
        if len(answer) > MAX_LENGTH:
            self.counts[CUT] += 1
        return tuple(one for one in answer[:MAX_LENGTH].split(b"\0") if one) or None

    def _asked(self, process: _Process) -> bytes | str:
        """The bytes, or why there are none."""
        if self._reader is None:
            self._hanging = [one for one in self._hanging if one.is_alive()]
            if len(self._hanging) >= MAX_HANGING:
                return CROWDED
            self._reader = _Reader(self._read)
        reader = self._reader
        reader.asked.put(process)
        try:
            return reader.answers.get(timeout=WAIT_S)
        except queue.Empty:
            return self._abandon(reader, process)

    def _abandon(self, reader: _Reader, process: _Process) -> str:
        """The thread ends when the kernel lets it."""
        reader.asked.put(None)
        self._hanging.append(reader)
        self._reader = None
        self._hung[process] = None
        if len(self._hung) > _REMEMBERED:
            self._hung.popitem(last=False)
        return HUNG


class _Reader(threading.Thread):
    """Answers what is asked, one at a time, until None."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        super().__init__(name="lanner-environ", daemon=True)
        self.asked: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[bytes | str] = queue.SimpleQueue()
        self._read = read
        self.start()

    def run(self) -> None:
        while (process := self.asked.get()) is not None:
            self.answers.put(self._answer(*process))

    def _answer(self, pid: int, start: int) -> bytes | str:
        try:
            return self._read(pid, start)
        except (FileNotFoundError, ProcessLookupError):
            return GONE
        except (OSError, ValueError, IndexError):
            return REFUSED


def environ(pid: int, start: int) -> bytes:
    """At most MAX_LENGTH + 1 bytes of the process' environment.

    Raises:
        FileNotFoundError, ProcessLookupError: it has ended, or the number is another's by now.
        OSError: it may not be read.
    """
    # The directory stays this process': when it ends nothing in it can be read.
    folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _begun(_content("stat", folder, 1024)) != start // _TICK_NS:
            raise ProcessLookupError
        return _content("environ", folder, MAX_LENGTH + 1)
    finally:
        os.close(folder)


def _begun(stat: bytes) -> int:
    """In ticks since boot; the name may hold anything, so it ends at the last parenthesis."""
    return int(stat.rpartition(b")")[2].split()[_START])


def _content(name: str, folder: int, most: int) -> bytes:
    found = b""
    file = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        while len(found) < most and (part := os.read(file, most - len(found))):
            found += part
    finally:
        os.close(file)
    return found

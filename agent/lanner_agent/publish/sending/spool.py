# SPDX-License-Identifier: Apache-2.0
"""What waits for an output on disk: formed alerts, oldest first, in a folder of bounded size that outlives
the agent.

What is sent of it is older than all that waits in memory. One agent has the folder at a time. An error of the
disk is said and counted, and leaves in memory what is there. Who makes alerts has shares of it as of a queue
in memory: each record says whose it is, so that the next start knows it too.

Only the first and the last file stay open. There may be a thousand, which is all that a process may have
open, and an output needs one more to connect.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import re
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from lanner_agent.publish import escape
from lanner_agent.publish.sending import segment
from lanner_agent.publish.sending.segment import Segment, StrangeError
from lanner_agent.publish.sending.shares import RESERVED, Keys, Shares, packed, unpacked
from lanner_agent.publish.settings.base import SpoolSettings

SEGMENT: Final = 1 << 20  # bytes; what was sent frees the disk by this much
AGAIN_S: Final = 5.0  # between two tries to open the folder
_LENGTH: Final = struct.Struct(">H")  # of what stands before a record: whose it is
_SUFFIX, _ASIDE = ".spool", ".aside"
_NAME: Final = re.compile(rf"[0-9]{{16}}{re.escape(_SUFFIX)}")
_PASSING: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM))  # of the machine, not of a file
KEPT, WAITING, ERRORS, TORN, STRANGE = (
    "spooled", "spool waiting", "spool errors", "spool torn", "spool set aside",
)  # fmt: skip


class Spool:
    """Any thread may call it. Its numbers are read without the lock, which a disk that hangs may hold."""

    def __init__(self, output: str, settings: SpoolSettings, say: Callable[[str], None]) -> None:
        self._output = output
        self._path = settings.path
        self._most = settings.max_bytes
        self._shares = Shares(settings.max_bytes, settings.max_bytes)  # it is bounded in bytes only
        self.crowded = ""  # who found a share full, if that is why the last one was not taken
        self._said = ""
        self._say = say
        self._lock = threading.RLock()
        self._folder = -1
        self._next = 0
        self._segments: deque[Segment] = deque()
        self._head: deque[bytes] | None = None  # records of the first segment
        self._counts: Counter[str] = Counter()
        self._waiting = 0
        self._tried = -math.inf
        self._closed = False

    def __len__(self) -> int:
        return self._waiting

    def counts(self) -> Mapping[str, int]:
        return dict(self._counts) | ({WAITING: self._waiting} if self._waiting else {})

    def put(self, record: bytes, keys: Keys = (), urgent: bool = True) -> bool:
        """Behind all others; False where it has no room, or the disk does not take it. `keys`: its shares."""
        with self._lock:
            self.crowded = ""
            if not self._open():
                return False
            whole = _whose(keys) + record
            if not self._has_room(segment.cost(whole), keys, urgent):
                return False
            try:
                self._append(whole)
            except OSError as error:
                self._fail(error)
                return False
            self._count(whole)
            self._counts[KEPT] += 1
            return True

    def _has_room(self, size: int, keys: Keys, urgent: bool) -> bool:
        for share in self._shares.named(keys):
            if not share.has_room(size):
                self.crowded = share.words
                return False
        most = self._most if urgent else self._most - int(self._most * RESERVED)
        if sum(one.size for one in self._segments) + size > most:
            self._tell(f"full, {self._most:,} bytes")
            return False
        return True

    def _count(self, whole: bytes) -> None:
        self._waiting += 1
        for share in self._shares.named(_keys(whole)):
            share.put(segment.cost(whole))

    def first(self, number: int) -> Sequence[bytes]:
        """The oldest, `number` at most."""
        with self._lock:
            if not self._open():
                return ()
            while self._head is None and self._segments and self._load(self._segments[0]):
                pass
            return tuple(_record(whole) for whole in islice(self._head or (), number))

    def drop(self, number: int) -> None:
        """The oldest wait no more. An error of the disk may bring them again after the next start."""
        with self._lock:
            if self._closed or not self._head:
                return
            head = self._segments[0]
            for _ in range(min(number, len(self._head))):
                whole = self._head.popleft()
                head.sent(whole)
                self._waiting -= 1
                for share in self._shares.named(_keys(whole)):
                    share.take(segment.cost(whole))
            if not self._head:
                self._forget()
                return
            try:
                head.note()
            except OSError as error:
                self._fail(error)

    def close(self) -> None:
        """What waits stays for the next start."""
        with self._lock:
            self._closed = True
            for one in self._segments:
                one.close()
            if self._folder >= 0:
                os.close(self._folder)
                self._folder = -1

    def _load(self, head: Segment) -> bool:
        """The first of all, or it is set aside. False where it can be read later."""
        before = head.number
        try:
            self._head = head.records()
        except OSError as error:
            if error.errno in _PASSING:
                self._fail(error)
                return False
            head.close()
            self._segments.popleft()
            self._set_aside(head.name, error.strerror or str(error))
            self._waiting -= before
            return True
        head.number = len(self._head)
        self._waiting -= before - head.number
        if not self._head:
            self._forget()
        return True

    def _append(self, record: bytes) -> None:
        last = self._segments[-1] if self._segments else None
        if last is None or last.torn or last.size + segment.cost(record) > self._largest():
            if last is not None:
                last.close()
            last = Segment(self._folder, f"{self._next:016d}{_SUFFIX}")
            self._next += 1
            last.create(self._output)
            self._segments.append(last)
        last.append(record)
        if len(self._segments) == 1 and self._head is not None:
            self._head.append(record)

    def _largest(self) -> int:
        return min(SEGMENT, self._most // 8)

    def _forget(self) -> None:
        """The first is sent; the tail of an empty spool too."""
        self._head = None
        try:
            self._segments.popleft().remove()
        except OSError as error:
            self._fail(error)
        if not self._segments:
            self._said = ""  # what goes wrong from here on is told anew

    def _open(self) -> bool:
        """Reads what an agent before left, once."""
        if self._folder >= 0 or self._closed:
            return not self._closed
        now = time.monotonic()
        if now - self._tried < AGAIN_S:
            return False
        self._tried = now
        try:
            self._folder = _locked(self._path)
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(_SUFFIX))
        except OSError as error:
            self._fail(error)
            return False
        for name in names:
            self._take(name)
        if (found := self._waiting) > 0:
            self._say(f"{self._where()}: {found:,} alert{'' if found == 1 else 's'} of an agent before")
        return True

    def _take(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            self._set_aside(name, "its name is no number")
            return
        self._next = max(self._next, int(name.removesuffix(_SUFFIX)) + 1)
        one = Segment(self._folder, name)
        try:
            records = one.open(self._output)
            if one.torn:
                self._counts[TORN] += 1
                self._say(f"{self._where()}: the end of {_shown(name)} is torn, {one.torn:,} bytes are lost")
            if one.number:
                one.close()
                self._segments.append(one)
                for record in records:
                    self._count(record)
            else:
                one.remove()
        except StrangeError as error:
            one.close()
            self._set_aside(name, str(error))
        except OSError as error:
            one.close()
            self._set_aside(name, error.strerror or str(error))

    def _set_aside(self, name: str, why: str) -> None:
        self._counts[STRANGE] += 1
        self._say(f"{self._where()}: {_shown(name)} is not sent but set aside: {why}")
        with contextlib.suppress(OSError):
            os.rename(name, name + _ASIDE, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def _fail(self, error: OSError) -> None:
        self._counts[ERRORS] += 1
        busy = isinstance(error, BlockingIOError)
        self._tell("another agent has it" if busy else error.strerror or str(error))

    def _tell(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._say(f"{self._where()}: {words}; alerts wait in memory only")

    def _where(self) -> str:
        return f"spool of output {self._output} ({escape.shown(str(self._path))})"


def _locked(path: Path) -> int:
    """The folder, made where it is missing, for this agent alone. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(folder)
        raise
    return folder


def _whose(keys: Keys) -> bytes:
    """What stands before a record. A name of that length is none of Kubernetes, and has no share."""
    names = packed(keys)
    return _LENGTH.pack(len(names)) + names if len(names) < 1 << 16 else _LENGTH.pack(0)


def _keys(whole: bytes) -> Keys:
    (length,) = _LENGTH.unpack_from(whole)
    return unpacked(whole[_LENGTH.size : _LENGTH.size + length])


def _record(whole: bytes) -> bytes:
    (length,) = _LENGTH.unpack_from(whole)
    return whole[_LENGTH.size + length :]


def _shown(name: str) -> str:
    return escape.shown(name, 100)

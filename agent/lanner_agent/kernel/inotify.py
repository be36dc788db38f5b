# SPDX-License-Identifier: Apache-2.0
"""A wait that ends when files change (inotify(7)), so that a thread need not look again and again.

It only wakes: what is different is seen by a look at the files. Where the kernel tells nothing, of files on
another machine or when all watches are in use, time ends the wait.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import select
from collections.abc import Iterable
from typing import Final

MAX_WAIT_S: Final = 5.0

# sys/inotify.h
_MODIFIED: Final = 0x2
_ATTRIBUTES: Final = (
    0x4  # a time that is set, and the number of names: what a file replaced by a link has less
)
_WRITTEN: Final = 0x8
_MOVED: Final = 0x40 | 0x80  # from here, to here
_MADE: Final = 0x100
_REMOVED: Final = 0x200
_SELF: Final = 0x400 | 0x800
_NAMES: Final = _MOVED | _MADE | _REMOVED | _SELF
_CONTENT: Final = _NAMES | _MODIFIED | _ATTRIBUTES | _WRITTEN
_TOO: Final = 0x20000000  # what was asked about the same file before stays asked
_FLAGS: Final = os.O_NONBLOCK | os.O_CLOEXEC  # IN_NONBLOCK and IN_CLOEXEC are the same
_READ_BYTES: Final = 1 << 16
_libc: Final = ctypes.CDLL(None, use_errno=True)


class Inotify:
    """Of `files`, and of the names in their folders. One thread waits; any may `wake` it, and a signal
    handler too.
    """

    def __init__(self, longest_s: float = MAX_WAIT_S) -> None:
        self._longest_s = longest_s
        self._fd = int(_libc.inotify_init1(_FLAGS))  # -1 where none is to be had
        self._woken = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        for fd in (self._fd, self._woken):
            if fd >= 0:
                self._poll.register(fd, select.POLLIN)

    def watch(self, files: Iterable[pathlib.Path]) -> None:
        """These too, files or folders. One that is watched already is watched once; one that is not there, by
        its folder.
        """
        for file in files:
            self._add(file, _CONTENT)
            self._add(file.parent, _NAMES)

    def wait(self) -> bool:
        """Until something changes or `wake` is called; False: `longest_s` were over."""
        ready = self._poll.poll(self._longest_s * 1000)
        for fd, _ in ready:
            os.read(fd, _READ_BYTES)
        return bool(ready)

    def wake(self) -> None:
        """End the wait, or the next one; behind `close` nothing happens."""
        if self._woken >= 0:
            os.eventfd_write(self._woken, 1)

    def close(self) -> None:
        """Nothing may wait any more."""
        closing, self._fd, self._woken = (self._fd, self._woken), -1, -1
        for fd in closing:
            if fd >= 0:
                os.close(fd)

    def _add(self, path: pathlib.Path, what: int) -> None:
        """Nothing happens where it cannot be: the time will end the wait."""
        if self._fd >= 0:
            _libc.inotify_add_watch(self._fd, os.fsencode(path), what | _TOO)

# SPDX-License-Identifier: Apache-2.0
"""One file of a spool: a head that says what it is and how much of it was sent, then records with length and
checksum.

Whatever stands in the file may be half written or of another program: what does not fit ends it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import zlib
from collections import deque
from typing import Final

from lanner_engine.source import LannerError

_TITLE: Final = b"lanner spool 2 "
_HEAD: Final = 48  # bytes: title and name of the output, padded; then the offset
_OFFSET: Final = struct.Struct(">Q")
_RECORD: Final = struct.Struct(">II")
_LARGEST: Final = 64 << 20  # bytes
_MODE: Final = 0o600
_FLAGS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class StrangeError(LannerError):
    """A file in a spool that this version did not write for this output."""


class Segment:
    """`number`: records that were not sent yet; `size`: of the file; `torn`: bytes at its end that are no
    records.
    """

    def __init__(self, folder: int, name: str) -> None:
        self.name = name
        self.number = self.size = self.torn = 0
        self._folder = folder
        self._descriptor = -1
        self._sent = _HEAD  # offset of the first record that was not

    def create(self, output: str) -> None:
        """Begins an empty one. Raises OSError."""
        self._descriptor = os.open(self.name, _FLAGS | os.O_CREAT | os.O_EXCL, _MODE, dir_fd=self._folder)
        try:
            self._write(0, _title(output) + _OFFSET.pack(_HEAD))
        except OSError:
            self.remove()
            raise
        self.size = _HEAD

    def open(self, output: str) -> deque[bytes]:
        """One that is there already, and its records. Raises OSError, StrangeError."""
        descriptor = self._opened()
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise StrangeError("it is no regular file")
        if found.st_size > _LARGEST:
            raise StrangeError("it is too large for one of ours")
        self.size = found.st_size
        head = os.pread(descriptor, _HEAD, 0)
        if head[: -_OFFSET.size] != _title(output):
            raise StrangeError(f"it is of another version or output than {_title(output).decode().strip()}")
        (self._sent,) = _OFFSET.unpack(head[-_OFFSET.size :])
        if not _HEAD <= self._sent <= self.size:
            raise StrangeError("its head is damaged")
        records = self.records()
        self.number = len(records)
        return records

    def records(self) -> deque[bytes]:
        """Those that were not sent, until one is torn. Raises OSError."""
        data = os.pread(self._opened(), max(0, self.size - self._sent), self._sent)
        found: deque[bytes] = deque()
        at = 0
        while at + _RECORD.size <= len(data):
            length, checksum = _RECORD.unpack_from(data, at)
            record = data[at + _RECORD.size : at + _RECORD.size + length]
            if not length or len(record) < length or zlib.crc32(record) != checksum:
                break  # zeros, too: a power failure may leave them
            found.append(record)
            at += _RECORD.size + length
        self.torn = len(data) - at
        return found

    def append(self, record: bytes) -> None:
        """All of it or nothing. Raises OSError."""
        whole = _RECORD.pack(len(record), zlib.crc32(record)) + record
        descriptor = self._opened()
        try:
            self._write(self.size, whole)
        except OSError:
            os.ftruncate(descriptor, self.size)
            raise
        self.size += len(whole)
        self.number += 1

    def sent(self, record: bytes) -> None:
        """The first of the records."""
        self._sent += _RECORD.size + len(record)
        self.number -= 1

    def note(self) -> None:
        """How much was sent, in the file: a start after this one sends only the rest. Raises OSError."""
        os.pwrite(self._opened(), _OFFSET.pack(self._sent), _HEAD - _OFFSET.size)

    def remove(self) -> None:
        """Raises OSError."""
        self.close()
        os.unlink(self.name, dir_fd=self._folder)

    def close(self) -> None:
        """What is asked of it later opens it again."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    def _opened(self) -> int:
        if self._descriptor < 0:
            self._descriptor = os.open(self.name, _FLAGS, dir_fd=self._folder)
        return self._descriptor

    def _write(self, at: int, data: bytes) -> None:
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], at + written)


def cost(record: bytes) -> int:
    """Bytes that it takes."""
    return _RECORD.size + len(record)


def _title(output: str) -> bytes:
    return (_TITLE + output.encode()).ljust(_HEAD - _OFFSET.size - 1) + b"\n"

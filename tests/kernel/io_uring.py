# SPDX-License-Identifier: Apache-2.0
"""io_uring by its system calls: a ring, requests of 64 bytes, and their completions (linux/io_uring.h)."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
SETUP, ENTER, REGISTER = 425, 426, 427  # on every architecture
REGISTER_PROBE, REGISTER_FILES2, REGISTER_PBUF_RING = 8, 13, 22
SPARSE = 1
GETEVENTS = 1
_SQ_RING, _CQ_RING, _SQES = 0, 0x8000000, 0x10000000  # where they are mapped
_PARAMS: Final = struct.Struct("=7I12x10I10I")
_SQE: Final = struct.Struct("=BBHiQQIIQHHiQQ")
_CQE: Final = struct.Struct("=QiI")
_NUMBER: Final = struct.Struct("=I")

SENDMSG, RECVMSG, ACCEPT, CONNECT, OPENAT, SEND, RECV, OPENAT2 = 9, 10, 13, 16, 18, 26, 27, 28
CLOSE, STATX = 19, 21
NOP, SHUTDOWN, RENAMEAT, UNLINKAT, MKDIRAT, SYMLINKAT, LINKAT, SOCKET = 0, 34, 35, 36, 37, 38, 39, 45
SEND_ZC, SENDMSG_ZC, FIXED_FD_INSTALL, FTRUNCATE, BIND, LISTEN = 47, 48, 54, 55, 56, 57
FIXED_FILE, IO_LINK, ASYNC, BUFFER_SELECT, CQE_SKIP = 1, 4, 16, 32, 64  # of a request
SQPOLL, DEFER_TASKRUN, SINGLE_ISSUER = 2, 0x2000, 0x1000  # of a ring
MULTISHOT_ACCEPT, MULTISHOT_RECV = 1, 2
NEED_WAKEUP = 1
WAKEUP = 2
ANY_SLOT = -1
MORE = 2  # of a completion


@dataclass(frozen=True, slots=True)
class Request:
    """One struct io_uring_sqe; `offset` is its second address where it has one."""

    opcode: int
    fd: int = -1
    address: int = 0
    length: int = 0
    offset: int = 0
    how: int = 0  # open_flags, msg_flags, accept_flags and the like
    flags: int = 0
    priority: int = 0
    tag: int = 0
    group: int = 0
    slot: int = 0

    def packed(self) -> bytes:
        head = (self.opcode, self.flags, self.priority, self.fd, self.offset, self.address)
        return _SQE.pack(*head, self.length, self.how, self.tag, self.group, 0, self.slot, 0, 0)


class Ring:
    """A ring of its own; `close` ends it."""

    def __init__(self, entries: int = 8, flags: int = 0) -> None:
        held = ctypes.create_string_buffer(_PARAMS.pack(0, 0, flags, *[0] * 24), _PARAMS.size)
        self.fd = _call(SETUP, entries, ctypes.addressof(held))
        (_, _, self.flags, _, _, self.features, _, *rest) = _PARAMS.unpack(held.raw)
        self._sq, self._cq = rest[:10], rest[10:]
        entries_sq, entries_cq = _PARAMS.unpack(held.raw)[:2]
        size = max(self._sq[6] + 4 * entries_sq, self._cq[5] + _CQE.size * entries_cq)
        self._memory = mmap.mmap(self.fd, size, offset=_SQ_RING)
        self._sqes = mmap.mmap(self.fd, entries_sq * _SQE.size, offset=_SQES)
        self._mask = self._read(self._sq[2])
        self._cq_mask = self._read(self._cq[2])

    def submit(self, *requests: Request, wait: int | None = None) -> int:
        """Hand them over at once and wait for as many completions; how many were taken."""
        tail = self._read(self._sq[1])
        for at, request in enumerate(requests):
            index = (tail + at) & self._mask
            self._sqes[index * _SQE.size : (index + 1) * _SQE.size] = request.packed()
            self._write(self._sq[6] + 4 * index, index)
        self._write(self._sq[1], tail + len(requests))
        return self.enter(len(requests), len(requests) if wait is None else wait)

    def enter(self, submit: int, wait: int) -> int:
        flags = GETEVENTS if wait else 0
        if self.flags & SQPOLL:
            flags |= WAKEUP
        return _call(ENTER, self.fd, submit, wait, flags, 0, 0)

    def completions(self) -> list[tuple[int, int, int]]:
        """(tag, result, flags) of what has ended."""
        head, tail = self._read(self._cq[0]), self._read(self._cq[1])
        found = [
            _CQE.unpack_from(self._memory, self._cq[5] + (at & self._cq_mask) * _CQE.size)
            for at in range(head, tail)
        ]
        self._write(self._cq[0], tail)
        return found

    def result(self, request: Request) -> int:
        """Of one request, whose end is waited for."""
        assert self.submit(request) == 1
        ((tag, result, _),) = self.completions()
        assert tag == request.tag
        return result

    def register_files(self, slots: int) -> None:
        """A table of files of its own, empty."""
        held = struct.pack("=IIQQQ", slots, SPARSE, 0, 0, 0)
        _call(REGISTER, self.fd, REGISTER_FILES2, held, len(held))

    def close(self) -> None:
        self._memory.close()
        self._sqes.close()
        os.close(self.fd)

    def _read(self, at: int) -> int:
        return int(_NUMBER.unpack_from(self._memory, at)[0])

    def _write(self, at: int, value: int) -> None:
        _NUMBER.pack_into(self._memory, at, value & 0xFFFFFFFF)


def supported(opcode: int) -> bool:
    """Whether this kernel's io_uring has it."""
    held = ctypes.create_string_buffer(16 + 256 * 8)
    with ring() as one:
        _call(REGISTER, one.fd, REGISTER_PROBE, ctypes.addressof(held), 256)
    (last,) = struct.unpack_from("=B", held)
    (flags,) = struct.unpack_from("=H", held, 16 + opcode * 8 + 2)
    return opcode <= last and bool(flags & 1)


@contextlib.contextmanager
def ring(entries: int = 8, flags: int = 0) -> Iterator[Ring]:
    made = Ring(entries, flags)
    try:
        yield made
    finally:
        made.close()


def at(held: ctypes.Array[ctypes.c_char]) -> int:
    """Where a buffer is."""
    return ctypes.addressof(held)


def text(value: bytes) -> ctypes.Array[ctypes.c_char]:
    """A string with its end, which the caller keeps while the kernel may read it."""
    return ctypes.create_string_buffer(value)


def _call(number: int, *arguments: int | bytes) -> int:
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(_LIBC.syscall(ctypes.c_long(number), *given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"io_uring call {number}: {errno.errorcode.get(code, code)}")
    return result

# SPDX-License-Identifier: Apache-2.0
"""BPF ring buffers -> the records in them, as bytes. Called by probes.

    Ring    one ring buffer, mapped
    Rings   several, waited for together, their records in the order of time

The libbpf inside pylibbpf has no reader. Layout (kernel/bpf/ringbuf.c): a page with the consumer's position,
a page with the producer's, the data, and the same data once more, so that a record over the end reads on. A
position counts bytes since the beginning. A record is 8 bytes (u32 length with two flag bits, u32 page
offset), its data, and padding up to a multiple of 8. Records are copied out in one go before the consumer's
position moves once: from then on the kernel may write over them.
"""

from __future__ import annotations

import mmap
import os
import select
import struct
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.record_layout import RecordAt

_BUSY: Final = 1 << 31
_DISCARDED: Final = 1 << 30
_LENGTH: Final = _DISCARDED - 1
_HEADER_BYTES: Final = 8
_PAGE: Final = mmap.PAGESIZE

_TIME: Final = struct.Struct(f"<{RecordAt.time}xQ").unpack_from


class Ring:
    """One ring buffer of `size` bytes of data; `fd` belongs to it from now on.

    There must be no other reader. Raises KernelError, with `fd` closed, when it cannot be mapped.
    """

    def __init__(self, fd: int, size: int) -> None:
        self.fd = fd
        self.size = size
        try:
            self._consumer = mmap.mmap(fd, _PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
            self._shared = mmap.mmap(fd, _PAGE + 2 * size, mmap.MAP_SHARED, mmap.PROT_READ, offset=_PAGE)
        except OSError as error:
            os.close(fd)
            raise KernelError(f"cannot map a ring buffer of {size} bytes", error.errno or 0) from error
        # Items of cast views are read and written in one piece, which positions and lengths need.
        self._consumed = memoryview(self._consumer).cast("Q")
        self._produced = memoryview(self._shared)[:_PAGE].cast("Q")
        self._words = memoryview(self._shared)[_PAGE : _PAGE + size].cast("I")
        self._fence = _Fence()

    def waiting(self) -> int:
        """Bytes between both positions: records to read, unfinished and discarded ones, headers, padding."""
        return self._produced[0] - self._consumed[0]

    def produced(self) -> int:
        """Bytes that the kernel has written since the beginning."""
        return self._produced[0]

    def consumed(self) -> int:
        """Bytes that were taken since the beginning."""
        return self._consumed[0]

    def drain(self, limit_bytes: int = 1 << 20) -> list[bytes]:
        """Take the finished records, the oldest first, until `limit_bytes` of the ring are passed.

        A record still being written ends it: those behind it come once it is finished.
        """
        begin = self._consumed[0]
        end = min(self._produced[0], begin + limit_bytes)
        if begin >= end:
            return []
        self._fence.pass_()
        begins, ends, reached = self._finished(begin, end)
        self._fence.pass_()
        shared = self._shared
        records = [shared[first:behind] for first, behind in zip(begins, ends, strict=True)]
        self._fence.pass_()
        self._consumed[0] = reached
        return records

    def _finished(self, at: int, end: int) -> tuple[list[int], list[int], int]:
        """Where the data of finished records begins and ends, and the position behind the last of them.

        Numbers rather than slice objects: the garbage collector would walk those, a third of the whole time.
        """
        words, mask = self._words, self.size - 1
        begins: list[int] = []
        ends: list[int] = []
        while at < end:
            offset = at & mask
            header = words[offset >> 2]
            if header < _DISCARDED:
                offset += _PAGE + _HEADER_BYTES
                begins.append(offset)
                ends.append(offset + header)
            elif header >= _BUSY:
                break
            else:
                header &= _LENGTH
            at += (header + _HEADER_BYTES + 7) & -8
        return begins, ends, at

    def close(self) -> None:
        """Unmap the ring and close its descriptor; a second time does nothing."""
        if self.fd < 0:
            return
        for view in (self._consumed, self._produced, self._words):
            view.release()
        self._consumer.close()
        self._shared.close()
        os.close(self.fd)
        self.fd = -1


class Rings:
    """Rings that are waited for together; they belong to it from now on."""

    def __init__(self, rings: Iterable[Ring]) -> None:
        self.rings = tuple(rings)
        self._epoll = select.epoll()
        for ring in self.rings:
            self._epoll.register(ring.fd, select.EPOLLIN)

    def wait(self, timeout_s: float) -> bool:
        """Sleep until a ring has something or the time is over; True when one has."""
        return bool(self._epoll.poll(timeout_s))

    def waiting(self) -> int:
        """Bytes not yet taken from all rings."""
        return sum(ring.waiting() for ring in self.rings)

    def marks(self) -> tuple[int, ...]:
        """Where each ring ends now."""
        return tuple(ring.produced() for ring in self.rings)

    def passed(self, marks: Iterable[int]) -> bool:
        """Whether all that lay in front of these marks is taken."""
        return all(ring.consumed() >= mark for ring, mark in zip(self.rings, marks, strict=False))

    def drain(self, limit_bytes: int = 1 << 20) -> list[bytes]:
        """Take the finished records, at most `limit_bytes` from each ring.

        Records of several rings are in the order of their times; those of a single ring stay as they lay.
        The order holds inside one batch: an earlier record may still come with the next.
        """
        batches = [batch for ring in self.rings if (batch := ring.drain(limit_bytes))]
        if len(batches) <= 1:
            return batches[0] if batches else []
        return sorted((record for batch in batches for record in batch), key=_TIME)

    def close(self) -> None:
        """Close every ring; a second time does nothing."""
        self._epoll.close()
        for ring in self.rings:
            ring.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Fence:
    """Orders what comes before against what comes after, for the memory shared with other CPUs.

    Python has no barriers; x86-64 keeps loads in order, aarch64 does not. Letting a lock go and taking it
    again is a store-release followed by a load-acquire. About 50 ns, three times a batch.
    """

    def __init__(self) -> None:
        lock = threading.Lock()
        lock.acquire()
        self._release, self._acquire = lock.release, lock.acquire

    def pass_(self) -> None:
        self._release()
        self._acquire()


def create(*sizes: int) -> Rings:
    """New ring buffers of these sizes in bytes, each a power of two and a multiple of the page size.

    Raises KernelError when the kernel refuses them.
    """
    rings: list[Ring] = []
    try:
        for number, size in enumerate(sizes):
            name = b"lanner_ring_%d" % number
            rings.append(Ring(syscall_bpf.map_create(syscall_bpf.RINGBUF, 0, 0, size, name), size))
    except BaseException:
        for ring in rings:
            ring.close()
        raise
    return Rings(rings)

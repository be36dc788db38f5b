# SPDX-License-Identifier: Apache-2.0
"""BPF ring buffers -> the records in them, as bytes.

    Ring    one ring buffer, mapped
    Rings   several, their records in the order of time
    Fence   between two looks at shared memory

The libbpf inside pylibbpf has no reader. Layout (kernel/bpf/ringbuf.c): a page with the consumer's position,
a page with the producer's, the data, and the same data once more, so that a record over the end reads on. A
position counts bytes since the beginning. A record is 8 bytes (u32 length with two flag bits, u32 page
offset), its data, and padding up to a multiple of 8. Records are copied out in one go before the consumer's
position moves once: from then on the kernel may write over them.
"""

from __future__ import annotations

import bisect
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterable, Sequence
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

MAX_REORDER_NS: Final = 100_000_000  # at most a record is held back for its place in the order
OVERTAKEN: Final = "read after younger ones of another ring"

_TIME: Final = struct.Struct(f"<{RecordAt.time}xQ").unpack_from


def _time(record: bytes) -> int:
    return int(_TIME(record)[0])


def _now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


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
        self._fence = Fence()
        self.stopped = (
            False  # the last drain left records that were there, for the limit or an unfinished one
        )

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
        begin, behind = self._consumed[0], self._produced[0]
        end = min(behind, begin + limit_bytes)
        self.stopped = False
        if begin >= end:
            return []
        self._fence.pass_()
        begins, ends, reached = self._finished(begin, end)
        self._fence.pass_()
        shared = self._shared
        records = [shared[first:behind] for first, behind in zip(begins, ends, strict=True)]
        self._fence.pass_()
        self._consumed[0] = reached
        self.stopped = reached < behind
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
    """Rings that are read together; they belong to it from now on.

    What one thread did comes out in the order in which it was done, whichever rings its records are in, and
    the records of a batch are in the order of their times.
    """

    def __init__(self, rings: Iterable[Ring], now: Callable[[], int] = _now) -> None:
        """`now`: the clock of records' times."""
        self.rings = tuple(rings)
        self._now = now
        self._reached = [0] * len(self.rings)  # the time of each ring's newest record that was taken
        self._held: list[bytes] = []  # in the order of time
        self._hurried = 0  # up to this time records were given out before all of them were taken; 0: none
        self.overtaken = 0  # records that came out behind younger ones, since the beginning

    def waiting(self) -> int:
        """Bytes not yet given out."""
        return sum(ring.waiting() for ring in self.rings) + sum(map(len, self._held))

    def marks(self) -> tuple[int, ...]:
        """Where each ring ends now, and when that is."""
        return (*(ring.produced() for ring in self.rings), self._now())

    def passed(self, marks: Sequence[int]) -> bool:
        """Whether all that lay in front of these marks is given out."""
        if self._held and marks and _time(self._held[0]) <= marks[-1]:
            return False
        return all(ring.consumed() >= mark for ring, mark in zip(self.rings, marks, strict=False))

    def drain(self, limit_bytes: int = 1 << 20) -> list[bytes]:
        """Take the finished records, at most `limit_bytes` from each ring.

        A record is held back for the next batch when one that the same thread made before may not have been
        taken: it is younger than the look at the first ring, or than the last record of a ring that was not
        read to its end.
        """
        begun = self._now()
        batches = [ring.drain(limit_bytes) for ring in self.rings]
        taken = [batch for batch in batches if batch]
        if self._hurried:
            self._count_overtaken(taken)
        self._reached = [
            _time(batch[-1]) if batch else reached
            for batch, reached in zip(batches, self._reached, strict=True)
        ]
        if (
            not self._held
            and len(taken) <= 1
            and not any(ring.waiting() for ring, batch in zip(self.rings, batches, strict=True) if not batch)
        ):
            return taken[0] if taken else []
        found = sorted((record for batch in (self._held, *taken) for record in batch), key=_time)
        whole = self._whole(begun)
        at = bisect.bisect_right(found, max(whole, begun - MAX_REORDER_NS), key=_time)
        self._held = found[at:]
        if at and (newest := _time(found[at - 1])) > whole:
            self._hurried = max(self._hurried, newest)
        return found[:at]

    def _whole(self, begun: int) -> int:
        """Up to when all that happened is taken. A thread that is interrupted in the middle of a record must
        not hold up all others for long: what is older than MAX_REORDER_NS does not wait for it.
        """
        stopped = [reached for ring, reached in zip(self.rings, self._reached, strict=True) if ring.stopped]
        return min([begun, *stopped])

    def _count_overtaken(self, taken: Iterable[Sequence[bytes]]) -> None:
        """Of what is taken now, by ring, in which records are in order but for those of one moment. When all
        rings are read to their end the order is whole again.
        """
        self.overtaken += sum(bisect.bisect_left(batch, self._hurried, key=_time) for batch in taken)
        if not any(ring.stopped for ring in self.rings):
            self._hurried = 0

    def close(self) -> None:
        """Close every ring; a second time does nothing."""
        for ring in self.rings:
            ring.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Fence:
    """Orders what comes before against what comes after, for the memory shared with other CPUs.

    Python has no barriers; x86-64 keeps loads in order, aarch64 does not, and neither keeps a load behind a
    store. Letting a lock go and taking it again is a store-release followed by a load-acquire, by atomic
    instructions, which both keep in order. About 50 ns.
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

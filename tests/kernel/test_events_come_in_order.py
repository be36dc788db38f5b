# SPDX-License-Identifier: Apache-2.0
"""What one thread does comes out in the order in which it was done, whichever rings its records are in."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import signal
import struct
import time
from collections.abc import Iterator

import pytest

from lanner_agent.kernel import ring as rings
from lanner_agent.kernel.record_layout import RecordAt
from lanner_agent.kernel.ring import Ring, Rings
from lanner_engine.fields import model
from tests.kernel.conftest import QUIET_S, Watch

PAGE = mmap.PAGESIZE
BUSY = 1 << 31
RECORD = RecordAt.time + 8
ROUNDS, MAKERS = 600, 2
FILE = b"/proc/uptime"
NOW = 1_000_000_000


class Written:
    """A ring in memory, of the kernel's layout: no program of the kernel stops in the middle of a record."""

    def __init__(self) -> None:
        self._fd = os.memfd_create("ring")
        os.ftruncate(self._fd, 2 * PAGE + 2 * PAGE)
        self._end = 0
        self.ring = Ring(os.dup(self._fd), PAGE)

    def add(self, *times: int, unfinished: bool = False) -> None:
        for when in times:
            head = struct.pack("=II", RECORD | (BUSY if unfinished else 0), 0)
            content = head + bytes(RecordAt.time) + struct.pack("=Q", when)
            os.pwrite(self._fd, content, 2 * PAGE + self._end)
            self._end += (len(content) + 7) & -8
        os.pwrite(self._fd, struct.pack("=Q", self._end), PAGE)

    def finish(self, number: int) -> None:
        at = number * ((RECORD + 8 + 7) & -8)
        os.pwrite(self._fd, struct.pack("=I", RECORD), 2 * PAGE + at)

    def close(self) -> None:
        os.close(self._fd)


class Pair:
    """Two of them and their reader; `now` is its clock."""

    def __init__(self) -> None:
        self.now = NOW
        self.first, self.second = Written(), Written()
        self.reader = Rings([self.first.ring, self.second.ring], lambda: self.now)

    def drain(self, limit_bytes: int = PAGE) -> list[int]:
        """The times of what comes out."""
        found = self.reader.drain(limit_bytes)
        return [struct.unpack_from("=Q", record, RecordAt.time)[0] for record in found]

    def close(self) -> None:
        self.reader.close()
        self.first.close()
        self.second.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.close()


def test_what_is_younger_than_the_look_at_the_first_ring_waits_for_the_next(pair: Pair) -> None:
    pair.first.add(NOW - 3)
    pair.second.add(NOW - 2, NOW + 1)
    assert pair.drain() == [NOW - 3, NOW - 2]
    assert pair.reader.waiting() > 0
    pair.first.add(NOW)
    pair.now += 5
    assert pair.drain() == [NOW, NOW + 1]
    assert pair.reader.waiting() == 0


def test_what_is_younger_than_an_unread_rest_of_another_ring_waits(pair: Pair) -> None:
    pair.first.add(NOW - 9, NOW - 8, NOW - 4)
    pair.second.add(NOW - 7, NOW - 3)
    one = (RECORD + 8 + 7) & -8
    assert pair.drain(limit_bytes=2 * one) == [NOW - 9, NOW - 8]
    assert pair.drain() == [NOW - 7, NOW - 4, NOW - 3]


def test_an_unfinished_record_holds_up_what_is_younger_than_those_before_it(pair: Pair) -> None:
    pair.first.add(NOW - 50)
    pair.first.add(NOW - 30, unfinished=True)
    pair.second.add(NOW - 60, NOW - 20)
    assert pair.drain() == [NOW - 60, NOW - 50]
    assert pair.drain() == []
    pair.first.finish(1)
    assert pair.drain() == [NOW - 30, NOW - 20]


def test_nothing_is_held_up_for_long(pair: Pair) -> None:
    pair.first.add(NOW - 30, unfinished=True)
    pair.second.add(NOW - 20, NOW + rings.MAX_REORDER_NS)
    assert pair.drain() == []
    pair.now += rings.MAX_REORDER_NS
    assert pair.drain() == [NOW - 20]
    pair.now += rings.MAX_REORDER_NS
    assert pair.drain() == [NOW + rings.MAX_REORDER_NS]
    pair.first.finish(0)
    assert pair.drain() == [NOW - 30]


def test_what_was_overtaken_is_counted(pair: Pair) -> None:
    one = (RECORD + 8 + 7) & -8
    pair.now += 2 * rings.MAX_REORDER_NS
    pair.first.add(NOW - 50, NOW - 40, NOW - 20, NOW + 1)
    pair.second.add(NOW - 45, NOW - 10)
    assert pair.drain(limit_bytes=2 * one) == [NOW - 50, NOW - 45, NOW - 40, NOW - 10]
    assert pair.reader.overtaken == 0
    assert pair.drain() == [NOW - 20, NOW + 1]
    assert pair.reader.overtaken == 1
    pair.first.add(NOW - 15)
    assert pair.drain() == [NOW - 15]
    assert pair.reader.overtaken == 1


def test_what_comes_in_order_is_not_counted(pair: Pair) -> None:
    one = (RECORD + 8 + 7) & -8
    pair.first.add(NOW - 9, NOW - 8, NOW - 4)
    pair.second.add(NOW - 7, NOW - 3)
    assert len(pair.drain(limit_bytes=2 * one) + pair.drain()) == 5
    assert pair.reader.overtaken == 0


def open_and_fork() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    for _ in range(ROUNDS):
        os.close(os.open(FILE, os.O_RDONLY))
        if os.fork() == 0:
            os._exit(0)


def deed(event: model.Event) -> str | None:
    """None: an open of the interpreter's own; from Python 3.12 on it reads /proc/self/stat at every fork."""
    if event.type != "openat":
        return "fork"
    return "open" if event.fd is not None and event.fd.name == FILE else None


@pytest.mark.each_kernel
def test_a_thread_that_opens_and_forks_is_followed_in_its_order(watch: Watch) -> None:
    """Opens and forks have different rings. The reader takes batches that are large enough to take a while,
    and the thread goes on meanwhile.
    """
    with watch.wanting("openat", "clone", "fork", "vfork", "clone3"):
        makers = [multiprocessing.Process(target=open_and_fork) for _ in range(MAKERS)]
        for maker in makers:
            maker.start()
        while any(maker.is_alive() for maker in makers):
            time.sleep(0.005)
            watch.take()
        while watch.probes.wait(QUIET_S):
            watch.take()
    for maker in makers:
        did = list(filter(None, map(deed, watch.taken(maker.pid or 0))))
        assert did[did.index("open") :] == ["open", "fork"] * ROUNDS

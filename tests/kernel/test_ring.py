# SPDX-License-Identifier: Apache-2.0
"""Records that the running kernel puts into its ring buffers come out whole, once and in order."""

from __future__ import annotations

import mmap
import os
import random
import struct
from collections.abc import Iterator

import pytest

from lanner_agent.kernel import ring as rings
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.ring import Ring, Rings
from tests.kernel import ring_programs
from tests.kernel.ring_programs import MAX_LENGTH, SIZE, Programs

pytestmark = pytest.mark.each_kernel

PAGE = mmap.PAGESIZE
BUSY, DISCARDED = 1 << 31, 1 << 30


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    programs = ring_programs.load(tmp_path_factory.mktemp("bpf"))
    yield programs
    programs.loaded.close()


@pytest.fixture
def ring(programs: Programs) -> Iterator[Ring]:
    opened = Ring(os.dup(programs.map("records")), SIZE)
    opened.drain()
    yield opened
    opened.drain()
    opened.close()


@pytest.fixture
def other(programs: Programs) -> Iterator[Ring]:
    opened = Ring(os.dup(programs.map("others")), SIZE)
    opened.drain()
    yield opened
    opened.close()


def contents(count: int, seed: int = 1) -> list[bytes]:
    """Records of every length, with their number as the time, full of random bytes."""
    draw = random.Random(seed)  # noqa: S311 (the same bytes in each run)
    head = [draw.randbytes(8) + struct.pack("=Q", number) for number in range(count)]
    return [start + draw.randbytes(draw.randint(0, MAX_LENGTH - 16)) for start in head]


def test_every_byte_comes_out_in_order_while_the_ring_wraps(programs: Programs, ring: Ring) -> None:
    written = contents(2000)
    assert sum(map(len, written)) > 10 * SIZE
    read: list[bytes] = []
    for number, content in enumerate(written):
        programs.write(content)
        if number % 29 == 0:
            read += ring.drain()
    read += ring.drain()
    assert read == written
    assert ring.waiting() == 0


def test_discarded_records_do_not_come_out(programs: Programs, ring: Ring) -> None:
    first, second = contents(2)
    programs.discard()
    programs.write(first)
    programs.discard()
    programs.write(second)
    programs.discard()
    assert ring.drain() == [first, second]
    assert ring.waiting() == 0


def test_waiting_counts_headers_and_padding(programs: Programs, ring: Ring) -> None:
    programs.write(bytes(17))
    assert ring.waiting() == 8 + 24
    assert ring.drain() == [bytes(17)]
    assert ring.waiting() == 0


def test_a_full_ring_refuses_and_reads_on_after_a_drain(programs: Programs, ring: Ring) -> None:
    content = bytes(range(254)) * 4
    room = SIZE // (len(content) + 8) - 1  # one byte of the ring stays free always
    for _ in range(room):
        programs.write(content)
        assert programs.refused() == 0
    programs.write(content)
    assert programs.refused() == 1
    assert ring.drain() == [content] * room
    programs.write(content)
    assert ring.drain() == [content]


def test_the_limit_ends_a_batch_at_a_whole_record(programs: Programs, ring: Ring) -> None:
    written = contents(20)
    for content in written:
        programs.write(content)
    read, batches = [], 0
    while batch := ring.drain(limit_bytes=1000):
        assert sum(map(len, batch)) < 1000 + MAX_LENGTH + 8
        read += batch
        batches += 1
    assert read == written
    assert batches > 3


def test_records_of_several_rings_are_merged_by_time(programs: Programs, ring: Ring, other: Ring) -> None:
    written = contents(40)
    for content in written:
        programs.write(content)
    both = Rings([ring, other])
    expected = [c for c in written for _ in range(1 + (len(c) % 3 == 0))]
    assert len(expected) > len(written)
    assert both.drain() == expected
    assert both.waiting() == 0
    assert both.drain() == []


def test_created_rings_have_the_size_asked_for_and_close_twice() -> None:
    before = len(os.listdir("/proc/self/fd"))
    created = rings.create(*[8 * PAGE] * 3)
    assert [one.size for one in created.rings] == [8 * PAGE] * 3
    assert created.drain() == []
    created.close()
    created.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_size_the_kernel_refuses_is_an_error_and_leaves_nothing_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KernelError, match="EINVAL"):
        rings.create(8 * PAGE, 8 * PAGE + 1)
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_cannot_be_mapped_is_an_error_and_is_closed() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KernelError, match=r"cannot map a ring buffer of 4096 bytes: .*\(ENODEV\)"):
        Ring(os.eventfd(0), 4096)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_record_still_being_written_stops_the_drain_until_it_is_finished() -> None:
    """In memory of the same layout: a program of the kernel cannot be stopped in the middle of a record."""
    fd = os.memfd_create("ring")
    os.ftruncate(fd, 2 * PAGE + 2 * PAGE)
    lengths = (16, 21 | BUSY, 30, 9 | DISCARDED)
    at = 0
    for length in lengths:
        os.pwrite(fd, struct.pack("=II", length, 0) + bytes([length & 255]) * (length & 255), 2 * PAGE + at)
        at += ((length & 255) + 15) // 8 * 8
    os.pwrite(fd, struct.pack("=Q", at), PAGE)
    one = Ring(os.dup(fd), PAGE)
    assert one.drain() == [b"\x10" * 16]
    assert one.drain() == []
    assert one.waiting() == at - 24
    os.pwrite(fd, struct.pack("=I", 21), 2 * PAGE + 24)
    assert one.drain() == [b"\x15" * 21, b"\x1e" * 30]
    assert one.waiting() == 0
    assert os.pread(fd, 8, 0) == struct.pack("=Q", at)
    one.close()
    os.close(fd)

# SPDX-License-Identifier: Apache-2.0
"""The writer against real pipes, files and devices: order, wholeness, slow readers, readers that are gone."""

from __future__ import annotations

import contextlib
import os
import pathlib
import threading
import time
from collections.abc import Iterator

import pytest

from lanner_agent.publish import stdout


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    others = frozenset(threading.enumerate())
    reader, writer = os.pipe()
    yield reader, writer
    close(reader)  # a writer that still waits for room wakes with EPIPE
    for thread in threading.enumerate():
        if thread.name == "lanner-stdout" and thread not in others:
            thread.join(5)
    close(writer)


def close(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # the test closed it itself
        os.close(descriptor)


def read_all(descriptor: int) -> bytes:
    chunks = []
    while chunk := os.read(descriptor, 1 << 16):
        chunks.append(chunk)
    return b"".join(chunks)


def test_lines_come_out_whole_and_in_order(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    lines = [b"%05d %s\n" % (number, b"x" * (number % 9000)) for number in range(500)]
    output = stdout.LineWriter(writer)
    received: list[bytes] = []
    thread = threading.Thread(target=lambda: received.append(read_all(reader)))
    thread.start()
    assert all(output.write(line) for line in lines)
    output.close()
    os.close(writer)
    thread.join()
    assert received[0] == b"".join(lines)
    assert (output.written, dict(output.lost)) == (500, {})


def test_a_reader_that_does_not_read_never_holds_up_the_caller(pipe: tuple[int, int]) -> None:
    _, writer = pipe
    output = stdout.LineWriter(writer, lines=100)
    start = time.monotonic()
    accepted = sum(output.write(b"y" * 4095 + b"\n") for _ in range(1000))
    assert time.monotonic() - start < 5  # who waited for the reader would wait for ever
    assert 100 <= accepted <= 100 + 17  # the queue, and what 64 KiB of pipe and the line in hand hold
    assert output.lost[stdout.SLOW_READER] == 1000 - accepted
    output.close(timeout_s=0.1)
    assert output.written + sum(output.lost.values()) == 1000


def test_the_queue_is_bounded_in_bytes_too(pipe: tuple[int, int]) -> None:
    _, writer = pipe
    output = stdout.LineWriter(writer, size=1 << 20)
    accepted = sum(output.write(b"z" * (1 << 17)) for _ in range(20))
    assert accepted <= 8
    assert output.lost[stdout.SLOW_READER] == 20 - accepted
    output.close(timeout_s=0.1)


def test_a_slow_reader_that_comes_back_gets_the_rest(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    output = stdout.LineWriter(writer)
    for number in range(100):
        output.write(b"%099d\n" % number * 20)
    time.sleep(0.05)
    received: list[bytes] = []
    thread = threading.Thread(target=lambda: received.append(read_all(reader)))
    thread.start()
    output.close()
    os.close(writer)
    thread.join()
    assert len(received[0]) == 100 * 20 * 100
    assert output.written == 100


def test_a_reader_that_went_away_is_noticed_and_every_line_counted(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    output = stdout.LineWriter(writer)
    output.write(b"first\n")
    deadline = time.monotonic() + 2
    while not output.gone and time.monotonic() < deadline:
        time.sleep(0.005)
    assert output.gone
    assert output.write(b"second\n") is False
    output.close()
    assert (output.written, output.lost[stdout.READER_GONE]) == (0, 2)


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_a_full_disk_is_named_and_the_next_line_is_tried_again() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    output = stdout.LineWriter(descriptor)
    output.write(b"one\n")
    output.write(b"two\n")
    output.close()
    os.close(descriptor)
    assert dict(output.lost) == {"cannot write the output: No space left on device": 2}
    assert not output.gone


def test_lines_after_the_end_are_refused_and_counted(tmp_path: pathlib.Path) -> None:
    descriptor = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    output = stdout.LineWriter(descriptor)
    output.write(b"kept\n")
    output.close()
    assert output.write(b"late\n") is False
    os.close(descriptor)
    assert (tmp_path / "out").read_bytes() == b"kept\n"
    assert dict(output.lost) == {stdout.AT_THE_END: 1}


def test_a_line_that_cannot_be_made_costs_no_other(tmp_path: pathlib.Path) -> None:
    descriptor = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    output = stdout.LineWriter(descriptor)
    output.later(lambda: b"%d\n" % len(""[0]), 100)
    output.later(lambda: b"made\n", 100)
    output.close()
    os.close(descriptor)
    assert (tmp_path / "out").read_bytes() == b"made\n"
    assert dict(output.lost) == {f"{stdout.NOT_MADE}: IndexError": 1}

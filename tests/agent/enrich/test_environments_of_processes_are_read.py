# SPDX-License-Identifier: Apache-2.0
"""Environments of real processes; of who ended, who is another by now, and who makes readers hang."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lanner_agent.enrich import environments
from lanner_agent.enrich.environments import Environments

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def started(pid: int) -> int:
    """In ns since boot, as coarse as /proc has it."""
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19]) * TICK_NS


@contextmanager
def process(environment: Mapping[str, str]) -> Iterator[int]:
    """One that waits; its pid."""
    running = subprocess.Popen(["/bin/sh", "-c", "echo; read x"], env=environment, stdin=-1, stdout=-1)
    assert running.stdin
    assert running.stdout
    running.stdout.readline()  # it is sh by now
    try:
        yield running.pid
    finally:
        running.stdin.close()
        running.stdout.close()
        running.wait(5)


def test_every_variable_is_there() -> None:
    made = Environments()
    with process({"A": "b", "C": "d e=f"}) as pid:
        assert made.read(pid, started(pid) + 123) == (b"A=b", b"C=d e=f")
    assert not made.counts


def test_one_without_variables_has_none() -> None:
    with process({}) as pid:
        assert Environments().read(pid, started(pid)) is None


def test_a_long_one_is_cut_and_counted() -> None:
    made = Environments()
    with process({"A": "x" * 10_000}) as pid:
        assert made.read(pid, started(pid)) == (b"A=" + b"x" * (environments.MAX_LENGTH - 2),)
    assert made.counts == {environments.CUT: 1}


def test_who_has_ended_has_none() -> None:
    made = Environments()
    with process({"A": "b"}) as pid:
        start = started(pid)
    assert made.read(pid, start) is None
    assert made.counts == {environments.GONE: 1}


def test_another_with_the_same_number_is_not_taken_for_it() -> None:
    made = Environments()
    with process({"A": "b"}) as pid:
        assert made.read(pid, started(pid) - TICK_NS) is None
    assert made.counts == {environments.GONE: 1}


class Hanging:
    """Reads that hang until they may go on, but for process 1."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.reads = 0

    def __call__(self, pid: int, start: int) -> bytes:
        self.reads += 1
        if pid != 1:
            assert self.go_on.wait(30)
        return b"A=b\0"


def test_a_read_that_hangs_costs_one_wait_and_nobody_elses_environment() -> None:
    read = Hanging()
    made = Environments(read)
    assert made.read(2, 0) is None
    assert made.read(2, 0) is None
    assert made.read(1, 0) == (b"A=b",)
    assert (read.reads, made.counts) == (2, {environments.HUNG: 2})
    read.go_on.set()


def test_few_threads_hang_at_the_same_time() -> None:
    read = Hanging()
    made = Environments(read)
    for pid in range(2, 2 + environments.MAX_HANGING):
        assert made.read(pid, 0) is None
    assert made.read(1, 0) is None
    assert made.counts == {environments.HUNG: environments.MAX_HANGING, environments.CROWDED: 1}
    hanging = made._hanging
    read.go_on.set()
    for thread in hanging:
        thread.join(5)
    assert made.read(1, 0) == (b"A=b",)

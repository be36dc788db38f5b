# SPDX-License-Identifier: Apache-2.0
"""What of a loop's time goes into the programs in the kernel, by the kernel's own clock: what an operation
takes longer beyond that is the way to the programs and back, which empty programs have too. No figure is
asserted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.bench import agents, figures, loop_table, program_time, states
from tests.bench.conftest import Tell
from tests.bench.loops import LOOPS, Workshop
from tests.bench.sizes import sized

PASSES = sized(3, 1)
WATCHED = tuple(name for name in LOOPS if name != "walk")

State = Callable[[], AbstractContextManager[int]]

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


@contextmanager
def empty(compiled: Path) -> Iterator[int]:
    """The process that holds the programs."""
    with states.empty(compiled, states.EVERYWHERE):
        yield os.getpid()


@contextmanager
def lanner(rules: str) -> Iterator[int]:
    with agents.running(*agents.arguments(rules)) as watch:
        watch.cost.settle()
        yield watch.pid


def measure(workshop: Workshop, pid: int) -> dict[str, float]:
    """Nanoseconds of an operation of each loop, in the quickest pass."""
    found = {}
    for name in WATCHED:
        passes = []
        for _ in range(PASSES):
            before = program_time.spent_ns(pid)
            timed = workshop.run(LOOPS[name], 1)
            passes.append((program_time.spent_ns(pid) - before) / timed.operations)
        found[name] = min(passes)
    return found


def test_time_in_the_programs(tmp_path: Path, tell: Tell) -> None:
    workshop = Workshop.build(tmp_path)
    turns: dict[str, State] = {
        loop_table.EMPTY: partial(empty, states.compile_empty(tmp_path)),
        loop_table.PUBLIC: partial(lanner, agents.PUBLIC),
        loop_table.DEFAULT: partial(lanner, agents.DEFAULT),
    }
    found = {}
    with program_time.counted():
        for name, state in turns.items():
            tell(f"time in the programs: {name}")
            with state() as pid:
                found[name] = measure(workshop, pid)
    figures.keep("programs", {"passes": PASSES, "ns": found})
    assert all(ns > 0 for measured in found.values() for ns in measured.values())

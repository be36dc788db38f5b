# SPDX-License-Identifier: Apache-2.0
"""What a system call, and a request of io_uring, costs while Lanner watches, beside nothing attached and an
empty program. `make bench` runs it.

The states take turns within one run, PASSES times, and each figure is the least of all: other load on the
machine does not change the ratios. No figure is asserted, only that the work was recorded as the state says.
"""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.bench import figures, states

CALLS, ROUNDS, PASSES = 1000, 20, 3
WORK = ("getppid", "open and close", "request: nothing", "request: open, close")
UNWANTED, WANTED = "Lanner, opens wanted by no rule", "Lanner, every open recorded"

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


@pytest.fixture
def work(tmp_path: Path) -> list[str]:
    """The command that does and times the work."""
    source, program, opened = states.HERE / "work.c", tmp_path / "work", tmp_path / "opened-by-the-benchmark"
    # static: a loader would open libraries, and records of those hold the work's arguments too
    flags = ("-static", "-O2", "-Wall", "-Werror")
    subprocess.run([os.environ.get("CC", "gcc"), *flags, str(source), "-o", str(program)], check=True)
    opened.touch()
    return [str(program), str(CALLS), str(ROUNDS), str(opened)]


@pytest.fixture
def turns(tmp_path: Path, work: list[str]) -> dict[str, states.State]:
    """The states by the names in the table."""
    watched = partial(states.lanner, path=os.fsencode(work[-1]))
    return {
        "nothing attached": states.nothing,
        "an empty program": partial(states.empty, states.compile_empty(tmp_path)),
        UNWANTED: partial(watched, frozenset({"execve"})),
        WANTED: partial(watched, frozenset({"execve", "openat"})),
    }


def time_once(work: list[str], state: states.State) -> tuple[dict[str, float], states.Seen]:
    """Nanoseconds by what was done, and what the state saw of it."""
    with state() as seen:
        said = subprocess.run(work, check=True, capture_output=True, text=True).stdout
    return dict(zip(WORK, map(float, said.split()), strict=True)), seen


def test_a_system_call(
    turns: dict[str, states.State], work: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    least: dict[str, dict[str, float]] = {}
    for _ in range(PASSES):
        for name, state in turns.items():
            timed, seen = time_once(work, state)
            before = least.get(name, timed)
            least[name] = {what: min(ns, before[what]) for what, ns in timed.items()}
            opens = 2 * CALLS * ROUNDS if name == WANTED else 0
            execs = 1 if name in {UNWANTED, WANTED} else 0  # its argument is the path too
            assert seen.records == opens + execs, f"{name}: of the whole machine were lost {seen.lost}"
    path = figures.write("system_calls", least)
    with capsys.disabled():
        print(f"\n\n{figures.table(least)}\n\n{path}")

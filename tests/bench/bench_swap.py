# SPDX-License-Identifier: Apache-2.0
"""A thousand rules give way to others: how long from the write until these are in force, and whether a rule
that is in both misses what happens meanwhile. It is asserted that it misses nothing.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench import agents, figures, numbered
from tests.bench.agents import Running
from tests.bench.conftest import Tell
from tests.bench.sizes import sized

NUMBER = sized(1_000, 50)
TIMES = sized(5, 1)
PAUSE_S = 0.002  # between two opens
IN_FORCE_S = 30.0

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


def write(file: Path, folder: Path, version: int) -> Path:
    """NUMBER rules of this version behind one that is in every version."""
    new, first = file.with_suffix(".new"), version * NUMBER
    return agents.write_mixed(new, NUMBER, numbered.rule(folder), first=first).replace(file)


@contextmanager
def opening(folder: Path) -> Iterator[list[int]]:
    """Files opened one after the other by a thread; their numbers."""
    stop, numbers = threading.Event(), list[int]()

    def work() -> None:
        while not stop.wait(PAUSE_S):
            numbered.open_one(folder, len(numbers))
            numbers.append(len(numbers))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield numbers
    finally:
        stop.set()
        thread.join()


def swap(watch: Running, file: Path, folder: Path, version: int) -> float:
    """Seconds from the write to the note that the new rules are in force."""
    said = len(watch.agent.notes.all())
    write(file, folder, version)
    written = time.time()
    return watch.agent.notes.wait("rules reloaded", IN_FORCE_S, after=said).arrived - written


def test_a_swap_of_a_thousand_rules(tmp_path: Path, tell: Tell) -> None:
    folder, file = tmp_path / "opened", tmp_path / "rules.yaml"
    folder.mkdir()
    with agents.running("--rules", write(file, folder, 0)) as watch:
        with opening(folder) as numbers:
            taken = []
            for version in range(1, TIMES + 1):
                tell(f"swap {version} of {TIMES} of {NUMBER} rules")
                taken.append(swap(watch, file, folder, version))
        numbered.wait_for(watch.agent, numbers[-1])
        watch.cost.settle()
    seen = [number for number, _ in numbered.arrivals(watch.agent.alerts.all())]
    missed = sorted(set(numbers) - set(seen))
    median = statistics.median(taken)
    kept = {"rules": NUMBER, "median_s": median, "longest_s": max(taken), "times": TIMES}
    figures.keep("swap", {**kept, "opened": len(numbers), "missed": len(missed)})
    assert not missed
    assert len(seen) == len(numbers)

# SPDX-License-Identifier: Apache-2.0
"""Opens that the kernel must all hand over, on one CPU, and an agent that keeps to another: how many events
one CPU deals with, and how many a second come without one being lost. Once with a rule that is true on none
of them, once with one that is true on each, so that each is an alert. No figure is asserted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench import agents, figures
from tests.bench.agents import Running
from tests.bench.conftest import Tell
from tests.bench.loops import LOOPS, OPENED, Timed, Workshop
from tests.bench.sizes import sized

FULL_S = sized(3.0, 0.2)  # at full speed
TRY_S = sized(3.0, 0.2)  # of one rate
TRIES = sized(5, 1)
SHARES = (0.9, 0.7)  # of the highest rate that lost nothing in a try, held one after the other
OPENS = f"evt.type in (open, openat, openat2) and fd.name = {OPENED}"
RULES = {"evaluated": f"{OPENS} and proc.cmdline contains not-in-here", "alerts": OPENS}
HELD_S = {"evaluated": sized(60.0, 0.2), "alerts": sized(10.0, 0.2)}  # of the rate that is kept

Run = Callable[[float, float], tuple[Timed, int]]  # seconds, rate (0: full) -> what was done, and lost of it

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


@contextmanager
def kept_apart(watch: Running) -> Iterator[None]:
    """The agent on the last CPU, this process and what it starts on the others."""
    every = os.sched_getaffinity(0)
    last = max(every)
    watch.keep_to(last)
    os.sched_setaffinity(0, every - {last} or every)
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


def runner(watch: Running, workshop: Workshop) -> Run:
    def run(seconds: float, rate: float) -> tuple[Timed, int]:
        lost = watch.cost.lost()
        timed = workshop.run(LOOPS["open_raw"], 1, seconds, rate)
        watch.cost.settle()
        return timed, watch.cost.lost() - lost

    return run


def capacity(watch: Running, run: Run) -> dict[str, float]:
    """At full speed: events a second of the agent's CPU time."""
    before = watch.cost.cpu_ns()
    timed, lost = run(FULL_S, 0)
    spent = watch.cost.cpu_ns() - before
    came = max(1, timed.operations - lost)
    return {"full_speed": speed(timed), "lost_share": lost / timed.operations, "each_ns": spent / came}


def speed(timed: Timed) -> float:
    return timed.operations / timed.seconds


def highest_without_loss(run: Run, below: float) -> float:
    """By halves, with TRIES tries."""
    least, most = 0.0, below
    for _ in range(TRIES):
        rate = (least + most) / 2
        _, lost = run(TRY_S, rate)
        least, most = (rate, most) if not lost else (least, rate)
    return least


def held(run: Run, highest: float, seconds: float) -> float:
    """The rate, operations a second, of which so many seconds lost nothing; 0 where that is none."""
    for share in SHARES:
        timed, lost = run(seconds, highest * share)
        if not lost:
            return speed(timed)
    return 0.0


def measure(workshop: Workshop, rules: Path, tell: Tell, name: str) -> dict[str, float]:
    with agents.running("--rules", rules) as watch, kept_apart(watch):
        run = runner(watch, workshop)
        tell(f"{name}: at full speed")
        found = capacity(watch, run)
        tell(f"{name}: the rate that loses nothing")
        highest = highest_without_loss(run, min(found["full_speed"], 2e9 / found["each_ns"]))
        tell(f"{name}: {HELD_S[name]:.0f} s of it")
        kept = held(run, highest, HELD_S[name])
    return {**found, "a_second": 1e9 / found["each_ns"], "held_a_second": kept, "held_s": HELD_S[name]}


def test_a_flood_of_events_that_all_come(tmp_path: Path, tell: Tell) -> None:
    workshop = Workshop.build(tmp_path)
    found = {}
    for name, condition in RULES.items():
        rules = agents.write(tmp_path / f"{name}.yaml", agents.written(name, condition))
        found[name] = measure(workshop, rules, tell, name)
    figures.keep("flood", found)
    assert all(one["full_speed"] > 0 for one in found.values())

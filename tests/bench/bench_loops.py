# SPDX-License-Identifier: Apache-2.0
"""What programs at work feel of a real `lanner run`, and what it costs itself: loops that open, stat, start
programs, fork, connect and archive at full speed, in one process and in two.

The states of loop_table take turns within one run, PASSES times: nothing attached, empty programs on the same
hooks, the agent with one rule on something else, with the public rules, with the default rules, and with the
public rules but without the index. Best and median of the passes are kept; what was lost is from all of them.
No figure is asserted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.bench import agents, figures, loop_table, states
from tests.bench.agents import Running
from tests.bench.conftest import Tell
from tests.bench.loop_table import Measured
from tests.bench.loops import LOOPS, Loop, Workshop
from tests.bench.sizes import sized

PASSES = sized(4, 1)

State = Callable[[], AbstractContextManager[Running | None]]
Passes = dict[tuple[str, int], dict[str, list[Measured]]]  # loop and processes -> state -> every pass

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


@contextmanager
def without_agent(state: states.State) -> Iterator[None]:
    with state():
        yield


@pytest.fixture
def turns(tmp_path: Path) -> dict[str, State]:
    """The states by the names in the table."""
    nowhere = agents.write(tmp_path / "elsewhere.yaml", agents.written("Else", "evt.type = pivot_root"))
    public = agents.arguments(agents.PUBLIC)
    empty = partial(states.empty, states.compile_empty(tmp_path), states.EVERYWHERE)
    return {
        loop_table.NOTHING: partial(without_agent, states.nothing),
        loop_table.EMPTY: partial(without_agent, empty),
        loop_table.ELSEWHERE: partial(agents.running, "--rules", nowhere),
        loop_table.PUBLIC: partial(agents.running, *public),
        loop_table.DEFAULT: partial(agents.running, *agents.arguments(agents.DEFAULT)),
        loop_table.WHOLE: partial(agents.running, *public, "--no-index"),
    }


def measure(workshop: Workshop, loop: Loop, processes: int, watch: Running | None) -> Measured:
    """One run of a loop, and what the agent spent on it until it had read everything."""
    if watch is None:
        timed = workshop.run(loop, processes)
        return Measured(timed.ns, timed.ns)
    cost = watch.cost
    lost, alerts = cost.lost(), len(watch.agent.alerts.all())
    cost.settle()
    start = cost.cpu_ns()
    timed = workshop.run(loop, processes)
    meanwhile = cost.cpu_ns() - start
    cost.settle()
    return Measured(
        timed.ns,
        timed.ns,
        cpu_share=meanwhile / 1e9 / timed.seconds,
        cpu_ns=(cost.cpu_ns() - start) / timed.operations,
        operations=timed.operations,
        lost=cost.lost() - lost,
        alerts=len(watch.agent.alerts.all()) - alerts,
    )


def measure_all(workshop: Workshop, turns: dict[str, State], tell: Tell) -> Passes:
    rows = [(name, number) for name, loop in LOOPS.items() for number in loop.processes]
    found: Passes = {row: {state: [] for state in turns} for row in rows}
    for number in range(PASSES):
        for name, state in turns.items():
            tell(f"pass {number + 1} of {PASSES}: {name}")
            with state() as watch:
                for (loop, processes), measured in found.items():
                    measured[name].append(measure(workshop, LOOPS[loop], processes, watch))
    return found


def test_loops(
    turns: dict[str, State], tmp_path: Path, tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop = Workshop.build(tmp_path)
    tell("making the files that are walked through")
    with workshop.to_walk():
        passes = measure_all(workshop, turns, tell)
    found = {row: together(measured) for row, measured in passes.items()}
    path = figures.keep("loops", {"passes": PASSES, "loops": loop_table.as_data(found)})
    with capsys.disabled():
        print(f"\n\n{loop_table.text(found)}\n\n{path}")
    assert all(one.ns > 0 for measured in found.values() for one in measured.values())


def together(measured: dict[str, list[Measured]]) -> dict[str, Measured]:
    return {state: Measured.together(every) for state, every in measured.items()}

# SPDX-License-Identifier: Apache-2.0
"""What programs at work feel of a real `lanner run`, and what it costs itself: loops that open, stat, start
programs, fork, connect and archive at full speed, in one process and in two. `make bench` runs it.

Four states take turns within one run, PASSES times: nothing attached, empty programs on the same hooks, the
agent with one rule on something else, the agent with the public rules. Each figure is the best of all passes,
so that other load on the machine does not decide; what was lost is from all of them. No figure is asserted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.bench import agent_cost, figures, loop_table, states
from tests.bench.agent_cost import AgentCost
from tests.bench.loop_table import Measured
from tests.bench.loops import LOOPS, Workshop
from tests.story import public_rules
from tests.story.agent import watching

PASSES = 4
PROCESSES = (1, 2)
ELSEWHERE = """
- rule: Something else
  desc: what none of the loops does
  condition: evt.type = pivot_root
  output: seen
  priority: NOTICE
"""

State = Callable[[], AbstractContextManager[AgentCost | None]]
Found = dict[tuple[str, int], dict[str, Measured]]  # loop and processes -> state -> what was measured

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


@contextmanager
def without_agent(state: states.State) -> Iterator[None]:
    with state():
        yield


@contextmanager
def with_agent(rules: Path) -> Iterator[AgentCost]:
    """A process of its own, whose lines are read and thrown away."""
    with watching("--rules", rules) as agent, agent_cost.of(agent.process.pid) as cost:
        yield cost


@pytest.fixture
def turns(tmp_path: Path) -> dict[str, State]:
    """The states by the names in the table."""
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(ELSEWHERE)
    empty = partial(states.empty, states.compile_empty(tmp_path), states.EVERYWHERE)
    return {
        "nothing attached": partial(without_agent, states.nothing),
        "empty programs": partial(without_agent, empty),
        "Lanner, other rules": partial(with_agent, elsewhere),
        "Lanner, public rules": partial(with_agent, public_rules.path()),
    }


def measure(workshop: Workshop, loop: str, processes: int, cost: AgentCost | None) -> Measured:
    """One run of a loop, and what the agent spent on it until it had read everything."""
    if cost is None:
        return Measured(workshop.run(loop, processes).ns)
    lost = cost.lost()
    cost.settle()
    start = cost.cpu_ns()
    timed = workshop.run(loop, processes)
    meanwhile = cost.cpu_ns() - start
    cost.settle()
    spent = cost.cpu_ns() - start
    return Measured(
        timed.ns,
        cpu_share=meanwhile / 1e9 / timed.seconds,
        cpu_ns=spent / timed.operations,
        operations=timed.operations,
        lost=cost.lost() - lost,
    )


def test_loops(turns: dict[str, State], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workshop = Workshop.build(tmp_path)
    found: Found = {(loop, processes): {} for loop in LOOPS for processes in PROCESSES}
    for _ in range(PASSES):
        for name, state in turns.items():
            with state() as cost:
                for (loop, processes), measured in found.items():
                    one = measure(workshop, loop, processes, cost)
                    measured[name] = measured[name].best(one) if name in measured else one
    written = figures.keep("loops", loop_table.as_data(found))
    page = loop_table.page(found, figures.machine())
    (figures.FOLDER / "table.md").write_text(page)
    with capsys.disabled():
        print(f"\n\n{loop_table.text(found)}\n\n{written}\n{figures.FOLDER / 'table.md'}")
    assert all(one.ns > 0 for measured in found.values() for one in measured.values())

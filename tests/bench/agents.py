# SPDX-License-Identifier: Apache-2.0
"""A real `lanner run` while something is measured: what it says, what it costs. Rules files for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from lanner_engine.parser.printer import print_condition
from tests.bench import agent_cost, rule_sets
from tests.bench.agent_cost import AgentCost
from tests.story import public_rules
from tests.story.agent import Agent, watching

PUBLIC, DEFAULT = "public rules", "default rules"


def arguments(rules: str) -> tuple[str, ...]:
    """Of `lanner run` with these rules; without --rules it takes the default ones."""
    return ("--rules", str(public_rules.path())) if rules == PUBLIC else ()


@dataclass(frozen=True, slots=True)
class Running:
    """An agent that watches, and its clock and counters."""

    agent: Agent
    cost: AgentCost

    @property
    def pid(self) -> int:
        return self.agent.process.pid

    def keep_to(self, cpu: int) -> None:
        """All its threads, and those they start, stay on this CPU."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {cpu})


@contextmanager
def running(*options: str | os.PathLike[str]) -> Iterator[Running]:
    """`lanner run` with these options, whose lines are read by a thread."""
    with watching(*options) as agent, agent_cost.of(agent.process.pid) as cost:
        yield Running(agent, cost)


def write_mixed(file: Path, number: int, *further: dict[str, str], first: int = 0) -> Path:
    """So many rules on opens in shapes that people write, as a rules file, behind these; `first`: of which
    number.
    """
    numbers = range(first, first + number)
    shaped = [(f"Mixed {one}", print_condition(rule_sets.mixed(one))) for one in numbers]
    items = [*further, *(written(name, condition) for name, condition in shaped)]
    file.write_text(yaml.safe_dump(items, sort_keys=False))
    return file


def write(file: Path, *rules: dict[str, str]) -> Path:
    file.write_text(yaml.safe_dump(list(rules), sort_keys=False))
    return file


def written(name: str, condition: str, output: str = "seen") -> dict[str, str]:
    """One rule of a rules file."""
    return {
        "rule": name,
        "desc": "measured",
        "condition": condition,
        "output": output,
        "priority": "NOTICE",
    }

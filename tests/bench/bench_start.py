# SPDX-License-Identifier: Apache-2.0
"""How long `lanner run` takes until it watches, and where the time goes. Nothing is asserted about time.

Its modules are compiled before, as those of an installed package are: where Python may write no bytecode, as
in many build environments, half of the imports' time would be the compiler's.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

import pytest

from tests.bench import agents, figures, start_steps
from tests.bench.conftest import Tell
from tests.bench.sizes import sized
from tests.story.agent import START_S, Agent

TIMES = sized(5, 1)
SCRIPT = Path(start_steps.__file__)

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


def start(rules: str, bytecode: Path) -> dict[str, float]:
    """Seconds by step, of one start. What is not in the folder of bytecode is put there."""
    kept = {"PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONDONTWRITEBYTECODE": ""}
    born = {start_steps.BORN: str(time.monotonic()), **kept}
    agent = Agent(agents.arguments(rules), command=(sys.executable, SCRIPT, "run"), environment=born)
    try:
        said = agent.notes.wait(f"^{start_steps.WORD} ", START_S).text
    finally:
        agent.stop()
    taken: dict[str, float] = json.loads(said.removeprefix(start_steps.WORD))
    return taken


def medians(starts: list[dict[str, float]]) -> dict[str, object]:
    """Of each step, of what went on beside them, and of the whole; the rest is what no step is about."""
    taken = {step: statistics.median(one[step] for one in starts) for step in starts[0]}
    whole = taken.pop(start_steps.TOTAL)
    beside = {step: taken.pop(step) for step in start_steps.BESIDE}
    processor = {step: taken.pop(step) for step in (start_steps.PROCESSOR, start_steps.USER)}
    rest = whole - sum(taken.values())
    return {
        "seconds": whole,
        "steps": {**taken, "the rest": rest},
        "beside": beside,
        "processor": processor,
        "times": TIMES,
    }


def test_a_start(tell: Tell, tmp_path: Path) -> None:
    found = {}
    tell("compiling the modules, by a start that does not count")
    start(agents.DEFAULT, tmp_path)
    for rules in (agents.PUBLIC, agents.DEFAULT):
        tell(f"{TIMES} starts with the {rules}")
        found[rules] = medians([start(rules, tmp_path) for _ in range(TIMES)])
    figures.keep("start", found)
    assert all(isinstance(one["seconds"], float) and one["seconds"] > 0 for one in found.values())

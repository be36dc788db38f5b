# SPDX-License-Identifier: Apache-2.0
"""What an open costs while ten rules on opens are in force, and while a thousand are; none is true.

Both take turns, PASSES times. No figure is asserted.
"""

from __future__ import annotations

import os
import statistics
from pathlib import Path

import pytest

from tests.bench import agents, figures
from tests.bench.conftest import Tell
from tests.bench.loops import LOOPS, Workshop
from tests.bench.sizes import sized

NUMBERS = (10, sized(1_000, 50))
PASSES = sized(3, 1)

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


def test_an_open_with_few_rules_and_with_many(tmp_path: Path, tell: Tell) -> None:
    workshop = Workshop.build(tmp_path)
    timed: dict[int, list[float]] = {number: [] for number in NUMBERS}
    lost = 0
    for _ in range(PASSES):
        for number, passes in timed.items():
            tell(f"opens beside {number} rules")
            with agents.running("--rules", agents.write_mixed(tmp_path / f"{number}.yaml", number)) as watch:
                passes.append(workshop.run(LOOPS["open_raw"], 1).ns)
                watch.cost.settle()
                lost += watch.cost.lost()
    few, many = (timed[number] for number in NUMBERS)
    figures.keep(
        "many_rules",
        {
            "rules": NUMBERS,
            "ns": [min(few), min(many)],
            "ratio": min(many) / min(few),
            "median_ratio": statistics.median(many) / statistics.median(few),
            "lost": lost,
        },
    )
    assert min(few) > 0

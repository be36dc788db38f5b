# SPDX-License-Identifier: Apache-2.0
"""How long it takes from an open to the alert's line on standard output. No figure is asserted."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import pytest

from tests.bench import agents, figures, numbered
from tests.bench.conftest import Tell
from tests.bench.sizes import sized

TIMES = sized(1_000, 50)
PAUSES_S = (0.007, 0.013, 0.011)  # in turn, so that no period of the reader decides

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


def test_from_an_open_to_its_line(tmp_path: Path, tell: Tell) -> None:
    rules = agents.write(tmp_path / "rules.yaml", numbered.rule(tmp_path))
    tell(f"{TIMES} opens, and their alerts")
    began = []
    with agents.running(*agents.arguments(agents.PUBLIC), "--rules", rules) as watch:
        for number in range(TIMES):
            time.sleep(PAUSES_S[number % len(PAUSES_S)])
            began.append(time.time())
            numbered.open_one(tmp_path, number)
        numbered.wait_for(watch.agent, TIMES - 1)
    arrived = dict(numbered.arrivals(watch.agent.alerts.all()))
    seconds = [arrived[number] - then for number, then in enumerate(began)]
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    figures.keep("delay", {"p50_s": cuts[49], "p99_s": cuts[98], "longest_s": max(seconds), "times": TIMES})
    assert min(seconds) > 0

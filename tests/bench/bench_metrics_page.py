# SPDX-License-Identifier: Apache-2.0
"""How long the page of metrics takes with 1,000 rules in force, by the processor. No figure is asserted."""

from __future__ import annotations

import statistics
import time
from typing import Final

from prometheus_client import generate_latest

from lanner_agent.pipeline.counts import Counts
from tests.bench import figures
from tests.bench.conftest import Tell
from tests.bench.sizes import sized
from tests.metrics import pages

RULES: Final = 1_000
TIMES: Final = sized(200, 5)


def test_the_page_of_a_thousand_rules(tell: Tell) -> None:
    counts = Counts()
    counts.kinds.expect(pages.named(f"rule number {number}" for number in range(RULES)))
    registry, taken, text = pages.agent(counts), list[float](), b""
    for _ in range(TIMES):
        began = time.thread_time()
        text = generate_latest(registry)
        taken.append(1e3 * (time.thread_time() - began))
    found = {"rules": RULES, "bytes": len(text), "ms": statistics.median(taken), "longest_ms": max(taken)}
    figures.keep("metrics_page", found)
    tell(f"the page of metrics: {found}")

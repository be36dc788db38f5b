# SPDX-License-Identifier: Apache-2.0
"""What an agent takes while the machine does nothing: CPU, how often it wakes up, and memory. No figure is
asserted.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from tests.bench import agents, figures, resident
from tests.bench.agents import Running
from tests.bench.conftest import Tell
from tests.bench.sizes import sized

SECONDS = sized(30, 2)
SETTLED_S = sized(2, 1)  # after the start

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("alone"),
    pytest.mark.skipif(os.geteuid() != 0, reason="loading BPF programs needs root"),
]


def woken(pid: int) -> int:
    """How often its threads have waited for something, all together."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    said = [
        re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", (one / "status").read_text(), re.M)
        for one in threads
    ]
    return sum(int(found[1]) for found in said if found)


def rest(watch: Running) -> dict[str, float]:
    """Of one agent, for SECONDS."""
    time.sleep(SETTLED_S)
    start, began, before = watch.cost.cpu_ns(), time.monotonic_ns(), woken(watch.pid)
    time.sleep(SECONDS)
    share = (watch.cost.cpu_ns() - start) / (time.monotonic_ns() - began)
    memory = resident.of(watch.pid)
    return {
        "cpu_share": share,
        "seconds": SECONDS,
        "woken_a_second": (woken(watch.pid) - before) / SECONDS,
        "rss_mib": memory.once,
        "rss_as_counted_mib": memory.counted,
        "rings_mib": memory.rings / 2,
    }


def test_an_agent_at_rest(tell: Tell) -> None:
    found = {}
    for rules in (agents.PUBLIC, agents.DEFAULT):
        tell(f"at rest with the {rules}, for {SECONDS} s")
        with agents.running(*agents.arguments(rules)) as watch:
            found[rules] = rest(watch)
    figures.keep("at_rest", found)
    assert all(one["rss_mib"] > one["rings_mib"] for one in found.values())

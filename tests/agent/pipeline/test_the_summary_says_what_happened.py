# SPDX-License-Identifier: Apache-2.0
"""Every count has its line, and nothing is said of what did not happen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lanner_agent.pipeline import summary
from lanner_agent.pipeline.counts import Counts


@dataclass(frozen=True)
class KernelCounter:
    event_class: str
    reason: str
    value: int
    lost: bool = True


LOST = {"standard output": {"reader gone": 4}}


def test_a_quiet_run_is_one_line() -> None:
    assert summary.lines(
        Counts(evaluated=Counter(openat=3)), [KernelCounter("open", "ring full", 0)], {}, 5.9
    ) == ["3 events in 5 s, 0 alerts, nothing lost"]


def test_everything_that_happened_has_a_line() -> None:
    counts = Counts(
        evaluated=Counter(openat=12_000, execve=345),
        alerts=Counter({"Shell": 2, "Log\ncleared": 5}),
        crowded_out=1,
        unresolved=Counter({"no socket": 3}),
        failed=Counter({"KeyError at a.py:1 in f": 1}),
    )
    lines = summary.lines(counts, [KernelCounter("open", "ring full", 1000)], LOST, 3725)
    assert lines == [
        "12,345 events in 1 h 2 min, 7 alerts, 4 of them LOST by standard output, 1,001 events LOST",
        "  alerts by rule:",
        r"           5  Log\ncleared",
        "           2  Shell",
        "  events lost in the kernel:",
        "       1,000  open: ring full",
        "  events given up:",
        "           1  KeyError at a.py:1 in f",
        "  alerts not delivered:",
        "           4  reader gone",
        "  alerts without container names:",
        "           3  no socket",
        "  events that did not wait for names:",
        "           1  too many others waited",
    ]

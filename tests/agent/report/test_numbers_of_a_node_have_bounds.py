# SPDX-License-Identifier: Apache-2.0
"""What the kernel held back goes along with a node's numbers, and pushes out none of its losses."""

from __future__ import annotations

from dataclasses import dataclass

from lanner_agent.pipeline.counts import Counts
from lanner_agent.report import status


@dataclass(frozen=True)
class KernelCounter:
    event_class: str
    reason: str
    value: int
    lost: bool = True


LOST = [KernelCounter(f"call{number}", "ring full", 1) for number in range(100)]


def test_what_was_held_back_is_among_them() -> None:
    told = status.counters(Counts(events=3), [], {"bundles": {"loaded": 1}}, {"held_back_openat": 7})
    assert told["held_back_openat"] == 7
    assert (told["events"], told["bundles_loaded"]) == (3, 1)


def test_losses_come_first_then_the_largest() -> None:
    sifted = {f"seen_call{number}": 1000 + number for number in range(100)}
    told = status.counters(Counts(), LOST, {}, sifted)
    assert len(told) == status.COUNTERS
    assert all(told[f"lost_call{number}_ring_full"] == 1 for number in range(100))
    shown = status.COUNTERS - len(status.counters(Counts(), LOST, {}, {}))
    assert {name for name in told if name.startswith("seen_")} == {
        f"seen_call{number}" for number in range(100 - shown, 100)
    }

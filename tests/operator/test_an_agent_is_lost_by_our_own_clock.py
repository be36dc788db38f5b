# SPDX-License-Identifier: Apache-2.0
"""Leases are renewed by other machines' clocks; what counts is when the operator saw them change."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest

from lanner_operator.status.liveness import Liveness

START = 1_800_000_000.0


class Clocks:
    """Monotonic and wall time that go together."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return 1_000.0 + self.passed

    def wall(self) -> float:
        return START + self.passed


def lease(node: str, renewed: float, good_s: object = None) -> dict[str, Any]:
    time = datetime.datetime.fromtimestamp(renewed, datetime.UTC).isoformat().replace("+00:00", "Z")
    spec = {"renewTime": time, "leaseDurationSeconds": good_s}
    return {"metadata": {"name": f"lanner-agent-{node}"}, "spec": spec}


def watched() -> tuple[Clocks, Liveness]:
    clocks = Clocks()
    return clocks, Liveness("lanner-agent-", clock=clocks.monotonic, wall=clocks.wall)


def test_an_agent_that_renews_is_alive_for_ever() -> None:
    clocks, liveness = watched()
    for _ in range(30):
        liveness.observe([lease("n1", clocks.wall())], ["n1"])
        clocks.passed += 60
        assert not liveness.lost("n1")


def test_three_minutes_of_silence_lose_it_and_ten_end_it() -> None:
    clocks, liveness = watched()
    liveness.observe([lease("n1", START)], ["n1"])
    clocks.passed = 181
    assert liveness.lost("n1")
    assert not liveness.gone("n1")
    clocks.passed = 601
    liveness.observe([lease("n1", START)], ["n1"])
    assert liveness.gone("n1")


def test_a_lease_says_itself_how_long_it_is_good_for() -> None:
    clocks, liveness = watched()
    liveness.observe([lease("n1", START, 60), lease("n2", START)], ["n1", "n2"])
    assert liveness.next_loss() == 60
    clocks.passed = 61
    assert (liveness.lost("n1"), liveness.lost("n2")) == (True, False)
    assert liveness.next_loss() == 119
    liveness.observe([], ["n1", "n2"])
    assert liveness.lost("n1"), "its pod is gone, and so is the Lease; what it said counts"
    liveness.observe([lease("n1", START + 60, 60)], ["n1", "n2"])
    assert not liveness.lost("n1")
    assert liveness.since("n1") == "2027-01-15T08:01:00Z"


@pytest.mark.parametrize(
    ("said", "good_s"), [(0, 180), (-5, 180), ("x", 180), (1, 10), (100_000, 600), (1.5, 180)]
)
def test_a_duration_that_makes_no_sense_is_bounded(said: object, good_s: float) -> None:
    clocks, liveness = watched()
    liveness.observe([lease("n1", START, said)], ["n1"])
    clocks.passed = good_s
    assert not liveness.lost("n1")
    clocks.passed = good_s + 1
    assert liveness.lost("n1")
    assert liveness.next_loss() == math.inf


def test_a_machine_whose_clock_is_an_hour_behind_is_alive_once_it_renews() -> None:
    clocks, liveness = watched()
    liveness.observe([lease("n1", START - 3600)], ["n1"])
    assert liveness.lost("n1")
    assert not liveness.gone("n1"), "nobody is forgotten on the word of a clock"
    clocks.passed = 60
    liveness.observe([lease("n1", START - 3540)], ["n1"])
    assert not liveness.lost("n1")


def test_a_machine_whose_clock_is_ahead_is_lost_like_any_other() -> None:
    clocks, liveness = watched()
    liveness.observe([lease("n1", START + 3600)], ["n1"])
    clocks.passed = 181
    assert liveness.lost("n1")


def test_an_agent_whose_pod_is_made_anew_is_not_lost_in_between() -> None:
    clocks, liveness = watched()
    liveness.observe([lease("n1", START)], ["n1"])
    clocks.passed = 30
    liveness.observe([], ["n1"])
    assert not liveness.lost("n1")


def test_a_node_without_any_lease_has_its_time_too() -> None:
    clocks, liveness = watched()
    liveness.observe([], ["n1"])
    assert not liveness.lost("n1")
    clocks.passed = 601
    liveness.observe([], ["n1"])
    assert liveness.gone("n1")


def test_leases_of_others_and_nonsense_are_no_trouble() -> None:
    _, liveness = watched()
    foreign = {"metadata": {"name": "other"}, "spec": {"renewTime": "2026"}}
    bare = {"metadata": {"name": "lanner-agent-n1"}, "spec": None}
    wrong = {"metadata": {"name": "lanner-agent-n1"}, "spec": {"renewTime": "yesterday"}}
    liveness.observe([foreign, bare, wrong], ["n1"])
    assert not liveness.lost("n1")

# SPDX-License-Identifier: Apache-2.0
"""Leases are renewed by other machines' clock; what counts is when the operator saw them change."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest

from lanner_operator.status.liveness import Liveness

START = 1_800_000_000.0


class Clock:
    """Ours, which is no machine's time of day."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return 1_000.0 + self.passed


def lease(node: str, renewed: float, good_s: object = None) -> dict[str, Any]:
    time = datetime.datetime.fromtimestamp(renewed, datetime.UTC).isoformat().replace("+00:00", "Z")
    spec = {"renewTime": time, "leaseDurationSeconds": good_s}
    return {"metadata": {"name": f"lanner-agent-{node}"}, "spec": spec}


def watched() -> tuple[Clock, Liveness]:
    clock = Clock()
    return clock, Liveness("lanner-agent-", clock=clock.monotonic)


def looked(clock: Clock, liveness: Liveness, leases: list[dict[str, Any]], until: float) -> None:
    """Nothing is new, each half minute until then."""
    while clock.passed < until:
        clock.passed = min(until, clock.passed + 30)
        liveness.observe(leases, ["n1"])


def test_an_agent_that_renews_is_alive_for_ever() -> None:
    clock, liveness = watched()
    for _ in range(30):
        liveness.observe([lease("n1", START + clock.passed)], ["n1"])
        clock.passed += 60
        assert not liveness.lost("n1")


def test_three_minutes_of_silence_lose_it_and_ten_end_it() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START)], ["n1"])
    looked(clock, liveness, [lease("n1", START)], 181)
    assert liveness.lost("n1")
    assert not liveness.is_forgettable("n1")
    looked(clock, liveness, [lease("n1", START)], 601)
    assert liveness.is_forgettable("n1")


def test_a_lease_says_itself_how_long_it_is_good_for() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START, 60), lease("n2", START)], ["n1", "n2"])
    assert liveness.next_loss() == 60
    clock.passed = 61
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
    clock, liveness = watched()
    liveness.observe([lease("n1", START, said)], ["n1"])
    clock.passed = good_s
    assert not liveness.lost("n1")
    clock.passed = good_s + 1
    assert liveness.lost("n1")
    assert liveness.next_loss() == math.inf


@pytest.mark.parametrize("skew", [-3600, -120, 0, 120, 3600])
def test_a_wrong_clock_neither_makes_a_node_silent_nor_hides_a_dead_one(skew: float) -> None:
    clock, liveness = watched()
    for _ in range(4):
        liveness.observe([lease("n1", START + skew + clock.passed, 60)], ["n1"])
        assert not liveness.lost("n1")
        clock.passed += 60
        assert not liveness.lost("n1")
    clock.passed += 1
    assert liveness.lost("n1")
    liveness.observe([lease("n1", START + skew + 180, 60)], ["n1"])
    assert liveness.lost("n1")


def test_a_clock_that_is_set_back_is_a_renewal_like_any_other() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START, 60)], ["n1"])
    clock.passed = 50
    liveness.observe([lease("n1", START - 7200, 60)], ["n1"])
    clock.passed = 110
    assert not liveness.lost("n1")


def test_a_restarted_operator_believes_a_node_that_says_it_is_silent_until_it_renews() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START, 60), lease("n2", START, 60)], ["n1", "n2"], silent=["n1"])
    assert (liveness.lost("n1"), liveness.lost("n2")) == (True, False)
    assert not liveness.is_forgettable("n1")
    clock.passed = 20
    liveness.observe([lease("n1", START, 60), lease("n2", START + 20, 60)], ["n1", "n2"], silent=["n1"])
    assert liveness.lost("n1")
    clock.passed = 30
    renewed = [lease("n1", START + 30, 60), lease("n2", START + 20, 60)]
    liveness.observe(renewed, ["n1", "n2"], silent=["n1"])
    assert not liveness.lost("n1"), "its FalcoNode says so a moment later"


def test_nobody_falls_silent_while_we_cannot_hear() -> None:
    """No agent can renew a Lease when the API server is away; each has its whole time when it is back."""
    clock, liveness = watched()
    leases = [lease("n1", START, 60), lease("n2", START - 300, 60)]
    liveness.observe(leases, ["n1", "n2"], silent=["n2"])
    for _ in range(10):
        clock.passed += 30
        liveness.observe(leases, ["n1", "n2"], silent=["n2"], hears=False)
        assert (liveness.lost("n1"), liveness.lost("n2")) == (False, True)
        assert not liveness.is_forgettable("n2")
    liveness.observe(leases, ["n1", "n2"], silent=["n2"])
    assert not liveness.lost("n1")
    clock.passed += 60
    liveness.observe(leases, ["n1", "n2"], silent=["n2"])
    assert not liveness.lost("n1")
    clock.passed += 1
    assert liveness.lost("n1")


def test_nobody_falls_silent_because_the_operator_stood_still() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START, 60)], ["n1"])
    clock.passed = 300
    liveness.observe([lease("n1", START, 60)], ["n1"])
    assert not liveness.lost("n1")
    for _ in range(2):
        clock.passed += 31
        liveness.observe([lease("n1", START, 60)], ["n1"])
    assert liveness.lost("n1")


def test_an_agent_whose_pod_is_made_anew_is_not_lost_in_between() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START)], ["n1"])
    clock.passed = 30
    liveness.observe([], ["n1"])
    assert not liveness.lost("n1")


def test_a_node_without_any_lease_has_its_time_too() -> None:
    clock, liveness = watched()
    liveness.observe([], ["n1"])
    assert not liveness.lost("n1")
    looked(clock, liveness, [], 601)
    assert liveness.is_forgettable("n1")


def test_leases_of_others_and_nonsense_are_no_trouble() -> None:
    _, liveness = watched()
    foreign = {"metadata": {"name": "other"}, "spec": {"renewTime": "2026"}}
    bare = {"metadata": {"name": "lanner-agent-n1"}, "spec": None}
    wrong = {"metadata": {"name": "lanner-agent-n1"}, "spec": {"renewTime": "yesterday"}}
    liveness.observe([foreign, bare, wrong], ["n1"])
    assert not liveness.lost("n1")


def test_an_agent_whose_lease_is_deleted_is_away_at_once_and_lost_in_its_time() -> None:
    clock, liveness = watched()
    liveness.observe([lease("n1", START, 60)], ["n1", "n2"])
    assert liveness.away == frozenset(), "n2 has had none yet"
    clock.passed += 1
    liveness.observe([], ["n1", "n2"])
    assert liveness.away == {"n1"}
    assert not liveness.lost("n1")
    clock.passed += 60
    assert liveness.lost("n1")
    liveness.observe([lease("n1", START + 61, 60)], ["n1", "n2"])
    assert liveness.away == frozenset()

# SPDX-License-Identifier: Apache-2.0
"""A node that comes or goes changes numbers in every status: what is written at once, and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lanner_operator.reconcile import status_pace
from lanner_operator.reconcile.status_pace import BURST, COMING_S, PER_S, TURNS_PER_S, StatusPace, Wanted


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def status(loaded: int, reason: str = "Programmed", generation: int = 1) -> Mapping[str, Any]:
    programmed = {
        "type": "Programmed",
        "status": "True" if reason == "Programmed" else "Unknown",
        "reason": reason,
        "observedGeneration": generation,
    }
    return {"observedGeneration": generation, "conditions": [programmed], "nodes": {"loaded": loaded}}


def counted(number: int) -> list[Wanted]:
    return [Wanted(f"u{at}", status(3), status(4)) for at in range(number)]


def test_a_few_numbers_are_told_at_once() -> None:
    assert len(StatusPace(Clock()).now(counted(3))) == 3


def test_many_are_told_within_a_budget_and_all_in_the_end() -> None:
    clock = Clock()
    pace = StatusPace(clock)
    left, rounds = counted(300), 0
    while left:
        told = pace.now(left)
        assert len(told) <= BURST
        left = [one for one in left if one.uid not in told]
        assert pace.waiting == len(left)
        clock.now += 10.0
        rounds += 1
    assert rounds == 1 + -(-(300 - BURST) // int(10 * PER_S))


def test_those_that_waited_longest_come_first() -> None:
    clock = Clock()
    pace = StatusPace(clock)
    first = pace.now(counted(BURST + 1))
    (late,) = {one.uid for one in counted(BURST + 1)} - first
    clock.now += 1.0
    assert late in pace.now(counted(300))


def test_what_became_of_an_object_never_waits() -> None:
    pace = StatusPace(Clock())
    pace.now(counted(300))
    done = [Wanted(f"d{at}", status(3, "Pending"), status(4)) for at in range(300)]
    edited = [Wanted(f"e{at}", status(3), status(0, "Pending", 2)) for at in range(300)]
    fresh = [Wanted(f"f{at}", {}, status(0, "NoNodes")) for at in range(300)]
    assert len(pace.now([*done, *edited, *fresh])) == 900


def test_a_node_that_comes_has_some_seconds_before_rules_say_that_it_lacks_them() -> None:
    clock = Clock()
    pace = StatusPace(clock)
    lacking = [Wanted("u", status(4), status(4, "Pending"))]
    assert not pace.now(lacking)
    clock.now += COMING_S / 2
    assert not pace.now(lacking)
    clock.now += COMING_S
    assert pace.now(lacking) == {"u"}


def test_one_that_has_loaded_meanwhile_was_never_told_of() -> None:
    clock = Clock()
    pace = StatusPace(clock)
    assert not pace.now([Wanted("u", status(4), status(4, "Pending"))])
    assert pace.now([Wanted("u", status(4), status(5))]) == {"u"}
    assert not pace.waiting


def test_one_that_is_as_it_should_be_again_waits_no_longer() -> None:
    clock = Clock()
    pace = StatusPace(clock)
    lacking = [Wanted("u", status(4), status(4, "Pending"))]
    pace.now(lacking)
    clock.now += COMING_S
    pace.now([])
    assert not pace.waiting
    assert not pace.now(lacking), "it is another node that comes"


def test_a_node_that_comes_has_its_seconds_where_numbers_wait_already() -> None:
    clock = Clock()
    pace = StatusPace(clock)
    told = pace.now(counted(BURST + 1))
    (late,) = {one.uid for one in counted(BURST + 1)} - told
    clock.now += 2 * COMING_S
    assert not pace.now([Wanted(late, status(3), status(3, "Pending"))])


def test_what_else_became_of_it_does_not_wait_for_a_node_that_comes() -> None:
    pace = StatusPace(Clock())
    refused = {"type": "Accepted", "status": "False", "reason": "Invalid", "observedGeneration": 1}
    lacking = status(4, "Pending")
    broken = {**lacking, "conditions": [*lacking["conditions"], refused]}
    followed = {**lacking, "source": {"inForce": "sha256:b"}}
    wanted = [Wanted("broken", status(4), broken), Wanted("followed", status(4), followed)]
    assert pace.now(wanted) == {"broken", "followed"}


def test_first_matches_of_a_dry_run_do_not_wait() -> None:
    pace = StatusPace(Clock())
    pace.now(counted(300))
    none, some, more = ({**status(3), "dryRun": {"matches": number}} for number in (0, 2, 3))
    wanted = [Wanted("first", none, some), Wanted("later", some, more)]
    assert pace.now([*counted(300), *wanted]) == {"first"}


def test_a_node_that_fails_and_does_not_again_and_again_is_told_of_within_a_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(status_pace, "TURNS", 100)
    clock = Clock()
    pace = StatusPace(clock)
    well, failed = status(4), status(3, "NodesFailed")
    told = 0
    for number in range(100):  # ten seconds
        before, after = (well, failed) if number % 2 else (failed, well)
        told += len(pace.now([Wanted(f"u{at}", before, after) for at in range(200)]))
        clock.now += 0.1
    assert 100 < told <= 100 + 10 * TURNS_PER_S
    assert pace.now([Wanted("edited", status(4), status(0, "Pending", 2))]) == {"edited"}

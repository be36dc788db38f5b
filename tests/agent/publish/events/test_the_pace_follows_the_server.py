# SPDX-License-Identifier: Apache-2.0
"""How fast a node writes: a burst, then what the server's answers allow, by a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lanner_agent.publish.events.pace import REST_S, SLOW_ANSWER_S, Pace


@dataclass
class Clock:
    """A pace whose requests take no time."""

    now: float = 0.0
    pace: Pace = field(default_factory=lambda: Pace(burst=30, first=1.0, most=20.0, reserved=6, now=0.0))

    def write(self, seconds: float = 0.01) -> None:
        """As soon as it may be."""
        self.now += self.pace.wait(False, self.now) + 1e-9
        self.pace.take(self.now)
        self.pace.answered(seconds, self.now)

    def writes(self, number: int, seconds: float = 0.01) -> float:
        """How long that many take."""
        began = self.now
        for _ in range(number):
            self.write(seconds)
        return self.now - began


def test_a_burst_goes_at_once_and_a_reserve_stays_for_the_urgent() -> None:
    pace = Pace(burst=30, first=1.0, most=20.0, reserved=6, now=0.0)
    for _ in range(24):
        assert pace.wait(False, 0) == 0
        pace.take(0)
    assert pace.wait(False, 0) == 1
    for _ in range(6):
        assert pace.wait(True, 0) == 0
        pace.take(0)
    assert pace.wait(True, 0) == 1


def test_a_flood_of_the_urgent_does_not_take_what_comes_back() -> None:
    pace = Pace(burst=4, first=1.0, most=1.0, reserved=2, now=0.0)
    for _ in range(4):
        pace.take(0)
    assert pace.wait(False, 1) == 0  # the next token is for whose turn it is
    pace.take(1)
    assert pace.wait(True, 1.5) == pytest.approx(0.5)


def test_two_hundred_take_half_a_minute_where_the_server_answers_in_time() -> None:
    clock = Clock()
    assert clock.writes(200) < 30
    assert clock.pace.rate == 20


def test_late_answers_do_not_raise_the_rate() -> None:
    clock = Clock()
    clock.writes(40, seconds=SLOW_ANSWER_S * 2)
    assert clock.pace.rate == 1
    clock.writes(100)
    assert clock.pace.rate == 20
    clock.write(seconds=SLOW_ANSWER_S * 2)
    assert clock.pace.rate == 10


def test_a_server_that_asks_for_less_gets_half_and_slowly_more_again() -> None:
    clock = Clock()
    clock.writes(100)
    clock.pace.slower(clock.now)
    assert clock.pace.rate == 10
    clock.writes(32)
    assert clock.pace.rate == pytest.approx(11)
    for _ in range(20):
        clock.pace.slower(clock.now)
    assert clock.pace.rate == pytest.approx(1 / 16)
    clock.now += 16
    clock.writes(30)
    assert clock.pace.rate == pytest.approx(1)


def test_after_being_slowed_down_only_one_is_left_of_the_burst() -> None:
    pace = Pace(burst=30, first=1.0, most=20.0, reserved=6, now=0.0)
    pace.slower(0)
    assert pace.wait(False, 0) == 0
    pace.take(0)
    assert pace.wait(False, 0) == 2


def test_in_a_rest_what_was_learned_is_forgotten() -> None:
    clock = Clock()
    clock.writes(100)
    clock.now += REST_S + 1
    clock.pace.wait(False, clock.now)
    assert clock.pace.rate == 1
    clock.pace.slower(clock.now)
    clock.now += REST_S + 1
    clock.pace.wait(False, clock.now)
    assert clock.pace.rate == 0.5


def test_a_rate_at_first_above_the_highest_is_the_highest() -> None:
    pace = Pace(burst=1, first=50.0, most=20.0, reserved=0, now=0.0)
    pace.take(0)
    pace.answered(0.01, 0)
    assert pace.rate == 50

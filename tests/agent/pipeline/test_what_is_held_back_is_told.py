# SPDX-License-Identifier: Apache-2.0
"""What the kernel held back is told by type, the most first, and in bounds."""

from __future__ import annotations

from dataclasses import dataclass

from lanner_agent.pipeline import held_back


@dataclass(frozen=True)
class Sifted:
    event_type: str
    seen: int
    held_back: int
    recorded: int


MANY = tuple(Sifted(f"call{number}", 100 + number, 90 + number, 9) for number in range(12))


def test_types_are_lines_by_what_was_held_back() -> None:
    found = (Sifted("connect", 7, 3, 4), Sifted("openat", 1_000_000, 999_400, 590), Sifted("kill", 2, 0, 2))
    assert held_back.lines(found) == {
        "openat of 1,000,000 seen, 590 recorded": 999_400,
        "connect of 7 seen, 4 recorded": 3,
    }


def test_types_beyond_the_first_are_one_line() -> None:
    told = held_back.lines(MANY)
    assert len(told) == held_back.SHOWN + 1
    assert told["of 2 other types, of 201 seen, 18 recorded"] == 90 + 91
    assert sum(told.values()) == sum(one.held_back for one in MANY)


def test_without_an_index_there_is_no_line() -> None:
    assert held_back.lines([Sifted("openat", 5, 0, 5)]) == {}


def test_each_type_has_three_numbers() -> None:
    assert held_back.numbers([Sifted("openat", 10, 7, 2), Sifted("kill", 1, 0, 1)]) == {
        "seen": 11,
        "held_back": 7,
        "recorded": 3,
    }

# SPDX-License-Identifier: Apache-2.0
"""Which rules an event is shown: those that the kernel's index left, of the generation that it asked."""

from __future__ import annotations

from collections import Counter

import pytest

from lanner_agent.pipeline import summary
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.generations import GRACE_S, MAX_KEPT, Generations
from lanner_engine.codegen.compile import Program
from lanner_engine.index import tables
from lanner_engine.index.tables import Tables
from tests.agent.events import plain, rules


class House:
    """Generations of rules that come one after the other."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.generations = Generations(self.counts)

    def switch(self, number: int, *names: str) -> None:
        """Rules of these names, on every execve."""
        program, made = of(*names)
        self.generations.switch(program, number, made if number else {})

    def found(self, generation: int, candidates: int = 0) -> list[str]:
        event = plain.Event(generation=generation, candidates=candidates)
        return [rule.name for rule in self.generations.asked(event).match(event)]


def of(*names: str) -> tuple[Program, Tables]:
    """Each with a clause of its own."""
    program = rules.compiled(
        *(
            rules.text(name, f"evt.type = execve and proc.name in (sh, name{at})")
            for at, name in enumerate(names)
        )
    )
    return program, tables.build(program.rules)


def test_the_candidates_are_asked_and_no_other() -> None:
    house = House()
    house.switch(1, "First", "Second", "Third")
    assert [house.found(1, bits) for bits in (0b001, 0b010, 0b100, 0b110)] == [
        ["First"],
        ["Second"],
        ["Third"],
        ["Second"],
    ]


def test_all_are_asked_where_the_index_said_nothing() -> None:
    house = House()
    house.switch(0, "First", "Second")
    assert house.found(0) == ["First"]
    house.switch(1, "First", "Second")
    assert house.found(0) == ["First"]
    assert house.found(1) == ["First"]
    assert house.counts.outlived == 0


def test_what_was_begun_under_other_rules_is_shown_to_these() -> None:
    house = House()
    house.switch(1, "Old", "Older")
    house.switch(2, "New", "Newer")
    assert [house.found(1), house.found(1, 0b10)] == [["Old"], ["Older"]]
    assert [house.found(2), house.found(2, 0b10)] == [["New"], ["Newer"]]
    assert house.counts.outlived == 0


def test_rules_before_those_that_have_no_index_are_kept_too() -> None:
    house = House()
    house.switch(1, "Old", "Older")
    house.switch(0, "New", "Newer")
    assert [house.found(1, 0b10), house.found(0)] == [["Older"], ["New"]]


def test_what_comes_of_rules_that_are_gone_is_shown_to_all_and_counted() -> None:
    house = House()
    for number in range(1, MAX_KEPT + 3):
        house.switch(number, f"First {number}", f"Second {number}")
    newest = MAX_KEPT + 2
    assert house.found(1, 0b10) == [f"First {newest}"]
    assert house.counts.outlived == 1
    assert [house.found(number, 0b10) for number in range(2, newest + 1)] == [
        [f"Second {number}"] for number in range(2, newest + 1)
    ]
    assert house.counts.outlived == 1


def test_rules_are_forgotten_when_their_events_have_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    house = House()
    house.switch(1, "Old")
    house.switch(2, "New")
    now += GRACE_S - 0.1
    house.generations.forget()
    assert house.found(1) == ["Old"]
    now += 0.2
    house.generations.forget()
    assert house.found(1) == ["New"]
    assert house.counts.outlived == 1


def test_a_user_sees_how_many_came_too_late() -> None:
    counts = Counts(evaluated=Counter(openat=3), outlived=2)
    assert summary.lines(counts, (), {}, 1.0)[1:] == [
        "  events of rules that are gone, shown to all others:",
        "           2  read long after other rules came into force",
    ]

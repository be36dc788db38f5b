# SPDX-License-Identifier: Apache-2.0
"""The loop with the real engine and plain events: what is matched, what waits, what is counted."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent

import pytest

from lanner_engine.fields.model import Container
from lanner_engine.index import tables
from tests.agent.events import plain, rules
from tests.agent.pipeline.house import House

A, B = b"a" * 64, b"b" * 64
SHELL = rules.text("Shell", "evt.type = execve and proc.name = sh")
NAMED = rules.text("Named", "evt.type = execve and container.name = web")


def answer(event: plain.Event) -> None:
    """What the hooks of a real event say once the runtime has answered."""
    object.__setattr__(event, "container", Container(A[:12], A, name=b"web"))


def selecting(namespace: str = "shop") -> str:
    """A manifest whose rule is for pods of one namespace."""
    metadata = f"metadata: {{name: own, namespace: {namespace}}}"
    head = f"apiVersion: lanner.dev/v1alpha1\nkind: FalcoRule\n{metadata}\nspec:\n  content: |"
    return head + indent(rules.text("Own", "evt.type = execve"), "    ")


def shell(num: int, container_id: bytes | None = None) -> plain.Event:
    return plain.Event(num=num, container_id=container_id)


def test_a_match_on_the_host_goes_out_at_once() -> None:
    house = House(SHELL)
    house.feed(shell(1), plain.Event(num=2, process=replace(plain.SHELL, comm=b"cat")), shell(3))
    assert house.alerts() == [("Shell", 1), ("Shell", 3)]
    assert house.loop.counts.events == 3
    assert house.loop.counts.alerts == {"Shell": 2}


def test_what_is_shown_to_the_rules_is_counted_by_type() -> None:
    house = House(SHELL)
    house.feed(shell(1), plain.Event(num=2, type="openat"), plain.Event(num=3, type="openat"))
    assert house.loop.counts.evaluated == {"execve": 1, "openat": 2}
    assert house.loop.counts.events == 3


def test_an_alert_of_a_container_waits_for_its_metadata() -> None:
    house = House(SHELL)
    house.feed(shell(1, A))
    assert house.alerts() == []
    house.metadata.known.add(A)
    house.loop.turn()
    assert house.alerts() == [("Shell", 1)]
    assert house.loop.counts.parked == 1
    assert not house.loop.counts.unresolved


def test_what_does_not_match_does_not_wait() -> None:
    house = House(SHELL)
    house.feed(plain.Event(container_id=A, process=replace(plain.SHELL, comm=b"cat")))
    assert house.loop.counts.parked == 0


def test_an_event_waits_before_rules_that_ask_for_metadata() -> None:
    house = House(NAMED)
    event = shell(1, A)
    house.feed(event)
    assert house.loop.counts.parked == 1
    house.metadata.known.add(A)
    answer(event)
    house.loop.turn()
    assert house.alerts() == [("Named", 1)]


def test_the_order_in_a_container_is_kept() -> None:
    house = House(SHELL)
    house.feed(shell(1, A), shell(2, B), shell(3, A))
    house.metadata.known.add(A)
    house.feed(shell(4, A))
    assert house.alerts() == [("Shell", 1), ("Shell", 3), ("Shell", 4)]
    house.metadata.known.add(B)
    house.loop.turn()
    assert house.alerts()[-1] == ("Shell", 2)


def test_one_container_that_waits_holds_up_no_other() -> None:
    house = House(SHELL)
    house.metadata.known.add(B)
    house.feed(shell(1, A), shell(2, B), shell(3))
    assert house.alerts() == [("Shell", 2), ("Shell", 3)]


def test_after_two_seconds_it_goes_out_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10**12
    monkeypatch.setattr("time.monotonic_ns", lambda: now)
    house = House(SHELL)
    house.feed(shell(1, A))
    now += 1_999_000_000
    house.loop.turn()
    assert house.alerts() == []
    now += 1_000_000
    house.loop.turn()
    assert house.alerts() == [("Shell", 1)]
    assert house.loop.counts.unresolved == {"no answer": 1}


def test_a_container_that_the_runtime_does_not_know_does_not_wait() -> None:
    house = House(SHELL)
    house.metadata.unknown[A] = "not in the runtime"
    house.feed(shell(1, A))
    assert house.alerts() == [("Shell", 1)]
    assert house.loop.counts.unresolved == {"not in the runtime": 1}


def test_new_rules_are_in_force_from_one_event_to_the_next() -> None:
    house = House(SHELL)
    house.feed(shell(1))
    house.loop.switch(rules.compiled(rules.text("Other", "evt.type = execve")))
    house.feed(shell(2))
    assert house.alerts() == [("Shell", 1), ("Other", 2)]


def test_rules_that_are_renamed_all_day_fill_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanner_agent.pipeline.kinds.RULES", 2)
    house = House(SHELL)
    for number in range(5):
        house.loop.switch(rules.compiled(rules.text(f"Name {number}", "evt.type = execve")))
        house.feed(shell(number))
    assert house.loop.counts.alerts == {"Name 0": 1, "Name 1": 1, "other": 3}


def test_what_waits_for_metadata_is_matched_by_the_rules_of_its_time() -> None:
    house = House(NAMED)
    waiting = shell(1, A)
    house.feed(waiting)
    house.loop.switch(rules.compiled(rules.text("Other", "evt.type = execve")))
    house.metadata.known.add(A)
    answer(waiting)
    house.loop.turn()
    assert house.alerts() == [("Named", 1)]


def test_an_event_that_breaks_something_is_counted_and_said_once() -> None:
    house = House(SHELL)
    broken = [plain.Event(num=n) for n in (1, 2)]
    for event in broken:
        object.__delattr__(event, "process")  # what a bug in decode would do
    house.feed(broken[0], shell(3), broken[1], shell(4))
    assert house.alerts() == [("Shell", 3), ("Shell", 4)]
    assert sum(house.loop.counts.failed.values()) == 2
    (said,) = house.said
    assert said.startswith("an event was given up, please report this: AttributeError at ")


def test_the_end_brings_out_everything_that_waits() -> None:
    house = House(SHELL)
    house.feed(shell(1, A))
    house.ring.batches.append([shell(2)])
    house.loop.stop()
    house.loop.run(between=lambda: None)
    assert house.alerts() == [("Shell", 2), ("Shell", 1)]


def test_it_runs_until_it_is_told_to_stop() -> None:
    house = House(SHELL)
    house.ring.batches = [[shell(1)], [shell(2)], [shell(3)]]
    turns: list[int] = []

    def between() -> None:
        turns.append(len(house.delivered))
        if len(turns) == 2:
            house.loop.stop()

    house.loop.run(between)
    assert turns == [1, 2]
    assert house.alerts() == [("Shell", 1), ("Shell", 2), ("Shell", 3)]


def test_rules_of_cluster_and_namespace_both_alert() -> None:
    house = House(SHELL, "---\n", selecting())
    event = shell(1, A)
    house.feed(event)
    assert house.loop.counts.parked == 1
    house.metadata.known.add(A)
    object.__setattr__(event, "container", Container(A[:12], A, pod_name=b"p", pod_namespace=b"shop"))
    house.loop.turn()
    assert house.alerts() == [("Shell", 1), ("Own", 1)]
    assert house.loop.counts.alerts == {"Shell": 1, "Own": 1}


def test_events_of_pods_that_nobody_knows_are_counted_for_rules_that_select() -> None:
    house = House(selecting())
    house.metadata.unknown[B] = "no such container"
    house.feed(shell(1), shell(2, B), shell(3, B), plain.Event(type="open", container_id=B))
    assert house.alerts() == []
    assert house.loop.counts.unselected == {"no such container": 2}
    assert not house.loop.counts.unresolved


def test_what_waits_is_asked_by_the_rules_that_it_began_under() -> None:
    house = House(NAMED, rules.text("Others", "evt.type = execve and proc.name = cat"))
    program = rules.compiled(NAMED, rules.text("Others", "evt.type = execve and proc.name = cat"))
    house.loop.switch(program, 1, tables.build(program.rules))
    event = replace(shell(1, A), generation=1, candidates=0b01)
    house.feed(event, replace(shell(2, A), generation=1, candidates=0b10))
    assert house.loop.counts.parked == 1  # the other rule asks for no metadata
    house.loop.switch(rules.compiled(rules.text("New", "evt.type = execve")), 2)
    house.metadata.known.add(A)
    answer(event)
    house.loop.turn()
    assert house.alerts() == [("Named", 1)]

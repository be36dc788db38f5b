# SPDX-License-Identifier: Apache-2.0
"""One event in sixteen is looked at: by process and container, of the last seconds, in bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from lanner_agent.pipeline import busy
from lanner_agent.pipeline.busy import Busy, Doer
from lanner_agent.pipeline.contracts import Event
from tests.agent.events import plain


def event(container: bytes | None, comm: bytes) -> Event:
    process = replace(plain.SHELL, comm=comm, exepath=b"/bin/" + comm)
    return cast(Event, plain.Event(process=process, container_id=container))


def test_looks_are_counted_by_process_and_container() -> None:
    one = Busy(lambda: 0.0)
    for container, comm in ((b"a", b"dd"), (b"a", b"dd"), (b"b", b"dd"), (None, b"make")):
        one.see(event(container, comm))
    assert one.recent() == {
        Doer(b"a", b"dd", b"/bin/dd"): 2,
        Doer(b"b", b"dd", b"/bin/dd"): 1,
        Doer(None, b"make", b"/bin/make"): 1,
    }


def test_what_was_long_ago_is_forgotten() -> None:
    now = 0.0
    one = Busy(lambda: now)
    one.see(event(b"a", b"dd"))
    now = busy.WINDOW_S + 1
    one.see(event(b"a", b"cp"))
    assert {doer.name for doer in one.recent()} == {b"dd", b"cp"}
    now += busy.WINDOW_S
    assert {doer.name for doer in one.recent()} == {b"cp"}
    now += 2 * busy.WINDOW_S
    assert one.recent() == {}


def test_who_renames_itself_is_counted_as_its_container() -> None:
    one = Busy(lambda: 0.0)
    for number in range(10_000):
        one.see(event(b"loud", b"x%d" % number))
        if number % 10 == 0:
            one.see(event(b"quiet", b"sh"))
    by_container = {
        doer: number for doer, number in one.recent().items() if doer.container != b"loud" or not doer.name
    }
    assert by_container == {Doer(b"loud"): 10_000 - 32, Doer(b"quiet", b"sh", b"/bin/sh"): 1000}


def test_containers_without_end_take_bounded_memory() -> None:
    one = Busy(lambda: 0.0)
    for number in range(3000):
        one.see(event(b"c%d" % number, b"sh"))
    assert len(one.recent()) == 257
    assert one.recent()[Doer(busy.ELSEWHERE)] == 3000 - 256


def test_a_record_that_cannot_be_read_costs_nothing_here() -> None:
    class Broken(plain.Event):
        @property
        def container_id(self) -> bytes | None:
            raise ValueError("cut off")

        @container_id.setter
        def container_id(self, value: bytes | None) -> None:
            """A dataclass sets what it is given."""

    one = Busy(lambda: 0.0)
    one.see(cast(Event, Broken()))
    assert one.recent() == {}

# SPDX-License-Identifier: Apache-2.0
"""The parking place: order within a container, a limit in number, a limit in time."""

from __future__ import annotations

from collections.abc import Iterator

from lanner_agent.pipeline.parking import Parked, Parking
from lanner_engine.codegen.parts import nothing
from lanner_engine.index.candidates import Asked
from tests.agent.events import plain


def waiting(num: int, since: int = 0) -> Parked:
    return Parked(plain.Event(num=num), Asked(nothing, True, False), None, since)


def numbers(parked: Iterator[Parked]) -> list[int]:
    return [one.event.num for one in parked]


def test_each_container_keeps_its_order() -> None:
    parking = Parking()
    for number, container_id in enumerate((b"a", b"b", b"a"), 1):
        assert parking.park(container_id, waiting(number))
    assert parking.containers() == (b"a", b"b")
    assert numbers(parking.release(b"a")) == [1, 3]
    assert b"a" not in parking
    assert len(parking) == 1


def test_the_places_are_limited_over_all_containers() -> None:
    parking = Parking(places=2)
    assert parking.park(b"a", waiting(1))
    assert parking.park(b"b", waiting(2))
    assert not parking.park(b"c", waiting(3))
    assert b"c" not in parking
    list(parking.release(b"a"))
    assert parking.park(b"c", waiting(3))


def test_one_container_leaves_places_to_the_others() -> None:
    parking = Parking(places=8)
    assert [parking.park(b"a", waiting(number)) for number in range(6)] == [*[True] * 4, False, False]
    assert parking.park(b"b", waiting(7))


def test_only_what_has_waited_long_enough_expires() -> None:
    parking = Parking(patience_ns=10)
    for since in (0, 5, 8):
        parking.park(b"a", waiting(since, since))
    assert numbers(parking.expired(b"a", now=15)) == [0, 5]
    assert b"a" in parking
    assert numbers(parking.expired(b"a", now=18)) == [8]
    assert b"a" not in parking
    assert len(parking) == 0


def test_an_unknown_container_has_nobody_waiting() -> None:
    parking = Parking()
    assert list(parking.release(b"x")) == []
    assert list(parking.expired(b"x", now=1)) == []

# SPDX-License-Identifier: Apache-2.0
"""The parking place: order within a container, a limit in number, a limit in time."""

from __future__ import annotations

from typing import cast

from lanner_agent.pipeline.contracts import Event
from lanner_agent.pipeline.parking import Parked, Parking


def waiting(name: str, since: int = 0) -> Parked:
    return Parked(cast(Event, name), None, since)  # only the identity matters here


def test_each_container_keeps_its_order() -> None:
    parking = Parking()
    for name in ("a1", "b1", "a2"):
        assert parking.park(name[:1].encode(), waiting(name))
    assert parking.containers() == (b"a", b"b")
    assert [parked.event for parked in parking.release(b"a")] == ["a1", "a2"]
    assert b"a" not in parking
    assert len(parking) == 1


def test_the_places_are_limited_over_all_containers() -> None:
    parking = Parking(places=2)
    assert parking.park(b"a", waiting("a1"))
    assert parking.park(b"b", waiting("b1"))
    assert not parking.park(b"c", waiting("c1"))
    assert b"c" not in parking
    list(parking.release(b"a"))
    assert parking.park(b"c", waiting("c1"))


def test_only_what_has_waited_long_enough_expires() -> None:
    parking = Parking(patience_ns=10)
    for since in (0, 5, 8):
        parking.park(b"a", waiting(f"at {since}", since))
    assert [parked.event for parked in parking.expired(b"a", now=15)] == ["at 0", "at 5"]
    assert b"a" in parking
    assert [parked.event for parked in parking.expired(b"a", now=18)] == ["at 8"]
    assert b"a" not in parking
    assert len(parking) == 0


def test_an_unknown_container_has_nobody_waiting() -> None:
    parking = Parking()
    assert list(parking.release(b"x")) == []
    assert list(parking.expired(b"x", now=1)) == []

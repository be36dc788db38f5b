# SPDX-License-Identifier: Apache-2.0
"""What the kernel could not hand over becomes an Event about the node: at once, then every five minutes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

from lanner_agent.publish.events import dropped
from lanner_agent.publish.events.dropped import EVENT_EVERY_S, Blame, Blamed, Dropped
from lanner_apiserver.client import Api
from tests.agent.publish.events import alerts, api_rules
from tests.agent.publish.events.stand_in import AWAY, StandIn


@dataclass
class Teller:
    """`Dropped` by a clock of the test's own."""

    now: float = 1000.0
    lost: dict[str, int] = field(default_factory=dict)
    whose: dict[str, int] = field(default_factory=dict)
    busiest: dict[str, int] = field(default_factory=dict)
    server: StandIn = field(default_factory=StandIn)

    def __post_init__(self) -> None:
        blamed = Blamed(lambda: self.whose, lambda: self.busiest)
        self.dropped = Dropped(
            cast(Api, self.server), alerts.NODE, lambda: self.lost, lambda: self.now, blamed
        )

    def look(self) -> list[str]:
        """The notes of all Events so far."""
        asyncio.run(self.dropped.tell())
        return [event["note"] for event in self.server.events.values()]


def test_nothing_lost_is_nothing_told() -> None:
    assert Teller().look() == []


def test_the_first_loss_is_told_at_once_with_what_and_why() -> None:
    teller = Teller(lost={"openat: ring full": 1200, "connect: buffer busy": 3})
    (said,) = teller.look()
    what = "1,200 openat: ring full, 3 connect: buffer busy"
    assert said == f"1,203 events no rule has seen, lost in the kernel of this node: {what}"
    (event,) = teller.server.events.values()
    assert (event["reason"], event["regarding"]["kind"]) == ("EventsDropped", "Node")
    assert api_rules.complaints(event) == []


def test_what_is_lost_later_waits_five_minutes_and_is_counted_from_the_last_time() -> None:
    teller = Teller(lost={"openat: ring full": 5})
    teller.look()
    teller.lost = {"openat: ring full": 12, "execve: ring full": 1}
    teller.now += EVENT_EVERY_S - 1
    assert len(teller.look()) == 1
    teller.now += 1
    assert teller.look()[1].endswith("7 openat: ring full, 1 execve: ring full")
    teller.now += EVENT_EVERY_S
    assert len(teller.look()) == 2


def test_a_server_that_is_away_is_told_when_it_is_back() -> None:
    teller = Teller(lost={"openat: ring full": 5})
    teller.server.away = AWAY
    assert teller.look() == []
    teller.server.away = None
    teller.now += dropped.RETRY_S
    assert teller.look()[0].startswith("5 events no rule has seen")
    assert dict(teller.dropped.counts) == {"drops_refused": 1, "drops_told": 1}


def test_every_class_of_event_at_once_still_fits() -> None:
    everything = {f"{'x' * 40}{number}: 32-bit system call": 10**12 for number in range(200)}
    assert api_rules.complaints(dropped.event(everything, 1, alerts.NODE)) == []


def test_whose_events_were_turned_away_is_told_from_the_last_time_on() -> None:
    teller = Teller(lost={"openat: beyond its share": 5}, whose={"openat of pod s/a, container b": 5})
    assert teller.look()[0].endswith(
        ": 5 openat: beyond its share; most turned away: 5 openat of pod s/a, container b"
    )
    teller.lost = {"openat: beyond its share": 12}
    teller.whose = {"openat of pod s/a, container b": 5, "openat of host /x": 7}
    teller.now += EVENT_EVERY_S
    assert teller.look()[1].endswith("7 openat: beyond its share; most turned away: 7 openat of host /x")


def test_hostile_names_of_many_fit_beside_every_class_of_event() -> None:
    everything = {f"{'x' * 40}{number}: beyond its share": 10**12 for number in range(200)}
    whose = {f"openat of container \x1b{number}{'y' * 300}\n": 10**12 for number in range(200)}
    busiest = {f"\x1b{number} of {'z' * 300}\n": 5 for number in range(200)}
    told = dropped.event(everything, 1, alerts.NODE, Blame(whose, busiest))
    assert api_rules.complaints(told) == []
    assert "\\u001b0yyy" in told["note"]
    assert "most of what came is from: \\u001b0 of zzz" in told["note"]
    assert len(told["note"].encode()) <= 1024


def test_processes_that_were_busy_while_events_were_lost_are_told_though_they_rest_now() -> None:
    teller = Teller(lost={"openat: ring full": 5}, busiest={"a (/a) of pod s/a, container b": 3})
    assert teller.look()[0].endswith(
        ": 5 openat: ring full; most of what came is from: a (/a) of pod s/a, container b 100 %"
    )
    teller.lost = {"openat: ring full": 9}
    teller.busiest = {"dd (/bin/dd) of pod s/x": 90, "a (/a) of the host": 6, "c (/c) of the host": 4, "d": 0}
    teller.look()  # too early to tell, but seen
    teller.busiest = {"innocent (/i) of pod s/i": 1000}
    teller.now += EVENT_EVERY_S
    assert teller.look()[1].endswith(
        "from: dd (/bin/dd) of pod s/x 90 %, a (/a) of the host 6 %, c (/c) of the host 4 %"
    )

# SPDX-License-Identifier: Apache-2.0
"""A note when events were lost, with the number since the last note, and not more often than every ten
seconds.
"""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass

from lanner_agent.app.losses import Losses


@dataclass
class Counter:
    event_class: str
    reason: str
    value: int
    lost: bool = True


def test_growth_is_told_once_and_not_too_often() -> None:
    said: list[str] = []
    now = 0.0
    opens, execs = Counter("open", "ring full", 0), Counter("exec", "ring full", 0)
    losses = Losses(lambda: [opens, execs], said.append, lambda: now)
    opens.value = 1500
    losses.tell_when_due()
    assert said == []  # not yet time
    now = 10.0
    losses.tell_when_due()
    assert said == ["events LOST in the kernel: 1,500 open (ring full)"]
    opens.value, execs.value = 1501, 2
    now = 15.0
    losses.tell_when_due()
    now = 20.0
    losses.tell_when_due()
    assert said[1:] == ["events LOST in the kernel: 1 open (ring full), 2 exec (ring full)"]
    now = 30.0
    losses.tell_when_due()
    assert len(said) == 2


def test_whose_events_were_turned_away_is_told_with_them() -> None:
    said: list[str] = []
    now = 0.0
    opens, crowded = Counter("openat", "beyond its share", 0), Tally({"openat of host /a": 1})
    losses = Losses(lambda: [opens], said.append, lambda: now, lambda: crowded)
    now = 10.0
    losses.tell_when_due()
    assert said == []  # nothing is lost: it is not asked whose
    opens.value, now = 1500, 20.0
    crowded = Tally({"openat of host /a": 1400, "openat of pod s/web\u202e-0, container web\n": 100})
    losses.tell_when_due()
    whose = "1,400 openat of host /a, 100 openat of pod s/web\\u202e-0, container web\\n"
    assert said == [
        "events LOST in the kernel: 1,500 openat (beyond its share)",
        f"turned away for the sake of others: {whose}",
    ]
    opens.value, now = 1501, 30.0
    crowded = Tally({"openat of host /a": 1401, "openat of pod s/web\u202e-0, container web\n": 100})
    losses.tell_when_due()
    assert said[3:] == ["turned away for the sake of others: 1 openat of host /a"]


def test_processes_that_were_busy_are_told_with_every_loss() -> None:
    said: list[str] = []
    now = 0.0
    opens = Counter("openat", "ring full", 0)
    crowded = Tally({f"openat of host /{number}": 9 - number for number in range(5)})
    busiest = Tally({"dd (/bin/dd) of pod s/w\u202e, container c": 3, "make (/bin/make) of the host": 1})
    losses = Losses(lambda: [opens], said.append, lambda: now, lambda: crowded, lambda: busiest)
    opens.value, now = 5, 10.0
    losses.tell_when_due()
    turned = "9 openat of host /0, 8 openat of host /1, 7 openat of host /2 and 11 of others"
    busy = "dd (/bin/dd) of pod s/w\\u202e, container c 75 %, make (/bin/make) of the host 25 %"
    assert said == [
        "events LOST in the kernel: 5 openat (ring full)",
        f"turned away for the sake of others: {turned}",
        f"most of the events that came are from: {busy}",
    ]
    now = 20.0
    losses.tell_when_due()
    assert len(said) == 3

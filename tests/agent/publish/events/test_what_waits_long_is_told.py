# SPDX-License-Identifier: Apache-2.0
"""More than a minute in the queue: how long, whose, how many; in words that do not change all the time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lanner_agent.publish.events import standing
from lanner_agent.publish.events.account import Account, Rank
from lanner_agent.publish.events.delay import Delay
from lanner_agent.publish.events.fair_queue import Wait
from lanner_agent.publish.events.loud import Loud

OWN = Account(Rank.OWN, "loud")
SHOP = Account(Rank.URGENT, "shop")
NODE = Account(Rank.CLUSTER, "")


@dataclass
class Looking:
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.delay = Delay(self.said.append)

    def look(self, now: float, *waits: Wait) -> str:
        self.delay.update(waits, now)
        return self.delay.words


def test_a_minute_is_no_delay_and_more_is_told_with_whose_it_is() -> None:
    one = Looking()
    assert one.look(60, Wait(OWN, 500, 0), Wait(SHOP, 1, 59)) == ""
    said = one.look(61, Wait(SHOP, 1, 59), Wait(OWN, 500, 0), Wait(NODE, 3, 2))
    assert said == (
        "Events wait for more than a minute, the oldest first: namespace loud's own rules, "
        "the cluster's rules on the node"
    )
    assert one.delay.late
    numbers = "500 of namespace loud's own rules, 3 of the cluster's rules on the node"
    assert one.said == [f"Events: the oldest waits for 61 s: {numbers}"]


def test_words_change_with_the_steps_of_time_and_the_log_repeats_after_five_minutes() -> None:
    one = Looking()
    words = [one.look(float(now), Wait(OWN, now, 0)) for now in range(100, 5000, 2)]
    ages = [said.split("more than ")[1].split(",")[0] for said in dict.fromkeys(words)]
    assert ages == ["a minute", "2 min", "5 min", "10 min", "30 min", "an hour"]
    assert len(one.said) == 1 + (5000 - 100) // 300


def test_the_end_is_told_once() -> None:
    one = Looking()
    one.look(100, Wait(OWN, 5, 0))
    one.look(110, Wait(OWN, 5, 60))  # shorter, but not short
    assert one.delay.late
    one.look(120, Wait(OWN, 5, 100))
    one.look(130)
    assert one.said[1:] == ["Events: none waits long any more, after 20 s"]
    assert (one.delay.late, one.delay.words) == (False, "")


def test_of_many_three_are_named() -> None:
    waits = [Wait(Account(Rank.OWN, f"n{number}\x1b" + "x" * 200), 1, number) for number in range(9)]
    said = Looking().look(100, *waits)
    assert said.endswith(" and 6 more")
    assert said.isprintable()
    assert len(said) < 400


def test_the_nodes_status_names_the_loudest_and_adds_up_the_rest() -> None:
    known = {(True, f"n{number}"): Counter(suppressed=number, published=1) for number in range(5)}
    waits = [Wait(Account(Rank.URGENT, "shop"), 2, 90), Wait(Account(Rank.CLUSTER, "shop"), 3, 40)]
    told = standing.by_owner(known, Counter(dropped=7), waits, 2, 100.0)
    assert told == [
        {
            "rules": "Cluster", "namespace": "shop", "published": 0, "suppressed": 0, "dropped": 0,
            "waiting": 5, "oldestSeconds": 60,
        },
        {
            "rules": "Namespace", "namespace": "n4", "published": 1, "suppressed": 4, "dropped": 0,
            "waiting": 0, "oldestSeconds": 0,
        },
        {
            "rules": "Others", "namespace": "", "published": 4, "suppressed": 6, "dropped": 7,
            "waiting": 0, "oldestSeconds": 0,
        },
    ]  # fmt: skip
    assert standing.by_owner({}, Counter(), [], 10, 0.0) == []


def test_invented_names_push_out_each_other_and_nothing_is_lost() -> None:
    loud: Loud[str] = Loud(4)
    for number in range(100):
        loud.add("loud", "dropped", 3)
        loud.add(f"invented {number}", "dropped")
    names = loud.names()
    assert next(iter(names.items())) == ("loud", Counter(dropped=300))
    assert len(names) == 4
    assert sum(one.total() for one in names.values()) + loud.others.total() == 400

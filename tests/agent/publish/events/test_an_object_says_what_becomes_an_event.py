# SPDX-License-Identifier: Apache-2.0
"""publish and throttle of an object decide which of its alerts become Events, what stands in them, and which
are repeats.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.together import Together
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from tests.agent.publish.events import alerts
from tests.agent.publish.events.desk import Desk
from tests.engine.objects.falco_objects import check, cluster, rule, said


def rule_of(priority: str = "NOTICE", **spec: Any) -> CheckedRule:
    owner = RuleObject(CLUSTER_RULE, "", "shells", "u", 1, spec)
    return alerts.rule(priority=priority, owner=owner)


def begun(*seen: Alert) -> tuple[Desk, int]:
    """How many Events are made."""
    desk = Desk()
    for one in seen:
        desk.see(one)
    desk.write_all()
    return desk, sum(what == "create" for _, what, _ in desk.writes)


@pytest.mark.parametrize(
    ("publish", "priority", "events"),
    [
        ({}, "NOTICE", 1),
        ({"events": "Never"}, "EMERGENCY", 0),
        ({"minPriority": "WARNING"}, "NOTICE", 0),
        ({"minPriority": "WARNING"}, "WARNING", 1),
        ({"minPriority": "Debug"}, "INFO", 0),
    ],
)
def test_only_what_is_wanted_becomes_an_event(publish: dict[str, Any], priority: str, events: int) -> None:
    desk, found = begun(alerts.alert(rule_of(priority, publish=publish)))
    assert found == events
    figures = desk.ledger.figures()
    held_back = figures.get("unwanted", 0) + figures.get("below_threshold", 0)
    assert (figures["offered"], held_back) == (1, 1 - events)


def test_an_event_has_the_reason_and_the_fields_that_are_named() -> None:
    publish = {"reason": "HandsOn", "fields": ["proc.name", "proc.nowhere"]}
    desk = Desk()
    desk.see(alerts.alert(rule_of(publish=publish)))
    (series,) = desk.write_all()
    assert series is not None
    assert series.first.card.reason == "HandsOn"
    desk = Desk()
    desk.see(alerts.alert(rule_of(publish=publish)))
    write = desk.ledger.next(desk.now)
    assert write is not None
    assert write.series is not None
    assert set(write.series.first.values) == {"proc.name", "evt.time"}


def test_repeats_are_told_by_the_executable_unless_other_fields_are_named() -> None:
    made = rule_of(throttle={"by": ["proc.cmdline"]})
    first = alerts.alert(made)
    same = alerts.alert(made, exepath=b"/other")
    other = alerts.alert(made, args=(b"-c", b"ls"))
    assert begun(first, same, first)[1] == 1
    assert begun(first, other)[1] == 2
    assert begun(first, replace(other, rule=rule_of()), alerts.alert(rule_of(), exepath=b"/x"))[1] == 3


def test_alerts_that_are_told_in_one_count_as_many() -> None:
    """And the Event has what they were about, which the second time is told at once."""
    desk, first = Desk(), alerts.alert(rule_of())
    desk.see(first)
    desk.write_all()
    desk.see(replace(first, together=Together(3, (b"/etc/shadow", b"/etc/gshadow"))))
    desk.wait(60)
    ((series, count),) = desk.reached.items()
    assert count == 5
    assert series.latest is not None
    assert series.latest["lanner.together.about"] == [b"/etc/shadow", b"/etc/gshadow"]


def test_a_field_that_no_output_holds_is_warned_of() -> None:
    told = check(
        cluster(
            "a",
            rule(output="%proc.name"),
            publish={"fields": ["proc.name", "proc.pid"]},
            throttle={"by": ["fd.name"], "process": {"seconds": 5, "about": ["fd.num"]}},
        )
    )
    words = said(told, "ClusterFalcoRule/a")
    assert "publish.fields names proc.pid, which the output of rule r does not hold" in words
    assert "throttle.by names fd.name" in words
    assert "throttle.process.about names fd.num" in words
    assert "names proc.name" not in words

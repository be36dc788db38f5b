# SPDX-License-Identifier: Apache-2.0
"""More alerts than there may be Events: who is held back, what goes first, and that every one is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events import sighting, suppressed
from lanner_agent.publish.events.settings import EventSettings
from lanner_agent.publish.events.wishes import Wishes
from lanner_engine.fields.model import HOST
from lanner_engine.program.rule import CheckedRule
from tests.agent.events import plain, rules
from tests.agent.publish.events import alerts, api_rules
from tests.agent.publish.events.desk import Desk

RULE = alerts.rule()
CRITICAL = alerts.rule("Escape", priority="CRITICAL")


def of(number: int, rule: CheckedRule = RULE, pod: int = 0) -> Alert:
    """Each number is another executable."""
    container = replace(alerts.APP, pod_uid=b"uid-%d" % pod)
    return alerts.alert(rule, container, exepath=b"/bin/%d" % number)


def test_one_rule_in_one_pod_has_ten_events_and_one_more_a_minute() -> None:
    desk = Desk()
    for number in range(30):
        desk.see(of(number))
    figures = desk.ledger.figures()
    assert (figures["queue_length"], figures["suppressed_rule_limit"]) == (10, 20)
    desk.now += 60
    for number in range(30, 33):
        desk.see(of(number))
    assert desk.ledger.figures()["queue_length"] == 11


def test_a_noisy_pod_reaches_its_own_limit_and_no_other_pods() -> None:
    desk = Desk()
    for number in range(200):
        desk.see(of(number, replace(RULE, name=f"rule {number}")))
    assert desk.ledger.figures()["queue_length"] == 20
    desk.see(of(0, pod=1))
    desk.see(alerts.alert(RULE, HOST))
    assert desk.ledger.figures()["queue_length"] == 22


def test_noise_does_not_hide_what_is_critical() -> None:
    desk = Desk()
    for number in range(200):
        desk.see(of(number, replace(RULE, name=f"rule {number}")))
    for number in range(5):
        desk.see(of(number, CRITICAL))
    assert desk.ledger.figures()["queue_length"] == 25


def test_the_most_severe_go_first_and_pods_take_turns() -> None:
    desk = Desk()
    rules = [alerts.rule(priority=name) for name in ("NOTICE", "WARNING", "CRITICAL", "NOTICE")]
    for number, rule in enumerate(rules):
        desk.see(of(number, rule, pod=number))
    order = [one.first.container.pod_uid for one in desk.write_all() if one]
    assert order == [b"uid-2", b"uid-1", b"uid-0", b"uid-3"]


def test_a_full_queue_loses_the_oldest_of_the_least_severe() -> None:
    desk = Desk(settings=EventSettings(queue_length=8))  # a quarter for one account
    for number, priority in enumerate(("WARNING", "CRITICAL", "NOTICE", "NOTICE", "WARNING", "CRITICAL")):
        desk.see(of(number, alerts.rule(priority=priority), pod=number))
    left = [one.first.container.pod_uid for one in desk.write_all() if one]
    assert left == [b"uid-1", b"uid-5", b"uid-0", b"uid-4"]
    assert desk.ledger.figures()["dropped_queue_full"] == 2


def test_what_was_crowded_out_may_come_again() -> None:
    desk = Desk(settings=EventSettings(queue_length=1))
    desk.see(of(1))
    desk.see(of(2))
    desk.write_all()
    desk.see(of(1))
    assert len(desk.write_all()) == 1


def test_below_the_threshold_nothing_is_kept() -> None:
    desk = Desk()
    desk.see(of(1, alerts.rule(priority="INFO")))
    assert desk.write_all() == []
    assert desk.ledger.figures()["below_threshold"] == 1
    assert desk.ledger.tally() == ({}, 0)


def test_a_summary_comes_after_ten_seconds_and_every_five_minutes() -> None:
    desk = Desk()
    for number in range(30):
        desk.see(of(number))
    desk.wait(9)
    assert [what for _, what, _ in desk.writes] == ["create"] * 10
    desk.wait(1)
    assert desk.writes[10:] == [(1010, "summary", 20)]
    desk.wait(20)
    for number in range(30, 40):
        desk.see(of(number))
    desk.wait(269)
    assert len(desk.writes) == 11
    desk.wait(11)
    assert desk.writes[11:] == [(1310, "summary", 10)]
    desk.wait(1000)
    assert len(desk.writes) == 12


def test_a_summary_that_may_be_on_the_server_is_tried_again_as_it_was() -> None:
    desk = Desk()
    for number in range(30):
        desk.see(of(number))
    tried = desk.ledger.tally()
    for number in range(30, 40):
        desk.see(of(number))
    desk.ledger.postpone_summary(desk.now, refused=False)
    assert desk.ledger.tally() == tried
    desk.wait(2000)
    assert [count for _, what, count in desk.writes if what == "summary"] == [20, 10]


def test_at_the_end_what_came_after_a_summary_that_may_be_there_is_told_too() -> None:
    desk = Desk()
    for number in range(30):
        desk.see(of(number))
    desk.ledger.tally()
    for number in range(30, 40):
        desk.see(of(number))
    desk.ledger.hurry(desk.now)
    desk.write_all()
    assert [count for _, what, count in desk.writes if what == "summary"] == [20, 10]


def test_a_summary_names_rules_and_causes_within_its_sizes() -> None:
    desk = Desk()
    for number in range(3000):
        desk.see(of(number, replace(RULE, name=f"rule {number} " + "ü\x1b" * 100), pod=number % 7))
    tally, since = desk.ledger.tally()
    event = suppressed.event(tally, since, since + 1, alerts.NODE, 2048)
    assert api_rules.complaints(event) == []
    assert event["reason"] == "AlertsSuppressed"
    assert event["regarding"] == {"apiVersion": "v1", "kind": "Node", "name": "node1", "uid": alerts.NODE.uid}
    assert event["note"].startswith(
        "2,860 alerts not published as Events (2,860 too many in one pod); loudest: "
        "2,860 the cluster's rules in namespace shop; by rule: 2,760 other rules, 1 rule "
    )


def test_memory_for_series_is_bounded_and_what_is_forgotten_counted() -> None:
    desk = Desk(settings=EventSettings(series_kept=40))  # a quarter for one namespace
    for pod in range(20):
        desk.see(of(0, pod=pod), times=5)
        desk.write_all()
        desk.see(of(0, pod=pod), times=3)
    figures = desk.ledger.figures()
    assert figures["series_active"] == 10
    assert figures["suppressed_series_limit"] == 30


def test_an_alert_that_waits_takes_few_kilobytes() -> None:
    hostile = RULE.output.text + "".join(
        f" %proc.aname[{number}] %proc.aexepath[{number}]" for number in range(1, 9)
    )
    parent = replace(plain.SHELL, comm=b"x" * 4000, exepath=b"y" * 4000)
    for _ in range(8):
        parent = replace(parent, parent=parent)
    process = replace(plain.SHELL, args=(b"z" * 4000,) * 20, parent=parent)
    (rule,) = rules.compiled(rules.text(output=hostile)).rules
    made = sighting.values(Alert(rule, plain.Event(process=process, container=alerts.APP)), Wishes())
    assert sum(len(value) for value in made.values() if isinstance(value, bytes)) < 12 * 1024


@pytest.mark.parametrize(
    "wrong", [{"fields_size": 9000}, {"node_qps": 0}, {"queue_length": 0}, {"reserve": 1}]
)
def test_settings_out_of_range_are_refused_by_name(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} is "):
        EventSettings(**wrong)  # type: ignore[arg-type]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("see", "see", "see", "write", "wait", "gone", "refuse")),
        st.integers(0, 40),
        st.sampled_from(("CRITICAL", "WARNING", "NOTICE", "DEBUG")),
    ),
    max_size=120,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_every_alert_ends_in_one_place(steps: list[tuple[str, int, str]]) -> None:
    rules = {name: alerts.rule(priority=name) for name in ("CRITICAL", "WARNING", "NOTICE", "DEBUG")}
    desk = Desk(settings=EventSettings(queue_length=5, series_kept=8, pod_burst=6, rule_burst=4))
    for step, number, priority in steps:
        if step == "see":
            desk.see(of(number % 6, rules[priority], pod=number % 3), times=1 + number % 4)
        elif step == "write":
            desk.write_all()
        elif step == "wait":
            desk.wait(number * 10)
        else:
            write = desk.ledger.next(desk.now)
            if write is not None and write.series is not None:
                if step == "gone" and write.series.told:
                    desk.ledger.recreate(write.series)
                elif step == "refuse":
                    desk.ledger.refused(write.series, "dropped_rejected")
    desk.wait(2000)
    told = sum(desk.reached.values())
    figures = desk.ledger.figures()
    lost = sum(number for cause, number in figures.items() if cause in suppressed.CAUSES)
    assert figures.get("offered", 0) == figures.get("below_threshold", 0) + lost + told
    assert sum(count for _, what, count in desk.writes if what == "summary") == lost
    assert (figures["queue_length"], figures["series_active"]) == (0, 0)

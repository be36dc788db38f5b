# SPDX-License-Identifier: Apache-2.0
"""What the ledger wants written when, by a clock of the test's own: first, second, powers of ten, the end."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from lanner_agent.publish.events import body
from lanner_agent.publish.events.series import milestone_after
from lanner_engine.fields.model import HOST
from tests.agent.publish.events import alerts
from tests.agent.publish.events.desk import Desk

RULE = alerts.rule()


def test_the_first_is_created_and_the_second_told_at_once() -> None:
    desk = Desk()
    desk.see()
    desk.write_all()
    desk.see()
    desk.write_all()
    assert desk.writes == [(1000, "create", 1), (1000, "patch", 2)]


def test_powers_of_ten_are_told_once_a_minute_at_most() -> None:
    desk = Desk()
    desk.see(times=1)
    desk.write_all()
    desk.see(times=1)
    desk.write_all()
    desk.see(times=8)  # 10: the patch of the second was just now
    desk.wait(59)
    assert len(desk.writes) == 2
    desk.wait(1)
    assert desk.writes[2:] == [(1060, "patch", 10)]
    desk.wait(120)
    desk.see(times=5)  # 15 is no power of ten
    desk.wait(100)
    assert len(desk.writes) == 3
    desk.see(times=985)
    desk.write_all()
    assert desk.writes[3:] == [(1280, "patch", 1000)]


def test_the_true_count_is_told_six_minutes_after_the_last() -> None:
    desk = Desk()
    desk.see(times=5)
    desk.wait(100)
    desk.see(times=2)
    desk.wait(359)
    assert desk.writes == [(1000, "create", 1), (1000, "patch", 5)]
    desk.wait(1)
    assert desk.writes[2:] == [(1460, "patch", 7)]
    assert desk.ledger.figures()["series_active"] == 0
    desk.see()
    desk.write_all()
    assert desk.writes[3:] == [(1460, "create", 1)]


def test_an_alert_alone_is_forgotten_without_another_write() -> None:
    desk = Desk()
    desk.see()
    desk.wait(400)
    assert desk.writes == [(1000, "create", 1)]
    assert desk.ledger.figures()["series_active"] == 0


def test_a_long_series_is_refreshed_before_the_server_forgets_it() -> None:
    desk = Desk()
    for _ in range(4 * 60):  # one a minute for four hours
        desk.see()
        desk.wait(60)
    times = [time for time, _, _ in desk.writes]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 1800
    assert len(times) <= 4 + 2 * 4  # 1, 2, 10, 100, and twice an hour


def test_a_repeat_before_the_first_is_created_is_told_after_it() -> None:
    desk = Desk()
    desk.see(times=37)
    desk.write_all()
    assert desk.writes == [(1000, "create", 1), (1000, "patch", 37)]


def test_a_repeat_that_the_server_lost_is_created_anew_and_counted() -> None:
    desk = Desk()
    desk.see(times=3)
    (series, _) = desk.write_all()
    assert series is not None
    desk.wait(100)
    desk.see()
    desk.ledger.recreate(series)
    desk.write_all()
    assert desk.writes[2:] == [(1100, "create", 1), (1100, "patch", 4)]


@pytest.mark.parametrize(
    ("told", "after"), [(1, 2), (2, 10), (9, 10), (10, 100), (99, 100), (123456, 1000000)]
)
def test_milestones(told: int, after: int) -> None:
    assert milestone_after(told) == after


def test_what_an_attacker_changes_at_will_makes_no_second_event() -> None:
    desk = Desk()
    for number in range(50):
        desk.see(alerts.alert(RULE, args=(b"-c", b"%d" % number), time=1_700_000_000_000_000_000 + number))
    assert len(set(desk.write_all())) == 1


def test_what_differs_makes_an_event_of_its_own() -> None:
    desk = Desk()
    changed = replace(RULE, output=alerts.rule(output="NEW SHELL!!!").output)
    for alert in (
        alerts.alert(RULE),
        alerts.alert(replace(RULE, name="Another")),
        alerts.alert(changed),
        alerts.alert(replace(RULE, owner=alerts.OWNER)),
        alerts.alert(RULE, exepath=b"/bin/other"),
        alerts.alert(RULE, replace(alerts.APP, name=b"sidecar")),
        alerts.alert(RULE, replace(alerts.APP, pod_uid=b"another")),
        alerts.alert(RULE, HOST),
    ):
        desk.see(alert)
    created = desk.write_all()
    assert len(created) == 8
    names = {
        body.detected(one.first, one.key, alerts.NODE, "", 0)["metadata"]["name"] for one in created if one
    }
    assert len(names) == 8


def test_the_same_rule_loaded_again_goes_on_with_its_series() -> None:
    desk = Desk()
    desk.see(alerts.alert(alerts.rule()))
    desk.see(alerts.alert(alerts.rule()))
    desk.write_all()
    assert desk.writes == [(1000, "create", 1), (1000, "patch", 2)]


def test_a_name_follows_from_what_happened_and_when_it_began() -> None:
    desk = Desk()
    desk.see()
    (series,) = desk.write_all()
    assert series is not None

    def name(time: int) -> str:
        made = body.detected(replace(series.first, time=time), series.key, alerts.NODE, "", 0)
        return str(made["metadata"]["name"])

    at = series.first.time
    assert name(at) == name(at + 1000)
    assert name(at) != name(at + 361_000_000_000)
    assert name(at).startswith("app1.")


def test_a_repeat_keeps_what_it_said_for_the_patch_only_when_that_will_be_told() -> None:
    desk = Desk()
    desk.see(alerts.alert(RULE, args=(b"1",)))
    (series,) = desk.write_all()
    assert series is not None
    for number in range(2, 12):
        desk.see(alerts.alert(RULE, args=(b"%d" % number,)))
    assert series.latest is not None
    assert series.latest["proc.cmdline"] == b"sh 10"

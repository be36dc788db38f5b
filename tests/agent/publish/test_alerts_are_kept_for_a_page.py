# SPDX-License-Identifier: Apache-2.0
"""The output `page`: the last alerts in memory, shared out, redacted, asked by filters and by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lanner_agent.publish import escape
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.remembered import asking, hourly, output
from lanner_agent.publish.remembered.output import Remembered
from lanner_agent.publish.remembered.settings import Keeping
from lanner_agent.publish.sending.delivery import Delivery
from lanner_engine.fields.model import HOST
from lanner_engine.program.rule import CheckedRule, Priority
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_page.source import Filter
from tests.agent.publish.deliveries import APP, RULE, alert, rule, until

HOUR_NS = 3_600_000_000_000
BATCH = 10  # fewer than a share of the queue between the two threads
SEVERE = rule("CRITICAL", name="Root")


class Page:
    """A memory of so many alerts, filled by its output."""

    def __init__(self, alerts: int = 100, size: int = 1 << 20, least: Priority = Priority.DEBUG) -> None:
        self.kept = Remembered(Keeping(alerts, size, least))
        self.said: list[str] = []
        self.output: Delivery = output.output(self.kept, self.said.append)
        self.offered = 0

    def take(self, *alerts: Alert) -> None:
        """All of them are there, or have made way."""
        for batch in (alerts[at : at + BATCH] for at in range(0, len(alerts), BATCH)):
            for one in batch:
                self.output.offer(one)
            self.offered += len(batch)
            until(lambda: self.kept.memory.newest == self.offered)

    def pids(self, **asked: Any) -> list[int]:
        found = asking.alerts(self.kept.memory, Filter(**asked))
        return [asking.opened(one).body["output_fields"]["proc.pid"] for one in found.alerts]


@pytest.fixture
def page() -> Iterator[Page]:
    one = Page()
    yield one
    one.output.close()


def mine(of: CheckedRule, namespace: str, number: int = 0) -> Alert:
    owner = RuleObject(NAMESPACED_RULE, namespace, "mine", "uid", 1, {})
    container = replace(APP, pod_namespace=namespace.encode())
    return alert(number, replace(of, owner=owner), container=container)


def test_an_alert_is_whole_and_its_secrets_are_hidden(page: Page) -> None:
    page.take(alert(7, command=b"curl --password hunter2 \xff\x1b[31m</script>"))
    (one,) = asking.alerts(page.kept.memory, Filter()).alerts
    found = asking.opened(one)
    assert (found.namespace, found.pod, found.rule, found.priority) == ("shop", "web-0", "Shell", "Notice")
    assert found.at_ns == alert(7).event.time
    assert "hunter2" not in one.line.decode()
    assert "***" in found.text
    assert found.body["rule"] == "Shell"
    assert found.body["output"] == found.text
    assert escape.harmless(one.line.decode()) == one.line.decode()
    assert page.kept.memory.one(found.id) == one
    assert page.kept.memory.one("another") is None


def test_the_newest_come_first_by_what_is_asked_for(page: Page) -> None:
    page.take(*map(alert, range(4)), alert(4, SEVERE, container=HOST), alert(5, command="Straße x".encode()))
    assert page.pids() == [5, 4, 3, 2, 1, 0]
    assert page.pids(limit=2) == [5, 4]
    assert page.pids(before_ns=alert(2).event.time) == [1, 0]
    assert page.pids(priority="Critical") == page.pids(rule="Root") == [4]
    assert page.pids(namespace="shop", pod="web-0", limit=1) == [5]
    assert page.pids(text="STRASSE") == [5]  # casefolded
    assert page.pids(text='"') == page.pids(tactic="execution") == page.pids(pod="web") == []


def test_a_flood_pushes_out_its_own_alerts_and_no_others(page: Page) -> None:
    page.take(alert(1, container=HOST), mine(RULE, "bank", 2), alert(3, SEVERE))
    page.take(*(mine(SEVERE, "shop", number) for number in range(100, 400)))
    assert page.pids(namespace="bank") == [2]
    assert page.pids(rule="Root", limit=1000)[-1] == 3
    assert 1 in page.pids(limit=1000)
    assert len(page.pids(namespace="shop", limit=1000)) == 26  # its quarter, and that of the cluster's rule
    assert page.kept.memory.went == {"namespace shop's own rules": 275}
    assert page.output.counts()["made way"] == 275


def test_it_is_bounded_in_bytes() -> None:
    page = Page(alerts=10_000, size=1 << 20)
    page.take(*(alert(number, rule(name=f"R{number % 3}"), b"x" * 9_000, HOST) for number in range(200)))
    assert sum(one.size for one in page.kept.memory.all()) <= 1 << 20
    assert page.pids(limit=1) == [199]
    page.output.close()


def test_what_is_less_severe_than_wished_is_not_kept() -> None:
    page = Page(least=Priority.CRITICAL)
    page.output.offer(alert())
    page.take(alert(2, SEVERE))
    assert page.pids() == [2]
    page.output.close()


def test_who_follows_is_told_what_came_and_how_many_went_before_he_asked(page: Page) -> None:
    page.take(*(alert(number, rule(name=f"R{number}"), container=HOST) for number in range(10)))
    found, missed = asking.behind(page.kept.memory, 7)
    assert ([one.number for one in found.alerts], missed) == ([8, 9, 10], 0)
    page.take(*(alert(number, rule(name=f"S{number % 7}"), container=HOST) for number in range(200)))
    found, missed = asking.behind(page.kept.memory, 7)
    assert missed + len(found.alerts) == 203
    assert len(found.alerts) == 90  # what is not urgent
    found, missed = asking.behind(page.kept.memory, 210)
    assert (found.alerts, missed) == ((), 0)


def test_around_an_alert_are_those_of_its_pod_in_that_minute(page: Page) -> None:
    minute = 60_000  # alerts are a millisecond apart
    other = replace(APP, pod_name=b"web-1")
    page.take(alert(0), alert(1, container=other), alert(2), alert(minute), alert(3, container=HOST))
    one = asking.alerts(page.kept.memory, Filter(before_ns=alert(1).event.time)).alerts[0]
    near = asking.around(page.kept.memory, (one.namespace, one.pod), one.at_ns, one.id)
    assert [asking.opened(found).body["output_fields"]["proc.pid"] for found in near.alerts] == [2]


def test_hits_of_a_day_are_counted_by_the_hour() -> None:
    counted = hourly.Hourly()
    for hour in (0, 0, 3, 30):
        counted.add(("", "Shell"), hour * HOUR_NS)
    ((hours, last),) = counted.told(30 * HOUR_NS).values()
    assert (sum(hours), hours[-1], last) == (1, 1, 30 * HOUR_NS)
    for number in range(2 * hourly.MOST):
        counted.add(("", f"R{number}"), 0)
    assert len(counted.told(0)) == hourly.MOST


def test_rules_that_are_forgotten_are_counted_by_whose_they_are() -> None:
    counted = hourly.Hourly()
    for number in range(hourly.MOST):
        counted.add(("", f"R{number}"), 0)
    assert not counted.forgotten
    assert hourly.words(counted.forgotten) == ""
    for number in range(hourly.MOST):
        counted.add((f"FalcoRule/shop/r{number}", "R"), 0)
    assert len(counted.told(0)) == hourly.MOST
    assert counted.forgotten.total() == hourly.MOST
    assert counted.forgotten["namespace shop"] > hourly.MOST // 4
    assert "1,024 rules; 1,024 times one was forgotten for another: " in hourly.words(counted.forgotten)


def test_that_rules_are_forgotten_stands_in_the_numbers_of_the_output(page: Page) -> None:
    assert "rules forgotten" not in page.output.counts()
    for number in range(hourly.MOST + 2):
        page.kept.hourly.add(("", f"R{number}"), 0)
    assert page.output.counts()["rules forgotten"] == 2

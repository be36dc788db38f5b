# SPDX-License-Identifier: Apache-2.0
"""What a FalcoNode says of alerts by namespace and rule: bounded, shared out, going on after a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lanner_agent.pipeline import places as tables
from lanner_agent.pipeline.places import Places
from lanner_agent.report import places_told
from lanner_agent.report.places_told import PlacesTold
from lanner_engine.fields.model import Container, Owners
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.falco_node import REPORT_BYTES, REPORT_DAYS, REPORT_SUBJECTS, FalcoNodeStatus
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from tests.agent.events import plain
from tests.agent.pipeline.house import House
from tests.agent.pipeline.test_events_become_alerts import SHELL
from tests.agent.publish.deliveries import RULE

SECOND = 1_000_000_000
NOW = 1_790_000_000
FULL = b"c" * 64
Json = dict[str, Any]


def rule(name: str, namespace: str = "", **more: Any) -> CheckedRule:
    kind = NAMESPACED_RULE if namespace else CLUSTER_RULE
    return replace(RULE, name=name, owner=RuleObject(kind, namespace, f"of-{name[:50]}", "u", 1, {}), **more)


def event(namespace: str = "", pod: str = "web-0", at: int = NOW, owner: Owners | None = None) -> plain.Event:
    """Of a pod, or of the node itself."""
    if not namespace:
        return plain.Event(time=at * SECOND)
    made = Container(FULL[:12], FULL, pod_name=pod.encode(), pod_namespace=namespace.encode(), owners=owner)
    return plain.Event(time=at * SECOND, container=made)


def teller(places: Places | None, now: int = NOW) -> PlacesTold:
    return PlacesTold(lambda: places, lambda: float(now), wanted=True)


def told(places: Places) -> list[Json]:
    found = teller(places).status()
    FalcoNodeStatus(reports=tuple(found))  # type: ignore[arg-type]  # as the definition has it
    return found


def test_a_row_says_which_rule_fired_in_which_namespace_and_about_which_workload() -> None:
    places, shell = Places(), rule("Shell", tags=("container", "mitre_execution"))
    deployment = Owners(workload_kind=b"Deployment", workload_name=b"web")
    places.add(shell, event("shop", "web-7d4f-x2", NOW - 60, deployment))
    places.add(shell, event("shop", "tool", NOW))
    places.add(shell, event("", at=NOW - 5))
    first, second = told(places)
    assert first == {
        "namespace": "shop",
        "object": "ClusterFalcoRule/of-Shell",
        "rule": "Shell",
        "priority": RULE.priority.label,
        "tactic": "execution",
        "alerts": 2,
        "firstTime": "2026-09-21T14:12:20Z",
        "lastTime": "2026-09-21T14:13:20Z",
        "subjects": [
            {"kind": "Deployment", "name": "web", "lastTime": "2026-09-21T14:12:20Z"},
            {"kind": "Pod", "name": "tool", "lastTime": "2026-09-21T14:13:20Z"},
        ],
        "more": False,
    }
    assert (second["namespace"], second["alerts"], second["subjects"]) == ("", 1, [])


def test_the_loop_counts_alerts_where_reports_are_wanted() -> None:
    house = House(SHELL)
    house.feed(plain.Event(time=NOW * SECOND))
    house.loop.counts.places = places = Places()
    for _ in range(2):
        house.feed(plain.Event(time=NOW * SECOND))
    (found,) = told(places)
    assert (found["namespace"], found["rule"], found["alerts"]) == ("", "Shell", 2)
    assert house.loop.counts.alerts["Shell"] == 3


def test_a_namespaces_own_rule_is_about_that_namespace() -> None:
    places = Places()
    places.add(rule("own", "shop"), event("", at=NOW))
    places.add(rule("own", "shop"), event("bank", at=NOW))
    (found,) = told(places)
    assert (found["namespace"], found["alerts"], found["subjects"]) == ("shop", 2, [])


def test_an_agent_goes_on_where_the_one_before_it_ended() -> None:
    before = Places()
    for at in (NOW - 100, NOW - 50):
        before.add(rule("Shell"), event("shop", at=at))
    before.add(rule("Quiet"), event("shop", at=NOW - 70))
    said, after = told(before), Places()
    one = teller(after)
    one.resume({"reports": said})
    after.add(rule("Shell"), event("shop", "web-1"))
    shell, quiet = one.status()
    assert (shell["alerts"], shell["firstTime"]) == (3, "2026-09-21T14:11:40Z")
    assert [each["name"] for each in shell["subjects"]] == ["web-1", "web-0"]
    assert quiet["alerts"] == 1
    one.resume({"reports": said})  # its own words, when the FalcoNode is read again
    assert one.status()[0]["alerts"] == 3


def test_what_the_agent_before_said_is_told_before_anything_is_watched() -> None:
    places = Places()
    places.add(rule("Shell"), event("shop"))
    one = teller(None)
    one.resume({"reports": told(places)})
    assert one.status() == told(places)


@pytest.mark.parametrize(
    "written", [None, "x", [5], [{}], [{"namespace": "a", "object": "b", "rule": "c", "priority": "Loud"}]]
)
def test_what_no_agent_wrote_is_not_gone_on_with(written: object) -> None:
    one = teller(Places())
    one.resume({"reports": written})
    assert one.status() == []


def test_a_rule_that_is_silent_for_a_week_is_told_of_no_more() -> None:
    places = Places()
    places.add(rule("Shell"), event("shop"))
    assert teller(places, NOW + REPORT_DAYS * 86_400).status()
    assert not teller(places, NOW + REPORT_DAYS * 86_400 + 1).status()


def test_where_no_reports_are_wanted_nothing_is_told() -> None:
    places = Places()
    places.add(rule("Shell"), event("shop"))
    assert PlacesTold(lambda: places, lambda: float(NOW), wanted=False).status() == []


def test_no_namespace_takes_the_room_of_others_and_the_rest_is_one_number() -> None:
    places = Places()
    places.add(rule("quiet", "shop"), event("shop", at=NOW - 900))
    for number in range(20):
        places.add(rule(f"node-{number}"), event("", at=NOW - 800 + number))
    for number in range(200):
        places.add(rule(f"{number}" + "\u4e00" * 120, "loud"), event("loud", at=NOW - 500 + number))
    *found, rest = told(places)
    assert sum(one["namespace"] == "loud" for one in found) == places_told.MOST_OF_NAMESPACE
    assert sum(one["namespace"] == "" for one in found) == 2 * places_told.MOST_OF_NAMESPACE
    assert any(one["rule"] == "quiet" for one in found)
    assert (rest["rule"], rest["alerts"]) == ("", 4 + 192)


def test_all_rows_of_a_node_have_so_many_bytes() -> None:
    places = Places()
    for namespace in range(20):
        for number in range(8):
            for pod in range(4):
                wide = rule(f"{number}" + "\u4e00" * 127, f"ns-{namespace}")
                places.add(wide, event(f"ns-{namespace}", f"{pod}" + "x" * 127))
    found = told(places)
    assert len(json.dumps(found, ensure_ascii=False).encode()) < REPORT_BYTES + 512
    assert len({one["namespace"] for one in found[:-1]}) > 5
    assert sum(one["alerts"] for one in found) == 20 * 8 * 4


def test_what_is_remembered_is_bounded_and_who_has_many_loses_their_own() -> None:
    places = Places()
    places.add(rule("quiet"), event("shop"))
    for number in range(2 * tables.MOST_OF_NAMESPACE):
        places.add(rule(f"r{number}"), event("loud"))
    assert len(places.taken()) == 1 + tables.MOST_OF_NAMESPACE
    assert places.untold == tables.MOST_OF_NAMESPACE
    for number in range(tables.MOST + 50):
        places.add(rule("one"), event(f"ns-{number}"))
    assert len(places.taken()) == tables.MOST
    assert sum(row.count for row in places.taken().values()) + places.untold == (
        1 + 2 * tables.MOST_OF_NAMESPACE + tables.MOST + 50
    )


def test_a_tenants_rules_take_no_row_of_the_clusters() -> None:
    places = Places()
    places.add(rule("Shell"), event("shop", at=NOW - 60))
    for number in range(tables.MOST_OF_NAMESPACE + 5):
        places.add(rule(f"own {number}", "shop"), event("shop", at=NOW))
    assert "Shell" in [one["rule"] for one in told(places)]


def test_of_many_workloads_the_last_ones_are_told() -> None:
    places = Places()
    for number in range(9):
        places.add(rule("Shell"), event("shop", f"p{number}", NOW + number))
    places.add(rule("Shell"), event("shop", "p6", NOW + 9))
    (found,) = told(places)
    assert [one["name"] for one in found["subjects"]] == ["p5", "p7", "p8", "p6"]
    assert (len(found["subjects"]), found["more"]) == (REPORT_SUBJECTS, True)


def test_hostile_names_are_harmless_and_stay_within_the_definition() -> None:
    places = Places()
    places.add(rule("\x1b[2J" + "x" * 5_000, tags=("mitre_\x1b[2J",)), event("shop", "p" * 5_000))
    (found,) = told(places)
    assert len(found["rule"]) == len(found["subjects"][0]["name"]) == 128
    assert "\x1b" not in json.dumps(found, ensure_ascii=False)
    assert found["tactic"] == ""

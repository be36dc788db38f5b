# SPDX-License-Identifier: Apache-2.0
"""Alerts of all nodes become one Report of each namespace: added up, bounded, and never less than before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from lanner_engine.program.rule import Priority
from lanner_engine.resources.falco_node import FalcoNodeStatus
from lanner_operator.reports import ledger as ledgers
from lanner_operator.reports import written
from lanner_operator.reports.ledger import Ledger
from lanner_operator.status import reported
from lanner_operator.status.reported import Key
from tests.operator.made import HERE

NOW = 1_790_000_000
HOUR = 3_600
OBJECT = "ClusterFalcoRule/shells"
Json = dict[str, Any]


def row(
    rule: str = "Shell", alerts: int = 1, namespace: str = "shop", first: int = NOW - HOUR, **more: Any
) -> Json:
    """As an agent writes it."""
    last = more.pop("last", NOW)
    subjects = [
        {"kind": kind, "name": name, "lastTime": reported.written_time(last)}
        for kind, name in more.pop("subjects", ())
    ]
    made = {"namespace": namespace, "object": OBJECT, "rule": rule, "alerts": alerts, "priority": "Notice"}
    made |= {"tactic": "execution", "subjects": subjects, "more": False}
    made |= {"firstTime": reported.written_time(first), "lastTime": reported.written_time(last), **more}
    return made


def looked(ledger: Ledger, nodes: Mapping[str, list[Json]], now: int = NOW) -> Ledger:
    """One look at all nodes."""
    for name, rows in nodes.items():
        ledger.feed(name, reported.packed(rows), now)
    ledger.settle(nodes, now)
    return ledger


def begun(nodes: Mapping[str, list[Json]], *stored: Json, now: int = NOW) -> Ledger:
    """Of an operator that starts."""
    made = Ledger()
    made.begin(map(written.stored, stored))
    return looked(made, nodes, now)


def report(ledger: Ledger, namespace: str = "shop") -> Json:
    return written.report(HERE, ledger, namespace, None)


def count(ledger: Ledger, namespace: str = "shop", rule: str = "Shell") -> int:
    return ledger.places[namespace].entries[Key(OBJECT, rule)].count


def test_a_report_says_of_each_rule_how_often_when_and_about_which_workloads() -> None:
    first = row(alerts=3, subjects=[("Deployment", "web")])
    second = row(alerts=4, first=NOW - 2 * HOUR, last=NOW - 60, subjects=[("Pod", "tool")], priority="Error")
    found = report(begun({"a": [first], "b": [second]}))
    assert found["summary"] == {"pass": 0, "fail": 1, "warn": 0, "error": 0, "skip": 0}
    assert found["scope"] == {"apiVersion": "v1", "kind": "Namespace", "name": "shop"}
    assert found["metadata"]["labels"]["app.kubernetes.io/managed-by"] == found["source"] == "lanner"
    assert found["results"] == [
        {
            "policy": OBJECT,
            "rule": "Shell",
            "result": "fail",
            "severity": "high",
            "category": "execution",
            "scored": False,
            "timestamp": {"seconds": NOW, "nanos": 0},
            "message": "7 alerts of priority Error, from 2026-09-21T12:13:20Z to 2026-09-21T14:13:20Z",
            "properties": {
                "count": "7",
                "countOfNodes": "7",
                "first": "2026-09-21T12:13:20Z",
                "last": "2026-09-21T14:13:20Z",
                "priority": "Error",
            },
            "resources": [
                {"kind": "Deployment", "name": "web", "namespace": "shop", "apiVersion": "apps/v1"},
                {"kind": "Pod", "name": "tool", "namespace": "shop", "apiVersion": "v1"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("priority", "result", "severity"),
    [
        ("Emergency", "fail", "critical"),
        ("Warning", "fail", "medium"),
        ("Notice", "warn", "low"),
        ("Debug", "warn", "info"),
    ],
)
def test_the_priority_decides_result_and_severity(priority: str, result: str, severity: str) -> None:
    (found,) = report(begun({"a": [row(priority=priority)]}))["results"]
    assert (found["result"], found["severity"]) == (result, severity)


def test_what_is_about_no_namespace_stands_in_the_cluster_report_with_its_nodes() -> None:
    found = report(begun({"a": [row(namespace="")], "b": [row(namespace="")]}), "")
    assert (found["kind"], found["metadata"].get("namespace")) == ("ClusterReport", None)
    assert [one["name"] for one in found["results"][0]["resources"]] == ["a", "b"]


def test_a_number_never_goes_back() -> None:
    ledger = begun({"a": [row(alerts=10)], "b": [row(alerts=5)]})
    assert count(looked(ledger, {"a": [row(alerts=12)], "b": [row(alerts=5)]})) == 17
    assert count(looked(ledger, {"a": [row(alerts=12)]})) == 17  # a node is gone
    assert count(looked(ledger, {"a": [row(alerts=2, first=NOW - 5)]})) == 19  # an agent lost its count
    assert count(looked(ledger, {"a": []})) == 19  # the row has no room in the FalcoNode
    assert count(looked(ledger, {"a": [row(alerts=1, first=NOW - 1)]})) == 20


def test_a_row_that_had_no_room_for_a_while_counts_once() -> None:
    ledger = begun({"a": [row(alerts=1_000)]})
    looked(ledger, {"a": [row("Other")]})
    again = begun({"a": [row("Other")]}, report(ledger))
    assert count(looked(again, {"a": [row(alerts=1_001)]})) == 1_001  # of the next operator
    assert count(looked(ledger, {"a": [row(alerts=1_001)]})) == 1_001
    assert count(looked(ledger, {"a": [row(alerts=400)]})) == 1_001  # it forgot some
    assert count(looked(ledger, {"a": [row(alerts=401, first=NOW - 2 * HOUR)]})) == 1_002  # a clock went back


def test_a_falco_node_that_is_made_again_counts_once() -> None:
    ledger = begun({"a": [row(alerts=10)]})
    looked(ledger, {})
    assert count(looked(ledger, {"a": [row(alerts=11)]})) == 11


def test_an_operator_goes_on_where_the_one_before_it_ended() -> None:
    ledger = looked(begun({"a": [row(alerts=10)], "b": [row(alerts=5)]}), {"a": [row(alerts=10)]})
    stored = report(ledger)
    assert (
        stored["results"][0]["properties"] | {"count": "15", "countOfNodes": "10"}
        == (stored["results"][0]["properties"])
    )
    assert count(begun({"a": [row(alerts=10)]}, stored)) == 15
    assert count(begun({"a": [row(alerts=13)]}, stored)) == 18  # what happened meanwhile
    assert count(begun({}, stored)) == 15


def test_a_report_that_people_edited_is_read_as_far_as_it_makes_sense() -> None:
    stored = report(begun({"a": [row(), row("Other")]}))
    stored["results"][0]["properties"]["count"] = "-4"
    stored["results"] += [None, {"policy": 5}, {"policy": OBJECT, "rule": "x" * 9_000, "properties": "y"}]
    ledger = Ledger()
    ledger.begin([written.stored(stored)])
    assert len(ledger.places["shop"].entries) == 1
    unexpected: tuple[object, ...] = (None, "x", {}, [[]], 5)
    for broken in unexpected:
        assert not written.stored({**stored, "results": broken}).entries


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("which", ["first", "last"])
def test_a_time_that_cannot_be_written_keeps_no_report_from_being_made(which: str, time: str) -> None:
    stored = report(begun({"a": [row(), row("Other")]}))
    stored["results"][0]["properties"][which] = time
    assert len(report(begun({}, stored))["results"]) == 1


def test_an_alert_that_is_said_to_be_yet_to_come_is_not_kept_for_ever() -> None:
    stored = report(begun({"a": [row()]}))
    stored["results"][0]["properties"]["last"] = "9999-12-31T23:59:59Z"
    ledger = begun({}, stored)
    assert ledger.places["shop"].entries[Key(OBJECT, "Shell")].last == NOW
    assert "shop" not in looked(ledger, {}, NOW + ledgers.SILENT_S + 1).places


def test_a_rule_that_is_silent_for_a_week_goes_and_begins_anew() -> None:
    ledger = begun({"a": [row(alerts=10)]})
    later = NOW + ledgers.SILENT_S + 1
    looked(ledger, {"a": [row(alerts=10)]}, later)
    assert "shop" not in ledger.places
    looked(ledger, {"a": [row(alerts=12, last=later)]}, later)
    (found,) = report(ledger)["results"]
    assert (found["properties"]["count"], found["properties"]["first"]) == ("2", reported.written_time(later))


def test_of_a_namespace_that_is_made_again_nothing_old_is_told() -> None:
    old = row(alerts=10, subjects=[("Pod", "secret-project")], last=NOW - 60)
    ledger = begun({"a": [old]})
    ledger.made("shop", NOW - 30)
    assert not ledger.says_something("shop")
    looked(ledger, {"a": [{**old, "alerts": 11}]})  # what the node tells late
    assert not ledger.says_something("shop")
    new = row(alerts=13, subjects=[("Pod", "web")])
    new["subjects"] += old["subjects"]
    looked(ledger, {"a": [new]})
    ledger.made("shop", NOW - 30)
    (found,) = report(ledger)["results"]
    assert found["properties"]["count"] == "2"
    assert [one["name"] for one in found["resources"]] == ["web"]


def test_of_a_namespace_that_is_gone_nothing_is_told() -> None:
    ledger = begun({"a": [row()]})
    ledger.forget("shop", NOW + 1)
    assert not ledger.says_something("shop")
    looked(ledger, {"a": [row()]})
    assert "shop" not in ledger.places


@pytest.mark.parametrize(
    "wrong",
    [
        {"object": "FalcoRule/bank/theirs"},
        {"object": "FalcoRule/bank/theirs", "namespace": ""},
        {"object": "FalcoRule/shop"},
        {"object": "Secret/shop/x"},
        {"namespace": "../shop"},
        {"namespace": "Shop"},
        {"alerts": -1},
        {"alerts": True},
        {"alerts": 1 << 60},
        {"priority": "Urgent"},
        {"firstTime": "yesterday"},
        {"lastTime": "9" * 4_000},
        {"subjects": [5]},
        {"subjects": [{"kind": "Pod"}]},
    ],
)
def test_what_no_agent_writes_is_counted_and_not_taken(wrong: Json) -> None:
    ledger = begun({"a": [{**row(), **wrong}, row("Fine")]})
    assert ledger.wrong == {"a": 1}
    assert [key.rule for place in ledger.places.values() for key in place.entries] == ["Fine"]


def test_a_namespaces_own_rule_is_about_that_namespace() -> None:
    ledger = begun({"a": [row(object="FalcoRule/shop/own")]})
    assert list(ledger.places["shop"].entries) == [Key("FalcoRule/shop/own", "Shell")]


def test_texts_are_harmless_and_short() -> None:
    evil = "\x1b[31m\u202e" + "x" * 9_000
    (found,) = begun({"a": [row(rule=evil, tactic=evil, subjects=[(evil, evil)])]}).places["shop"].entries
    assert len(found.rule) <= 128
    assert found.rule.isprintable()
    text = json.dumps(report(begun({"a": [row(rule=evil, tactic=evil, subjects=[(evil, evil)])]})))
    assert "\\u001b" not in text
    assert "category" not in text


def test_a_clock_that_is_wrong_keeps_no_row_for_ever() -> None:
    ledger = begun({"a": [row(last=NOW + 10 * ledgers.SILENT_S)]})
    looked(ledger, {"a": []}, NOW + ledgers.SILENT_S + 1)
    assert "shop" not in ledger.places


def test_a_report_has_so_many_rows_and_says_what_has_none() -> None:
    nodes = {
        f"n{node}": [row(f"r{node}-{at}", last=NOW - node, alerts=2) for at in range(40)] for node in range(3)
    }
    ledger = begun(nodes)
    found = report(ledger)
    *rows, others = found["results"]
    assert len(rows) == ledgers.ROWS
    assert found["summary"] == {"pass": 0, "fail": 0, "warn": ledgers.ROWS, "error": 0, "skip": 1}
    lost = 2 * (120 - ledgers.ROWS)
    assert (others["result"], others["properties"]["count"]) == ("skip", str(lost))
    assert others["message"] == f"{lost} alerts for which there is no room beside the rules above"
    assert ledger.left_out["rules"] == lost
    again = begun({}, found)
    assert again.places["shop"].others == lost
    same = begun(nodes, found)
    assert same.places["shop"].others == lost
    assert report(same) == found


def test_a_tenants_rules_take_no_row_of_the_clusters() -> None:
    own = [row(f"own {number}", object=f"FalcoRule/shop/{number}") for number in range(ledgers.ROWS + 5)]
    made = begun({"a": [row(last=NOW - HOUR), *own]})
    assert count(made) == 1
    assert made.places["shop"].others == 6


def test_a_report_has_so_many_bytes_whatever_its_texts_are() -> None:
    wide = "\u4e00" * 120
    subjects = [(f"{at}{wide}", f"{at}{wide}") for at in range(4)]
    rows = [row(f"{at}{wide}", subjects=subjects, object=f"ClusterFalcoRule/{wide}") for at in range(20)]
    found = report(begun({"a": rows[:10], "b": rows[10:]}))
    assert len(json.dumps(found)) < written.LARGEST + 4_096
    *shown, others = found["results"]
    assert int(others["message"].split()[0]) == 20 - len(shown) > 0


def test_so_many_namespaces_have_a_report_and_the_cluster_report_counts_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledgers, "PLACES", 3)
    ledger = begun({"a": [row(namespace=f"ns-{at}", alerts=2) for at in range(5)]})
    assert sorted(ledger.places) == ["", "ns-0", "ns-1", "ns-2"]
    (others,) = report(ledger, "")["results"]
    assert others["message"] == "4 alerts in namespaces without a Report, which are too many"
    assert ledger.left_out["namespaces"] == 4


def test_what_nodes_had_no_room_for_stands_in_the_cluster_report() -> None:
    nameless = row(rule="", object="", namespace="", alerts=7)
    ledger = begun({"a": [row(), nameless], "b": [nameless]})
    (others,) = report(ledger, "")["results"]
    assert others["message"] == "14 alerts that nodes had no room to tell apart"
    assert ledger.says_something("")
    assert not begun({"a": [row()]}).says_something("")


def test_a_rows_workloads_are_the_last_ones_and_it_says_that_there_were_more() -> None:
    nodes = {f"n{at}": [row(subjects=[("Pod", f"p{at:02}")], last=NOW - at)] for at in range(12)}
    (found,) = report(begun(nodes))["results"]
    assert [one["name"] for one in found["resources"]] == [f"p{at:02}" for at in range(ledgers.SUBJECTS)]
    assert found["properties"]["moreResources"] == "true"


def test_the_highest_priority_stays() -> None:
    ledger = begun({"a": [row(priority="Critical")]})
    looked(ledger, {"a": [row(alerts=2, priority="Debug")]})
    assert ledger.places["shop"].entries[Key(OBJECT, "Shell")].priority is Priority.CRITICAL


def test_the_rows_of_these_tests_are_of_the_definition() -> None:
    FalcoNodeStatus(reports=(row(subjects=[("Pod", "a")]),))  # type: ignore[arg-type]

# SPDX-License-Identifier: Apache-2.0
"""Which rules made alerts, how many in the last hour: what a FalcoNode says, bounded and shared out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lanner_agent.pipeline.hits import Hits, RuleKey
from lanner_agent.report import rule_hits
from lanner_agent.report.rule_hits import RuleHits
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.falco_node import FalcoNodeStatus
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from tests.agent.publish.deliveries import RULE

SECOND = 1_000_000_000


def rule(name: str, namespace: str = "") -> CheckedRule:
    kind = "FalcoRule" if namespace else CLUSTER_RULE
    return replace(RULE, name=name, owner=RuleObject(kind, namespace, f"of-{name}", "u", 1, {}))


def told(hits: Hits) -> list[dict[str, Any]]:
    return RuleHits(hits.taken, lambda: 0.0).status()


def test_the_rule_that_fired_last_comes_first_and_silent_ones_not_at_all() -> None:
    a, b, silent = rule("a"), rule("b", "shop"), rule("silent")
    hits = Hits()
    hits.expect((a, b, silent))
    for one, second in ((a, 10), (a, 5), (b, 20)):
        hits.add(one, second * SECOND)
    assert [(one["object"], one["rule"], one["alerts"], one["lastTime"]) for one in told(hits)] == [
        ("FalcoRule/shop/of-b", "b", 1, "1970-01-01T00:00:20Z"),
        ("ClusterFalcoRule/of-a", "a", 2, "1970-01-01T00:00:10Z"),
    ]


def test_rules_that_are_loaded_again_go_on_and_those_that_are_gone_are_forgotten() -> None:
    hits = Hits()
    hits.expect((rule("a"), rule("b")))
    hits.add(rule("a"), 1)
    hits.add(rule("b"), 1)
    hits.expect((rule("a"),))
    hits.add(rule("a"), 2)
    hits.add(rule("b"), 2)
    assert hits.taken() == {RuleKey("ClusterFalcoRule/of-a", "a", ""): (2, 2)}


def test_the_last_hour_is_what_was_not_there_an_hour_ago() -> None:
    now, count = [0.0], [0]
    hits = RuleHits(lambda: {RuleKey("", "a", ""): (count[0], SECOND)}, lambda: now[0])
    found = []
    for step in range(30):  # every five minutes, ten alerts each
        now[0], count[0] = step * 300.0, count[0] + 10
        (entry,) = hits.status()
        found.append(entry["lastHour"])
    assert found[:13] == [10 * step for step in range(1, 13)] + [120]
    assert set(found[12:]) == {120}
    assert len(hits._samples) == 13


def test_no_namespace_takes_the_room_of_others_and_what_has_none_is_one_number() -> None:
    loud = [rule(f"loud-{number}", "loud") for number in range(100)]
    rules = [rule("quiet", "shop"), *(rule(f"c{number}") for number in range(40)), *loud]
    hits = Hits()
    hits.expect(rules)
    for second, one in enumerate(rules):
        hits.add(one, second * SECOND)
    found = told(hits)
    FalcoNodeStatus(hits=tuple(found))  # type: ignore[arg-type]  # as the definition has it
    assert sum("/loud/" in one["object"] for one in found) == rule_hits.MOST_OF_NAMESPACE
    assert sum("Cluster" in one["object"] for one in found) == rule_hits.MOST_OF_CLUSTER
    assert any(one["rule"] == "quiet" for one in found)
    assert found[-1] == {
        "object": "",
        "rule": "",
        "alerts": 96 + 8,
        "lastHour": 96 + 8,
        "lastTime": "1970-01-01T00:02:16Z",
    }


def test_many_namespaces_take_no_room_of_the_clusters_rules() -> None:
    cluster = [rule(f"c{number}") for number in range(5)]
    tenants = [rule(f"t{number}", f"shop-{number % 50}") for number in range(200)]
    hits = Hits()
    hits.expect([*cluster, *tenants])
    for second, one in enumerate([*cluster, *tenants]):
        hits.add(one, second * SECOND)
    *found, rest = told(hits)
    assert len(found) == rule_hits.MOST
    assert [one["rule"] for one in found[-5:]] == [f"c{number}" for number in (4, 3, 2, 1, 0)]
    assert rest["alerts"] == 205 - rule_hits.MOST


def test_hostile_names_stay_within_the_definition() -> None:
    long = rule("x" * 5000)
    hits = Hits()
    hits.expect((long,))
    hits.add(long, SECOND)
    assert len(told(hits)[0]["rule"]) == 128

# SPDX-License-Identifier: Apache-2.0
"""What a rule with mode DryRun matches is counted by where it was, and is no alert."""

from __future__ import annotations

import pytest

from lanner_agent.pipeline import dry_run
from lanner_agent.pipeline.dry_run import DryRuns, Match, workload
from lanner_agent.report import dry_runs
from lanner_engine.codegen.compile import compile_objects
from lanner_engine.fields.model import Container
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.falco_node import DRY_RUN_PLACES, DryRunCounts
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from tests.agent.events import plain
from tests.agent.pipeline.house import House
from tests.engine.plain_facts import PlainProcess

FULL = b"c" * 64


def tried(name: str = "try", generation: int = 1, namespace: str = "", mode: str = "DryRun") -> RuleObject:
    kind = NAMESPACED_RULE if namespace else CLUSTER_RULE
    host = {} if namespace else {"hostScope": "Include"}
    rule = {"name": name, "condition": "evt.type = execve", "desc": "d", "output": "o", "priority": "NOTICE"}
    spec = {"mode": mode, "rules": [rule], **host}
    return RuleObject(kind, namespace, name, f"u-{namespace}-{name}", generation, spec)


def rules(*objects: RuleObject) -> tuple[CheckedRule, ...]:
    return compile_objects(check_objects(objects)).rules


def event(exepath: bytes = b"/bin/sh", **container: object) -> plain.Event:
    made = Container(FULL[:12], FULL, **container)  # type: ignore[arg-type]
    return plain.Event(process=PlainProcess(comm=b"sh", exepath=exepath), container=made)


def counted(*objects: RuleObject) -> tuple[DryRuns, tuple[CheckedRule, ...]]:
    made = rules(*objects)
    runs = DryRuns()
    runs.expect(made)
    return runs, made


def test_a_match_is_delivered_and_is_no_alert() -> None:
    house = House()
    house.loop.switch(compile_objects(check_objects([tried(), tried("loud", mode="Active")])))
    house.feed(plain.Event())
    assert [(one.rule.name, one.rule.dry_run) for one in house.delivered] == [("loud", False), ("try", True)]
    assert dict(house.loop.counts.alerts) == {"loud": 1}
    assert {kind.rule: number for kind, number in house.loop.counts.kinds.counts.items() if number} == {
        "loud": 1
    }
    (one,) = house.loop.counts.dry_run.objects()
    assert (one.object.key, one.matches) == ("ClusterFalcoRule/try", 1)


def test_matches_are_told_apart_by_rule_namespace_workload_and_executable() -> None:
    runs, (rule,) = counted(tried())
    for _ in range(2):
        runs.add(rule, event(pod_name=b"web-0", pod_namespace=b"shop"))
    runs.add(rule, event(b"/bin/curl", name=b"box"))
    (one,) = runs.objects()
    assert one.combinations == {
        Match("try", b"shop", b"web-0", b"/bin/sh"): 2,
        Match("try", b"", b"box", b"/bin/curl"): 1,
    }


@pytest.mark.parametrize(
    ("pod", "labels", "made"),
    [
        (b"web-7d4b9c-x2x4z", {b"pod-template-hash": b"7d4b9c"}, b"web"),
        (b"web-7d4b9c-x2x4z", {b"pod-template-hash": b"forged"}, b"web-7d4b9c-x2x4z"),
        (b"db-0", {b"controller-revision-hash": b"db-66f"}, b"db"),
        (b"dump-28912345-abcde", {b"job-name": b"dump-28912345"}, b"dump"),
        (b"once-abcde", {b"batch.kubernetes.io/job-name": b"once"}, b"once"),
        (b"bare", {}, b"bare"),
    ],
)
def test_a_workload_is_what_made_the_pod(pod: bytes, labels: dict[bytes, bytes], made: bytes) -> None:
    assert workload(Container(FULL[:12], FULL, pod_name=pod, pod_labels=labels)) == made


def test_names_that_others_choose_fill_nothing() -> None:
    runs, made = counted(*(tried(f"t{number}", namespace="shop") for number in range(40)), tried())
    for rule in made:
        for number in range(100):
            runs.add(rule, event(b"/tmp/\xff%d" % number * 200, pod_namespace=b"shop", pod_name=b"p"))
    assert len(runs.objects()) == dry_run.OBJECTS_OF_ONE + 1
    assert all(len(one.combinations) == dry_run.COMBINATIONS for one in runs.objects())
    assert all(one.matches == 100 for one in runs.objects())
    assert (runs.matches, runs.untold) == (4_100, 2_400)
    told = dry_runs.told(runs.objects())
    for one in told:
        DryRunCounts.model_validate(one)  # what the resource definition takes
    assert sum(len(one["top"]) for one in told) == DRY_RUN_PLACES
    assert {len(one["top"]) for one in told} == {1, 2}, "by turns"
    assert told[0]["rule"] == "ClusterFalcoRule/try"


def test_a_new_version_begins_at_0_and_one_that_stays_goes_on() -> None:
    runs, (first, other) = counted(tried("first"), tried("other"))
    runs.add(first, event())
    runs.add(other, event())
    runs.expect(rules(tried("first", generation=2), tried("other")))
    assert {one.object.name: one.matches for one in runs.objects()} == {"first": 0, "other": 1}
    runs.add(first, event())
    assert runs.untold == 1, "an event that the version before was asked about"


def test_first_matches_are_told_soon_and_later_ones_more_and_more_seldom() -> None:
    runs, (rule,) = counted(tried())
    pace = dry_runs.Pace(60.0)
    pauses = []
    for _ in range(4):
        pace.wrote(dry_runs.told(runs.objects()))
        pauses.append(pace.pause_s)
        runs.add(rule, event())
        assert not pace.due(dry_runs.told(runs.objects()), pace.pause_s - 1)
        assert pace.due(dry_runs.told(runs.objects()), pace.pause_s)
    assert pauses == [15.0, 30.0, 60.0, 60.0]
    runs.expect(rules(tried(generation=2)))
    pace.wrote(dry_runs.told(runs.objects()))
    assert pace.pause_s == 15.0
    assert not pace.due(dry_runs.told(runs.objects()), 1_000.0), "nothing new"

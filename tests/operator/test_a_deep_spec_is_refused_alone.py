# SPDX-License-Identifier: Apache-2.0
"""A spec that nests deeper than the process that judges can be told: refused as any other that has not its
shape, and the objects beside it are judged.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lanner_engine.objects.limits import DEFAULT
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_operator.reconcile import rule_objects
from lanner_operator.reconcile.judgement import Judge, Judgement
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.observed import WatchedRule
from lanner_operator.reconcile.worker import Question
from tests.operator.made import cluster_rule, rule

PLACE = "spec.rules[0].exceptions[0].values[0][0]"

pytestmark = pytest.mark.timeout(60)


def deep(levels: int) -> dict[str, Any]:
    values: Any = "a"
    for _ in range(levels):
        values = [values]
    exception = {"name": "e", "fields": ["proc.name"], "comps": ["in"], "values": [[values]]}
    return {"mode": "Active", "loadOrder": 7, "rules": [rule("Deep", exceptions=[exception])]}


def watched(made: dict[str, Any], status: Any = None) -> WatchedRule:
    meta = {"name": "deep", "namespace": "team", "uid": "u", "generation": 1}
    return rule_objects.read(NAMESPACED_RULE, {"metadata": meta, "spec": made, "status": status})


def judged(*objects: RuleObject) -> Judgement:
    async def run() -> Judgement:
        judges = Judges()
        try:
            patient = Judge("lanner-rules", DEFAULT, judges, slice_s=60.0)  # all have their turn at once
            return await patient.judge(objects, {})
        finally:
            await judges.close()

    return asyncio.run(run())


@pytest.mark.parametrize("levels", [2, 24, 40, 600, 3_000, 50_000])
def test_it_has_not_its_shape_and_others_are_judged(levels: int) -> None:
    found = judged(cluster_rule("platform"), watched(deep(levels)).object)
    assert found.checked.verdicts["ClusterFalcoRule/platform"].accepted
    refused = found.checked.verdicts["FalcoRule/team/deep"]
    assert (refused.accepted, refused.reason, refused.in_force) == (False, "InvalidSpec", None)
    assert {one.span.source.name[: len(PLACE)] for one in refused.diagnostics} == {PLACE}
    assert [one.name for one in found.in_force] == ["platform"]


def test_what_is_not_deep_stays_as_it_is() -> None:
    good = deep(1)
    assert watched(good).object.spec is good
    assert watched(good).object.order[0] == 7
    assert watched(deep(3_000)).object.order[0] == 7


def test_a_deep_status_is_cut_too() -> None:
    status: Any = {}
    for _ in range(3_000):
        status = {"a": status}
    assert len(repr(watched(deep(1), status).status)) < 1_000


def test_what_cannot_be_handed_over_is_the_questions_problem() -> None:
    """Whatever the way it got here."""
    one = RuleObject(NAMESPACED_RULE, "team", "deep", "u", 1, deep(50_000))
    question = Question("team", (one,), {}, (), DEFAULT, None, crowded_out=False)

    async def run() -> None:
        judges = Judges()
        try:
            reply = await judges.ask(question)
            assert reply.problem == "the objects cannot be handed over to be judged (RecursionError)"
            other = await judges.ask(Question("a", (), {}, (), DEFAULT, None, crowded_out=False))
            assert not other.problem
        finally:
            await judges.close()

    asyncio.run(run())

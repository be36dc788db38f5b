# SPDX-License-Identifier: Apache-2.0
"""The patches after which a silent node, or a rule at an uninstall, claims nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

from lanner_engine.resources.falco_node import FalcoNodeStatus
from lanner_engine.resources.falco_rule import FalcoRuleStatus
from lanner_operator.status import farewell, node, silence
from tests.operator.made import LATER, NOW


def condition(kind: str, status: str, **more: Any) -> dict[str, Any]:
    made = {"type": kind, "status": status, "reason": "R", "message": "m", "lastTransitionTime": NOW}
    return {**made, **more}


def read(*conditions: dict[str, Any]) -> node.Node:
    meta = {"name": "n1", "uid": "u1", "resourceVersion": "7"}
    return node.read({"metadata": meta, "status": {"conditions": list(conditions)}})


def test_every_condition_of_a_silent_node_becomes_unknown() -> None:
    found = read(condition("Ready", "True"), condition("RulesLoaded", "False"), condition("X", "Unknown"))
    patch = silence.patch(found, "2026-11-25T09:58:00Z", LATER)
    assert patch is not None
    assert patch["metadata"] == {"uid": "u1", "resourceVersion": "7"}
    FalcoNodeStatus.model_validate(patch["status"])
    said = {one["type"]: one for one in patch["status"]["conditions"]}
    assert {(one["status"], one["reason"]) for one in said.values()} == {("Unknown", "AgentSilent")}
    assert (
        "since 2026-11-25T09:58:00Z: what it said before may not be so any more" in said["Ready"]["message"]
    )
    times = {kind: one["lastTransitionTime"] for kind, one in said.items()}
    assert times == {"Ready": LATER, "RulesLoaded": LATER, "X": NOW}


def test_a_node_that_claims_nothing_is_left_alone() -> None:
    assert silence.patch(read(), "", LATER) is None
    assert silence.patch(read(condition("Ready", "Unknown")), "", LATER) is None


def test_a_node_that_is_not_ready_and_silent_is_unknown_too() -> None:
    patch = silence.patch(read(condition("Ready", "False")), "", LATER)
    assert patch is not None
    assert "no sign of life of its agent yet" in patch["status"]["conditions"][0]["message"]


def test_news_of_a_node_are_what_it_says_and_not_that_it_was_written() -> None:
    one, same = read(condition("Ready", "True")), read(condition("Ready", "True", message="other"))
    assert one == same
    assert one != read(condition("Ready", "Unknown"))


STATUS = {
    "observedGeneration": 3,
    "conditions": [
        condition("Accepted", "True", observedGeneration=3),
        condition("Programmed", "True", observedGeneration=2),
        condition("Ready", "True", observedGeneration=3),
    ],
    "bundle": "r000001-aaaaaaaa",
    "nodes": {"desired": 2, "loaded": 2, "failed": 0, "pending": 0},
    "summary": "2/2",
    "rules": [],
}


def test_at_an_uninstall_a_rule_says_that_no_node_has_it() -> None:
    patch = farewell.patch(STATUS, "u1", LATER)
    assert patch is not None
    assert patch["metadata"] == {"uid": "u1"}
    made = patch["status"]
    FalcoRuleStatus.model_validate({key: value for key, value in made.items() if value is not None})
    assert made["conditions"][0] == STATUS["conditions"][0]  # type: ignore[index]
    programmed = made["conditions"][1]
    assert (programmed["status"], programmed["reason"]) == ("Unknown", "Uninstalled")
    assert (programmed["observedGeneration"], programmed["lastTransitionTime"]) == (2, LATER)
    assert (made["conditions"][2]["status"], made["conditions"][2]["reason"]) == ("Unknown", "Uninstalled")
    assert (made["summary"], made["nodes"]["loaded"], made["bundle"]) == ("0/0", 0, None)
    assert "failures" not in made
    assert farewell.patch({**STATUS, **made}, "u1", LATER) is None, "said once"


def test_what_never_had_a_status_gets_none() -> None:
    for status in ({}, {"conditions": None}, {"conditions": [7, condition("Accepted", "True")]}):
        assert farewell.patch(status, "u1", LATER) is None


def test_another_version_of_a_node_is_no_news() -> None:
    before = read(condition("Ready", "True"))
    after = dataclasses.replace(before, version="8")
    assert before != after
    assert before.news == after.news

# SPDX-License-Identifier: Apache-2.0
"""FalcoNodes -> how far one version of one object has come."""

from __future__ import annotations

from typing import Any

from lanner_operator.status.fleet import Fleet
from lanner_operator.status.node import Node
from tests.operator.made import cluster_rule, falco_node

OLD, NEW = "a" * 64, "b" * 64
KEPT, EDITED = cluster_rule("kept"), cluster_rule("edited", generation=2)
HOLDINGS = {
    OLD: frozenset({("uid-kept", 1, ""), ("uid-edited", 1, "")}),
    NEW: frozenset({("uid-kept", 1, ""), ("uid-edited", 2, "")}),
}


def fleet(*alive: Node, lost: int = 0, desired: int | None = None) -> Fleet:
    return Fleet(alive, lost, desired, HOLDINGS)


def test_an_object_that_did_not_change_is_loaded_wherever_a_bundle_holds_it() -> None:
    seen = fleet(falco_node("n1", OLD), falco_node("n2", NEW)).progress(KEPT)
    assert (seen.loaded, seen.pending) == (2, 0)


def test_an_edited_one_waits_for_the_nodes_that_are_behind() -> None:
    seen = fleet(falco_node("n1", OLD), falco_node("n2", NEW)).progress(EDITED)
    assert (seen.loaded, seen.waiting) == (1, 1)


def test_a_node_that_refuses_the_bundle_fails_what_it_lacks_and_nothing_else() -> None:
    refusal = {"type": "RulesLoaded", "status": "False", "reason": "HashMismatch", "message": "shard 1"}
    seen = fleet(falco_node("n1", OLD, conditions=[refusal]))
    assert seen.progress(EDITED).failures["n1"].reason == "HashMismatch"
    assert seen.progress(KEPT).loaded == 1


def test_a_failure_of_one_object_is_its_own() -> None:
    failure = {"rule": "ClusterFalcoRule/edited", "reason": "ProbeMissing", "message": "no such hook"}
    seen = fleet(falco_node("n1", NEW, failures=[failure]))
    assert seen.progress(EDITED).failures["n1"].message == "no such hook"
    assert seen.progress(KEPT).loaded == 1


def test_nodes_that_were_never_heard_of_are_waited_for_and_lost_ones_are_not() -> None:
    seen = fleet(falco_node("n1", NEW), lost=1, desired=4).progress(KEPT)
    assert (seen.desired, seen.loaded, seen.waiting, seen.lost, seen.pending) == (4, 1, 2, 1, 3)


def test_a_node_that_skips_an_object_where_the_daemon_set_wants_no_agent_is_no_negative_number() -> None:
    seen = fleet(falco_node("n1", NEW, skipped=["ClusterFalcoRule/kept"]), desired=0).progress(KEPT)
    assert (seen.desired, seen.loaded, seen.skipped, seen.pending) == (0, 0, 1, 0)


def test_a_hostile_agent_can_say_nothing_that_reaches_a_terminal() -> None:
    failure = {"rule": "ClusterFalcoRule/kept", "reason": "\x1b[2J", "message": "\x1b[31m\u202ered" * 100}
    found = fleet(falco_node("n1", NEW, failures=[failure, "nonsense", {}])).progress(KEPT).failures["n1"]
    assert found.reason == "Failed"
    assert found.message.isprintable()
    assert len(found.message) <= 256


def test_a_status_of_any_shape_is_read() -> None:
    shapes: list[dict[str, Any]] = [
        {"conditions": 1},
        {"failures": {"a": 1}},
        {"bundle": []},
        {"bundle": {"sha256": 5}},
    ]
    for status in shapes:
        assert falco_node("n1", **status).bundle == ""


def test_an_agent_whose_node_is_gone_is_not_waited_for() -> None:
    behind = falco_node("n1", NEW), falco_node("gone", OLD)
    assert Fleet(behind, 0, 2, HOLDINGS, frozenset({"gone"})).progress(EDITED).waiting == 1, "it comes back"
    assert Fleet(behind, 0, 1, HOLDINGS, frozenset({"gone"})).progress(EDITED).waiting == 0
    assert Fleet(behind, 0, 1, HOLDINGS).progress(EDITED).waiting == 1, "no roll says that it is away"


def test_an_agent_that_is_away_stands_for_no_other() -> None:
    behind = falco_node("n1", NEW), falco_node("late", OLD), falco_node("gone", OLD)
    assert Fleet(behind, 0, 2, HOLDINGS, frozenset({"gone"})).progress(EDITED).waiting == 1

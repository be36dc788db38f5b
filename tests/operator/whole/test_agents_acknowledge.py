# SPDX-License-Identifier: Apache-2.0
"""FalcoNodes -> Programmed and the counts of nodes on every rule."""

from __future__ import annotations

from typing import Any

from tests.operator.whole.scene import CLUSTER_RULES, NODES, Scene, eventually, stays

SHELLS = f"{CLUSTER_RULES}/shells"
SILENT_S = 75.0  # good for ten seconds, and the operator looks every thirty


def accepted(scene: Scene) -> None:
    scene.rule("shells")
    scene.reason(SHELLS, "Accepted", "Valid")


def status(scene: Scene, path: str = SHELLS) -> dict[str, Any]:
    return dict(scene.server.get(path)["status"])


def test_without_an_agent_nothing_is_claimed(scene: Scene) -> None:
    accepted(scene)
    assert scene.reason(SHELLS, "Programmed", "NoNodes")["status"] == "Unknown"


def test_one_agent_that_has_the_bundle_is_one_of_one(scene: Scene) -> None:
    accepted(scene)
    scene.acknowledge("n1")
    assert scene.reason(SHELLS, "Programmed", "Programmed")["status"] == "True"
    assert status(scene)["summary"] == "1/1"
    assert status(scene)["nodes"] == {"desired": 1, "loaded": 1, "skipped": 0, "failed": 0, "pending": 0}


def test_nodes_that_should_have_an_agent_and_have_none_are_waited_for(scene: Scene) -> None:
    scene.desire(2)
    accepted(scene)
    scene.acknowledge("n1")
    eventually(lambda: status(scene)["summary"] == "1/2")
    assert scene.condition(SHELLS, "Programmed")["reason"] == "Pending"
    scene.acknowledge("n2")
    scene.reason(SHELLS, "Programmed", "Programmed")
    assert status(scene)["summary"] == "2/2"


def test_another_object_that_changes_leaves_this_one_programmed(scene: Scene) -> None:
    accepted(scene)
    scene.acknowledge("n1")
    scene.reason(SHELLS, "Programmed", "Programmed")
    before = scene.server.get(SHELLS)["metadata"]["resourceVersion"]
    scene.rule("other")
    scene.reason(f"{CLUSTER_RULES}/other", "Programmed", "Pending")
    scene.acknowledge("n1")
    scene.reason(f"{CLUSTER_RULES}/other", "Programmed", "Programmed")
    assert scene.server.get(SHELLS)["metadata"]["resourceVersion"] == before, "it was not even written"


def test_a_node_that_refuses_the_bundle_is_named_with_its_words(scene: Scene) -> None:
    accepted(scene)
    scene.acknowledge("good")
    refusal = {
        "type": "RulesLoaded",
        "status": "False",
        "reason": "HashMismatch",
        "message": "shard 0 is not what the index names",
        "lastTransitionTime": "2026-11-25T10:00:00Z",
    }
    scene.acknowledge("bad", "0" * 64, conditions=[refusal])
    said = scene.reason(SHELLS, "Programmed", "NodesFailed")
    assert said["status"] == "False"
    assert "bad: HashMismatch: shard 0 is not what the index names" in said["message"]
    failure = {"node": "bad", "reason": "HashMismatch", "message": "shard 0 is not what the index names"}
    assert status(scene)["failures"] == [failure]
    assert status(scene)["summary"] == "1/2"


def test_what_one_object_does_to_an_agent_is_that_objects_alone(scene: Scene) -> None:
    accepted(scene)
    scene.rule("other")
    scene.reason(f"{CLUSTER_RULES}/other", "Accepted", "Valid")
    failure = {"rule": "ClusterFalcoRule/other", "reason": "ProbeFailed", "message": "no such hook"}
    scene.acknowledge("n1", failures=[failure])
    scene.reason(f"{CLUSTER_RULES}/other", "Programmed", "NodesFailed")
    scene.reason(SHELLS, "Programmed", "Programmed")


def test_a_node_that_fell_silent_is_pending_and_not_failed(scene: Scene) -> None:
    accepted(scene)
    scene.acknowledge("n1")
    scene.acknowledge("n2")
    scene.reason(SHELLS, "Programmed", "Programmed")
    scene.renew("n2", good_s=10)
    scene.operator.restart()
    silent = {"desired": 2, "loaded": 1, "skipped": 0, "failed": 0, "pending": 1}
    eventually(lambda: status(scene)["nodes"] == silent, SILENT_S)
    said = scene.condition(SHELLS, "Programmed")
    assert said["status"] == "True"
    assert "nothing is heard of the other 1" in said["message"]
    assert scene.server.get(f"{NODES}/n2") is not None, "who is silent is not forgotten"


def test_times_change_only_when_a_condition_flips(scene: Scene) -> None:
    accepted(scene)
    flipped = scene.condition(SHELLS, "Accepted")["lastTransitionTime"]
    scene.acknowledge("n1")
    scene.reason(SHELLS, "Programmed", "Programmed")
    scene.rule("shells", "evt.type = open")
    scene.reason(SHELLS, "Programmed", "Pending")
    assert scene.condition(SHELLS, "Accepted")["lastTransitionTime"] == flipped


def test_counters_of_agents_are_nobodys_business(scene: Scene) -> None:
    accepted(scene)
    scene.acknowledge("n1")
    scene.reason(SHELLS, "Programmed", "Programmed")
    version = scene.server.get(SHELLS)["metadata"]["resourceVersion"]
    for count in range(5):
        scene.server.patch(f"{NODES}/n1/status", {"status": {"counters": {"alerts": count}}})
    assert stays(lambda: bool(scene.server.get(SHELLS)["metadata"]["resourceVersion"] == version), 2.0)


def test_what_a_dry_run_matched_stands_in_its_status(scene: Scene) -> None:
    made = scene.rule("shells", mode="DryRun")
    scene.reason(SHELLS, "Accepted", "Valid")
    assert scene.bundle()["ClusterFalcoRule/shells"]["spec"]["mode"] == "DryRun"
    where = {"rule": "shells", "namespace": "shop", "workload": "web", "executable": "/bin/sh", "matches": 4}
    version = {"rule": "ClusterFalcoRule/shells", "uid": made["metadata"]["uid"], "generation": 1}
    scene.acknowledge("n1", dryRun=[{**version, "matches": 5, "top": [where]}])
    scene.reason(SHELLS, "Ready", "Programmed")
    assert status(scene)["dryRun"] == {"matches": 5, "top": [where], "others": 1}

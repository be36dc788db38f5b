# SPDX-License-Identifier: Apache-2.0
"""kubectl apply -> Accepted, and in the bundle; the object itself stays as its author wrote it."""

from __future__ import annotations

import time

from tests.operator.whole.scene import CLUSTER_RULES, GROUP, Scene, eventually


def test_a_rule_that_is_applied_is_accepted_and_in_the_bundle(scene: Scene) -> None:
    scene.rule("shells", "evt.type = execve and proc.name = sh")
    said = scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")
    assert said["status"] == "True"
    assert list(scene.bundle()) == ["ClusterFalcoRule/shells"]
    status = scene.server.get(f"{CLUSTER_RULES}/shells")["status"]
    assert status["rules"] == [{"name": "shells", "priority": "Notice", "eventTypes": ["execve"]}]
    index = scene.index()
    assert status["bundle"] == f"r{index['revision']:06d}-{index['bundleSha256'][:8]}"


def test_an_edit_is_the_next_bundle(scene: Scene) -> None:
    scene.rule("shells")
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
    before = scene.index()["revision"]
    scene.rule("shells", "evt.type = open")
    eventually(lambda: scene.bundle()["ClusterFalcoRule/shells"]["generation"] == 2)
    assert scene.index()["revision"] == before + 1


def test_what_is_deleted_is_gone_from_the_bundle_even_the_last_one(scene: Scene) -> None:
    scene.rule("one")
    scene.rule("two")
    eventually(lambda: len(scene.bundle()) == 2)
    scene.server.delete(f"{CLUSTER_RULES}/one")
    eventually(lambda: list(scene.bundle()) == ["ClusterFalcoRule/two"])
    scene.server.delete(f"{CLUSTER_RULES}/two")
    eventually(lambda: not scene.bundle())


def test_a_disabled_object_is_accepted_and_in_no_bundle(scene: Scene) -> None:
    scene.rule("shells", mode="Disabled")
    scene.rule("other")
    assert scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Disabled")["status"] == "True"
    assert scene.reason(f"{CLUSTER_RULES}/shells", "Programmed", "Disabled")["status"] == "False"
    eventually(lambda: list(scene.bundle()) == ["ClusterFalcoRule/other"])


def test_rules_of_namespaces_are_carried_with_their_namespace(scene: Scene) -> None:
    scene.tenant_rule("shop", "opens")
    scene.tenant_rule("bank", "opens")
    eventually(lambda: set(scene.bundle()) == {"FalcoRule/shop/opens", "FalcoRule/bank/opens"})
    path = f"{GROUP}/namespaces/shop/falcorules/opens"
    assert scene.reason(path, "Accepted", "Valid")["status"] == "True"


def test_the_operator_writes_nothing_but_the_status(scene: Scene) -> None:
    scene.rule("shells")
    scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")
    meta = scene.server.get(f"{CLUSTER_RULES}/shells")["metadata"]
    assert not {"finalizers", "annotations", "labels", "ownerReferences"} & meta.keys()
    assert meta["generation"] == 1
    written = [one for one in meta["managedFields"] if one["manager"] == "lanner-operator"]
    assert [one.get("subresource") for one in written] == ["status"]


def test_the_deployment_owns_the_bundle_so_that_it_goes_with_the_chart(scene: Scene) -> None:
    labels = {"app": "operator"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    made = scene.server.create(
        "/apis/apps/v1/namespaces/lanner/deployments",
        {
            "metadata": {"name": "lanner-operator"},
            "spec": {"selector": {"matchLabels": labels}, "template": pod},
        },
    )
    try:
        scene.operator.restart()
        scene.rule("shells")
        eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
        for name in ("lanner-rules", scene.index()["shards"][0]["name"]):
            meta = scene.server.get(f"/api/v1/namespaces/lanner/configmaps/{name}")["metadata"]
            assert [owner["uid"] for owner in meta["ownerReferences"]] == [made["metadata"]["uid"]]
    finally:
        scene.server.delete("/apis/apps/v1/namespaces/lanner/deployments/lanner-operator")


def test_told_to_end_it_ends_at_once_and_without_a_word_too_many(scene: Scene) -> None:
    scene.rule("shells")
    scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")
    started = time.monotonic()
    scene.operator.stop()
    assert time.monotonic() - started < 5
    lines = scene.operator.log().splitlines()
    assert lines[-1].endswith("stopped")
    assert all(" lanner-operator: " in line for line in lines), "no traceback of anybody"

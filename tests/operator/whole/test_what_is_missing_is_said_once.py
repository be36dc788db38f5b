# SPDX-License-Identifier: Apache-2.0
"""Resource definitions and rights that are missing: one message that says what to do, and no crash."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.operator.whole.scene import CLUSTER_RULES, GROUP, INDEX, ROOT, Scene, eventually, stays

pytestmark = pytest.mark.timeout(120)
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/lanner/roles/lanner-operator"


def test_without_definitions_it_says_what_to_apply_and_waits(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.install_rights()
    scene.operator.start(wait=False)
    line = scene.operator.says("waiting:")
    assert "clusterfalcorules.lanner.dev" in line
    assert "kubectl apply" in line
    assert scene.operator.page("/healthz")[0] == 200
    assert scene.operator.page("/readyz")[0] == 503
    time.sleep(6)
    assert scene.operator.log().count("waiting:") == 1, "said once"
    scene.install_definitions()
    eventually(scene.operator.ready, patience_s=30)
    scene.rule("shells")
    scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")


def test_definitions_that_are_older_than_the_operator_are_named(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.install_definitions()
    scene.install_rights()
    fields = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"
    older = f'[{{"op": "remove", "path": "{fields}/podSelector"}}]'
    scene.plane.access.kubectl("patch", "crd", "falcorules.lanner.dev", "--type=json", "-p", older)
    eventually(lambda: "podSelector" not in served(scene))
    scene.operator.start()
    line = scene.operator.says("older than this operator")
    assert "they have no FalcoRule.spec.podSelector; `kubectl apply --server-side" in line
    whole = ("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    scene.plane.access.kubectl(*whole)
    eventually(lambda: "podSelector" in served(scene))
    scene.operator.restart()
    assert scene.operator.log().count("older than this operator") == 1


def served(scene: Scene) -> dict[str, Any]:
    """The fields of a FalcoRule's spec by the API server's own description."""
    schemas = scene.server.get(f"/openapi/v3{GROUP}")["components"]["schemas"]
    return dict(schemas["dev.lanner.v1alpha1.FalcoRule"]["properties"]["spec"]["properties"])


def test_without_a_right_it_names_the_verb_and_the_resource(bare_scene: Scene) -> None:
    scene = bare_scene
    scene.install_definitions()
    scene.install_rights()
    role = scene.server.get(ROLES)
    rules = [rule for rule in role["rules"] if "leases" not in rule["resources"]]
    scene.server.patch(ROLES, {"rules": rules})
    scene.operator.start(wait=False)
    line = eventually(lambda: scene.operator.says("leases"))
    assert "list, watch on leases.coordination.k8s.io in namespace lanner" in line
    scene.server.patch(ROLES, {"rules": role["rules"]})
    eventually(scene.operator.ready, patience_s=30)


def test_a_right_that_is_taken_away_is_named_and_given_back_is_used(own_scene: Scene) -> None:
    scene = own_scene
    role = scene.server.get(ROLES)
    less = [rule for rule in role["rules"] if "configmaps" not in rule["resources"]]
    reading = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}
    scene.server.patch(ROLES, {"rules": [*less, reading]})
    scene.rule("shells")
    line = scene.operator.says("reconciling failed")
    assert "configmaps" in line
    assert 'in the namespace "lanner"' in line
    assert scene.operator.page("/healthz")[0] == 200
    assert scene.operator.page("/readyz")[0] == 503
    scene.server.patch(ROLES, {"rules": role["rules"]})
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle(), patience_s=60)


def test_definitions_that_are_deleted_take_no_rule_out_of_force(own_scene: Scene) -> None:
    """With the definition all objects are gone, and no listing proves that somebody wanted that."""
    scene = own_scene
    scene.rule("shells")
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
    before = scene.server.get(INDEX)["data"]
    scene.server.delete(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusterfalcorules.lanner.dev"
    )
    scene.operator.says("waiting: the API server does not know clusterfalcorules.lanner.dev", patience_s=60)
    assert stays(lambda: bool(scene.server.get(INDEX)["data"] == before), 3.0)
    assert scene.operator.page("/healthz")[0] == 200

# SPDX-License-Identifier: Apache-2.0
"""A node whose agent is silent claims nothing, and after an uninstall no rule does."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chart.rendering import Helm
from tests.cluster import kubeconfig
from tests.operator.whole.process import COMMAND
from tests.operator.whole.scene import CLUSTER_RULES, GROUP, NODES, Scene, eventually, stays

SHELLS = f"{CLUSTER_RULES}/shells"
TENANTS = f"{GROUP}/namespaces/shop/falcorules/clock"
DEPLOYMENTS = "/apis/apps/v1/namespaces/lanner/deployments"
ROLE = "/apis/rbac.authorization.k8s.io/v1/namespaces/lanner/roles/lanner-operator"
SILENT_S = 75.0  # good for ten seconds, and the operator looks every thirty


def condition(kind: str, status: str, reason: str) -> dict[str, Any]:
    flipped = "2026-11-25T10:00:00Z"
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": "m",
        "lastTransitionTime": flipped,
    }


CLAIMS = [
    condition("Ready", "True", "Watching"),
    condition("RulesLoaded", "True", "BundleLoaded"),
    condition("EventsPublished", "Unknown", "Starting"),
]
SILENT = [condition(one["type"], "Unknown", "AgentSilent") for one in CLAIMS]


def said_of(scene: Scene, node: str) -> dict[str, tuple[str, str]]:
    found = scene.server.get(f"{NODES}/{node}")["status"]["conditions"]
    return {one["type"]: (one["status"], one["reason"]) for one in found}


@pytest.mark.timeout(240)
def test_a_silent_agent_is_not_ready_and_has_no_rule_in_force(scene: Scene) -> None:
    scene.rule("shells")
    scene.reason(SHELLS, "Accepted", "Valid")
    scene.acknowledge("n1", conditions=CLAIMS)
    scene.renew("n1", good_s=10)
    scene.reason(SHELLS, "Programmed", "Programmed")

    said = scene.reason(SHELLS, "Programmed", "NodesSilent", SILENT_S)
    assert said["status"] == "Unknown"
    assert said["message"] == "in force on 0 of 1 nodes: nothing is heard of any of them"
    assert scene.server.get(SHELLS)["status"]["summary"] == "0/1"
    silent = dict.fromkeys(("Ready", "RulesLoaded", "EventsPublished"), ("Unknown", "AgentSilent"))
    eventually(lambda: said_of(scene, "n1") == silent)
    by_type = {one["type"]: one for one in scene.server.get(f"{NODES}/n1")["status"]["conditions"]}
    assert by_type["Ready"]["lastTransitionTime"] > "2026-11-25T10:00:00Z"
    assert by_type["EventsPublished"]["lastTransitionTime"] == "2026-11-25T10:00:00Z", "it did not flip"
    assert "no sign of life of its agent since 20" in by_type["Ready"]["message"]
    assert scene.server.get(f"{NODES}/n1")["status"]["bundle"]["revision"], "which rules it had stays known"

    scene.renew("n1", good_s=60)
    scene.acknowledge("n1", conditions=CLAIMS)
    scene.reason(SHELLS, "Programmed", "Programmed", 45.0)
    kept = stays(lambda: said_of(scene, "n1")["Ready"] == ("True", "Watching"), 3.0)
    assert kept, "an agent that is heard of is believed"


@pytest.mark.timeout(240)
def test_after_a_start_of_the_operator_a_wrong_clock_is_not_silent_and_a_silent_node_stays_so(
    scene: Scene,
) -> None:
    scene.rule("shells")
    for node, conditions in (("late", CLAIMS), ("dead", SILENT)):
        scene.acknowledge(node, conditions=conditions)
    scene.renew("late", seconds_ago=3600, good_s=60)
    scene.renew("dead", seconds_ago=-3600, good_s=60)
    scene.operator.restart()
    scene.rule("other")
    scene.reason(f"{CLUSTER_RULES}/other", "Accepted", "Valid")

    def told() -> bool:
        found = scene.server.get(SHELLS)["status"]
        programmed = scene.condition(SHELLS, "Programmed")["message"]
        return (found["summary"], programmed.partition("; ")[2]) == (
            "1/2",
            "nothing is heard of the other 1",
        ) and said_of(scene, "late")["Ready"] == ("True", "Watching")

    scene.acknowledge("late")
    scene.renew("late", seconds_ago=3600, good_s=60)
    eventually(told)
    assert stays(told, 5.0)
    scene.renew("dead", seconds_ago=-3590, good_s=60)
    scene.acknowledge("dead", conditions=CLAIMS)
    scene.reason(SHELLS, "Programmed", "Programmed", 45.0)


@pytest.mark.timeout(240)
def test_while_the_api_server_is_away_nobody_falls_silent(own_scene: Scene) -> None:
    scene = own_scene
    scene.rule("shells")
    scene.reason(SHELLS, "Accepted", "Valid")
    scene.acknowledge("n1", conditions=CLAIMS)
    scene.renew("n1", good_s=30)
    scene.reason(SHELLS, "Programmed", "Programmed")
    scene.plane.stop_api()
    scene.operator.says("the API server does not answer")
    time.sleep(40)
    scene.plane.start_api()
    scene.server.close()
    scene.operator.says("the API server answers again", 60.0)

    kept = stays(lambda: said_of(scene, "n1")["Ready"] == ("True", "Watching"), 10.0)
    assert kept, "no agent could renew its Lease meanwhile"
    assert scene.condition(SHELLS, "Programmed")["reason"] == "Programmed"
    scene.reason(SHELLS, "Programmed", "NodesSilent", SILENT_S)


@pytest.mark.timeout(240)
def test_a_node_that_dies_while_no_bundle_can_be_written_is_told_of(own_scene: Scene) -> None:
    scene = own_scene
    scene.rule("shells")
    scene.reason(SHELLS, "Accepted", "Valid")
    scene.acknowledge("n1", conditions=CLAIMS)
    scene.renew("n1", good_s=10)
    role = scene.server.get(ROLE)
    others = [rule for rule in role["rules"] if "configmaps" not in rule["resources"]]
    reading = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}
    scene.server.patch(ROLE, {"rules": [*others, reading]})
    scene.rule("more")
    assert "configmaps" in scene.operator.says("reconciling failed")

    eventually(lambda: said_of(scene, "n1")["Ready"] == ("Unknown", "AgentSilent"), SILENT_S)
    assert scene.operator.page("/healthz")[0] == 200


@pytest.fixture
def leaver(scene: Scene, tmp_path: Path) -> Iterator[Path]:
    """The kubeconfig of the chart's hook, with the rights it has."""
    rendered = Helm(Path(scene.plane.binaries["helm"])).text("-s", "templates/farewell.yaml")
    rights = "---".join(one for one in rendered.split("---") if "kind: Job" not in one)
    scene.plane.access.apply(rights)
    token = scene.plane.access.kubectl("create", "token", "lanner-farewell", "-n", "lanner").strip()
    file = tmp_path / "farewell.conf"
    kubeconfig.by_token(file, scene.plane.url, scene.plane.folder / "pki", token)
    yield file
    scene.plane.access.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=rights)


def farewell(leaver: Path) -> subprocess.CompletedProcess[str]:
    words = ("farewell", "--kubeconfig", str(leaver), "--namespace", "lanner", "--name", "lanner")
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False, timeout=90)


@pytest.mark.timeout(180)
def test_before_an_uninstall_every_rule_takes_back_that_nodes_have_it(scene: Scene, leaver: Path) -> None:
    labels = {"app": "operator"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "lanner-operator"}}
    scene.server.create(DEPLOYMENTS, {**made, "spec": spec})
    scene.rule("shells")
    scene.tenant_rule("shop", "clock")
    scene.reason(TENANTS, "Accepted", "Valid")
    scene.acknowledge("n1", conditions=CLAIMS)
    for path in (SHELLS, TENANTS):
        scene.reason(path, "Programmed", "Programmed")

    stopping = threading.Timer(4.0, scene.operator.stop)  # no controller does it here
    stopping.start()
    done = farewell(leaver)
    stopping.join()
    assert done.returncode == 0, done.stderr
    assert "2 rule objects say that no node has them any more" in done.stderr + done.stdout
    assert scene.server.get(f"{DEPLOYMENTS}/lanner-operator")["spec"]["replicas"] == 0
    for path in (SHELLS, TENANTS):
        said = scene.condition(path, "Programmed")
        assert (said["status"], said["reason"]) == ("Unknown", "Uninstalled")
        assert scene.condition(path, "Accepted")["status"] == "True", "that stays so"
        status = scene.server.get(path)["status"]
        assert (status["summary"], status["nodes"]["loaded"]) == ("0/0", 0)
        assert "bundle" not in status

    scene.server.delete(f"{DEPLOYMENTS}/lanner-operator")
    scene.operator.start()
    scene.acknowledge("n1")
    scene.reason(SHELLS, "Programmed", "Programmed", 45.0)
    assert scene.server.get(SHELLS)["status"]["bundle"]


def test_a_farewell_that_may_not_write_holds_no_uninstall_up(scene: Scene, leaver: Path) -> None:
    scene.rule("shells")
    scene.reason(SHELLS, "Accepted", "Valid")
    scene.plane.access.kubectl("delete", "clusterrolebinding", "lanner-farewell")
    done = farewell(leaver)
    assert done.returncode == 0
    assert "rules may say that nodes have them: /apis/lanner.dev/v1alpha1/clusterfalcorules" in (
        done.stderr + done.stdout
    )

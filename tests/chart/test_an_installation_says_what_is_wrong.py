# SPDX-License-Identifier: Apache-2.0
"""A second release is told where the first is. A DaemonSet without its pods: every rule's status and `kubectl
lanner status` say why, in the API server's, the controller's or the kubelet's own words. Real controllers, no
node that runs a pod.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chart.installation import MADE, NAMESPACE, Installation
from tests.chart.rendering import CHART
from tests.cluster import kubeconfig
from tests.cluster.access import CommandError
from tests.operator.whole.process import OperatorProcess
from tests.operator.whole.scene import eventually

RULE = "lanner-terminal-shell"
LEVEL = "pod-security.kubernetes.io/enforce"
PATIENCE_S = 40.0


@pytest.fixture(scope="module")
def operator(installed: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """With a node that runs nothing, and the operator as its account may."""
    folder, plane = tmp_path_factory.mktemp("operator"), installed.plane
    token = installed.admin.kubectl("create", "token", "lanner-operator", "-n", NAMESPACE).strip()
    kubeconfig.by_token(folder / "operator.conf", plane.url, plane.folder / "pki", token)
    process = OperatorProcess(folder, folder / "operator.conf")
    process.start()
    yield installed
    process.stop()


def programmed(installed: Installation) -> dict[str, str]:
    status = installed.admin.get("clusterfalcorule", RULE)["status"]
    return next(dict(one) for one in status["conditions"] if one["type"] == "Programmed")


def told(installed: Installation, *words: str) -> None:
    """By the rule's status, then by the command."""

    def found() -> bool:
        said = programmed(installed)
        assert (said["status"], said["reason"]) == ("False", "NoAgents"), said
        assert all(one in said["message"] for one in words), said
        return True

    eventually(found, PATIENCE_S)
    done = subprocess.run(
        [sys.executable, "-c", "from lanner_agent.cli.kubectl.main import main; main()", "status"],
        env={**installed.admin.environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("nodes are without an agent")]
    assert all(one in line for one in words), done.stdout
    assert done.returncode == 1


def event(pod: str, reason: str, message: str) -> dict[str, Any]:
    """As a kubelet writes it."""
    about = {"apiVersion": "v1", "kind": "Pod", "namespace": NAMESPACE, "name": pod}
    now = "2999-01-01T00:00:00Z"
    meta = {"name": f"{pod}.{reason.lower()}.{len(message)}", "namespace": NAMESPACE}
    said = {"reason": reason, "message": message, "type": "Warning", "source": {"component": "kubelet"}}
    times = {"firstTimestamp": now, "lastTimestamp": now}
    return {"apiVersion": "v1", "kind": "Event", "metadata": meta, "involvedObject": about, **said, **times}


def test_a_second_release_is_told_where_the_first_is(installed: Installation) -> None:
    second = ("install", "second", str(CHART), "--namespace", "default")
    with pytest.raises(CommandError, match="this cluster has Lanner already") as refused:
        installed.admin.helm(*second, "--set", "rules.default.enabled=false")
    assert f"DaemonSet lanner-agent in namespace {NAMESPACE}" in refused.value.words


@pytest.mark.timeout(180)
def test_first_no_node_fits_then_the_namespace_forbids_pods_then_an_image_is_not_there(
    operator: Installation,
) -> None:
    admin = operator.admin
    told(operator, "lanner-agent wants no pod", "no node fits its nodeSelector (kubernetes.io/os=linux)")

    admin.kubectl("label", "namespace", NAMESPACE, f"{LEVEL}=baseline")
    labels = {MADE: "yes", "kubernetes.io/os": "linux"}
    admin.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": labels}})
    told(operator, "0 of 1 pods ready", "FailedCreate: ", 'violates PodSecurity "baseline:latest"', "hostPID")

    admin.kubectl("label", "--overwrite", "namespace", NAMESPACE, f"{LEVEL}=privileged")
    component = ("-l", "app.kubernetes.io/component=agent", "-n", NAMESPACE)
    (pod,) = eventually(lambda: admin.get("pods", *component)["items"], PATIENCE_S)
    name = pod["metadata"]["name"]
    pulling = 'Failed to pull image "lanner-agent:0": not found'
    for made in (event(name, "Failed", pulling), event(name, "Failed", "Error: ErrImagePull")):
        admin.kubectl("create", "-f", "-", stdin=json.dumps(made))
    told(operator, "0 of 1 pods ready", f"Failed: {pulling}")

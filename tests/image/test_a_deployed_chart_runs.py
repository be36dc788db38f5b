# SPDX-License-Identifier: Apache-2.0
"""`make deploy`: the images just built, the chart, and both programs at work as the users they are."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.cluster import images
from tests.cluster.cluster import Cluster
from tests.image import deploy
from tests.image.build import Images
from tests.image.engine import REGISTRY


@pytest.fixture(scope="module")
def release(loaded_images: Images, cluster: Cluster) -> Iterator[str]:
    """Installed and ready, and gone afterwards with its resource definitions and rules."""
    access = cluster.access
    deploy.remove(access)  # what a test that failed has left
    try:
        assert deploy.deploy(loaded_images, cluster.cri_socket, access, print) == 0
        yield deploy.RELEASE
    finally:
        deploy.remove(access)


def test_every_default_rule_is_in_force_on_the_node(release: str, cluster: Cluster) -> None:
    kubectl = cluster.access.kubectl
    deploy.in_force(cluster.access)
    kubectl("wait", "--for=condition=Ready", "falconode/node1", "--timeout=60s")
    restarts = kubectl("get", "pods", "-n", release, "-o", "jsonpath={..restartCount}")
    assert set(restarts.split()) == {"0"}


def again(built: Images, cluster: Cluster) -> list[str]:
    """What the command says the next time."""
    said: list[str] = []
    assert deploy.deploy(built, cluster.cri_socket, cluster.access, said.append) == 0
    return said


def revision(cluster: Cluster) -> int:
    """How often Helm was at work."""
    said = cluster.access.helm("list", "--namespace", deploy.RELEASE, "-o", "json")
    return int(json.loads(said)[0]["revision"])


@pytest.mark.usefixtures("release")
def test_without_a_change_nothing_is_done_and_one_line_says_so(
    loaded_images: Images, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.access.kubectl("rollout", "status", "-n", deploy.RELEASE, "daemonset/lanner-agent")
    before = revision(cluster)
    monkeypatch.setattr(images, "load", lambda *_: pytest.fail("the images are there"))
    (line,) = again(loaded_images, cluster)
    assert line.startswith(f"nothing changed: {loaded_images.agent.name} and ")
    assert revision(cluster) == before


@pytest.mark.usefixtures("release")
def test_what_somebody_deleted_or_changed_is_put_right(loaded_images: Images, cluster: Cluster) -> None:
    kubectl = cluster.access.kubectl
    kubectl("delete", "deployment", "lanner-operator", "-n", deploy.RELEASE)
    assert again(loaded_images, cluster) == []
    kubectl("get", "deployment", "lanner-operator", "-n", deploy.RELEASE)
    kubectl(
        "patch", "clusterrole", "lanner-agent", "--type=json", "-p", '[{"op": "remove", "path": "/rules/0"}]'
    )
    assert again(loaded_images, cluster) == []
    assert again(loaded_images, cluster) != []


@pytest.mark.usefixtures("release")
def test_an_image_that_the_node_lost_is_loaded_anew(loaded_images: Images, cluster: Cluster) -> None:
    name = f"{REGISTRY}/{loaded_images.operator.name}"
    ctr = ("ctr", "--address", str(cluster.cri_socket), "--namespace", "k8s.io", "images")
    subprocess.run([*ctr, "remove", "--sync", name], check=True, capture_output=True)
    assert name not in images.whole(cluster.cri_socket)
    again(loaded_images, cluster)
    assert name in images.whole(cluster.cri_socket)

# SPDX-License-Identifier: Apache-2.0
"""`make deploy`: the images just built, the chart, and both programs at work as the users they are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.image import deploy
from tests.image.build import ROOT, Images


@pytest.fixture
def release(loaded_images: Images, cluster: Cluster) -> Iterator[str]:
    """Installed and ready, and gone afterwards with its resource definitions and rules."""
    access = cluster.access
    helm = deploy.command(loaded_images.values, cluster.cri_socket)
    try:
        subprocess.run([*helm, "--wait", "--timeout", "90s"], cwd=ROOT, env=access.environment(), check=True)
        yield deploy.RELEASE
    finally:
        access.helm("uninstall", deploy.RELEASE, "--namespace", deploy.RELEASE, "--wait")
        kinds = ("clusterfalcorules", "falcorules", "falconodes")
        access.kubectl("delete", "crd", *(f"{kind}.lanner.dev" for kind in kinds))
        access.kubectl("delete", "namespace", deploy.RELEASE)


def test_every_default_rule_is_in_force_on_the_node(release: str, cluster: Cluster) -> None:
    kubectl = cluster.access.kubectl
    kubectl("wait", "--for=condition=Programmed", "clusterfalcorules", "--all", "--timeout=60s")
    kubectl("wait", "--for=condition=Ready", "falconode/node1", "--timeout=60s")
    restarts = kubectl("get", "pods", "-n", release, "-o", "jsonpath={..restartCount}")
    assert set(restarts.split()) == {"0"}

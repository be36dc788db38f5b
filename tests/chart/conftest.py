# SPDX-License-Identifier: Apache-2.0
"""Helm for every test of the chart, and a cluster without nodes in which it is installed."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.chart.installation import NAMESPACE, Installation
from tests.chart.rendering import CHART, Helm
from tests.cluster import control_plane as planes
from tests.cluster.binaries import Binaries


@pytest.fixture(scope="session")
def helm(cluster_binaries: Binaries) -> Helm:
    return Helm(pathlib.Path(cluster_binaries["helm"]))


@pytest.fixture(scope="module")
def installed(control_plane: planes.ControlPlane) -> Iterator[Installation]:
    """The chart in this session's control plane; all of it is gone afterwards."""
    installation = Installation(control_plane)
    installation.admin.helm("install", "lanner", str(CHART), "--namespace", NAMESPACE, "--create-namespace")
    installation.until_enforced()
    yield installation
    installation.remove()

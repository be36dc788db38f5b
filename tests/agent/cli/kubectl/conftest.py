# SPDX-License-Identifier: Apache-2.0
"""One cluster for all tests of the plugin, which nobody else uses and nobody clears."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lanner_engine.fields.model import Container
from tests.agent.cli.kubectl import scene as scenes
from tests.agent.cli.kubectl.scene import Scene
from tests.chart.installation import NAMESPACE, Installation
from tests.chart.rendering import CHART
from tests.cluster import control_plane as planes
from tests.cluster.binaries import Binaries


@pytest.fixture(scope="session")
def furnished(cluster_binaries: Binaries) -> Iterator[tuple[Installation, Container]]:
    with planes.running(cluster_binaries, controllers=True) as plane:
        installed = Installation(plane)
        installed.admin.helm("install", "lanner", str(CHART), "--namespace", NAMESPACE, "--create-namespace")
        yield installed, scenes.furnish(installed)


@pytest.fixture
def scene(
    furnished: tuple[Installation, Container],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Scene:
    installed, pod = furnished
    return Scene(installed, monkeypatch, capsys, pod)

# SPDX-License-Identifier: Apache-2.0
"""One cluster for all tests of the plugin, which nobody else uses and nobody clears."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.cli.kubectl import installed
from tests.agent.cli.kubectl import scene as scenes
from tests.agent.cli.kubectl.scene import Furnished, Scene
from tests.chart.installation import Installation
from tests.cluster import control_plane as planes
from tests.cluster.access import Access
from tests.cluster.binaries import Binaries


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin."""
    folder = tmp_path_factory.mktemp("bin")
    installed.install(folder)
    return folder


@pytest.fixture(scope="session")
def furnished(cluster_binaries: Binaries, programs: Path) -> Iterator[Furnished]:
    with planes.running(cluster_binaries, controllers=True) as plane:
        installation = Installation(plane)
        yield scenes.furnish(installation, _status(installation.admin, programs))


@pytest.fixture
def scene(furnished: Furnished, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scene:
    return Scene(furnished, monkeypatch, capsys)


def _status(admin: Access, programs: Path) -> subprocess.CompletedProcess[str]:
    """`kubectl lanner status` before anything is installed."""
    return subprocess.run(
        [admin.binaries["kubectl"], "lanner", "status"],
        env=installed.environment(programs, admin.kubeconfig),
        capture_output=True,
        text=True,
        check=False,
    )

# SPDX-License-Identifier: Apache-2.0
"""The operator on a real API server: this session's for all tests of this folder, and one to be broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import control_plane as planes
from tests.operator.whole.scene import Scene, installed, playing


@pytest.fixture(scope="package")
def stage(control_plane: planes.ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Its controllers do not run meanwhile: nobody else writes, so that statuses are what the tests say."""
    control_plane.controllers.stop()
    with installed(control_plane, tmp_path_factory.mktemp("stage")) as one:
        yield one
        control_plane.start_controllers()
        one.remove()


@pytest.fixture
def scene(stage: Scene, tmp_path: Path) -> Iterator[Scene]:
    with playing(stage, tmp_path) as one:
        yield one


@pytest.fixture
def own_scene(own_control_plane: planes.ControlPlane, tmp_path: Path) -> Iterator[Scene]:
    """On an API server of this test's own."""
    with installed(own_control_plane, tmp_path) as one, playing(one, tmp_path):
        yield one


@pytest.fixture
def bare_scene(own_control_plane: planes.ControlPlane, tmp_path: Path) -> Iterator[Scene]:
    """On one where nothing is installed yet; the operator does not run."""
    one = Scene(own_control_plane, tmp_path)
    try:
        yield one
    finally:
        one.operator.stop()
        one.server.close()

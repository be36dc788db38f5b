# SPDX-License-Identifier: Apache-2.0
"""The pytest face of this room. tests/conftest.py names this module as a plugin, so every test may ask.

kubernetes      kubectl and helm of a cluster: `$LANNER_TEST_KUBECONFIG`, or a control plane of our own. For
                tests that need no node and share the cluster: each in namespaces of its own.
control_plane   the control plane of this session, with controllers, a stop button and an audit log
own_control_plane   one for this test alone, to be broken
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.capture import CaptureManager

from tests.cluster import control_plane as planes
from tests.cluster.access import Access
from tests.cluster.binaries import Binaries, binaries


@pytest.fixture(scope="session")
def cluster_binaries(request: pytest.FixtureRequest) -> Binaries:
    """Built when the cache has them not, with its progress past pytest's capture."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert isinstance(capture, CaptureManager)

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n[CLUSTER] {line}", end=" ", flush=True)

    return binaries(say=say)


@pytest.fixture(scope="session")
def control_plane(cluster_binaries: Binaries) -> Iterator[planes.ControlPlane]:
    """A real API server without nodes. Leave it running, and no objects behind."""
    with planes.running(cluster_binaries, controllers=True) as plane:
        yield plane


@pytest.fixture
def own_control_plane(cluster_binaries: Binaries) -> Iterator[planes.ControlPlane]:
    """A real API server that nobody else uses; without controllers."""
    with planes.running(cluster_binaries) as plane:
        yield plane


@pytest.fixture(scope="session")
def kubernetes(request: pytest.FixtureRequest, cluster_binaries: Binaries) -> Access:
    """Whatever cluster the tests are to use."""
    other = os.environ.get("LANNER_TEST_KUBECONFIG")
    if other:
        return Access(Path(other), cluster_binaries)
    plane = request.getfixturevalue("control_plane")
    assert isinstance(plane, planes.ControlPlane)
    return plane.access

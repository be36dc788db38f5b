# SPDX-License-Identifier: Apache-2.0
"""The pytest face of this room. tests/conftest.py names this module as a plugin, so every test may ask.

kubernetes          kubectl and helm of a cluster: `$LANNER_TEST_KUBECONFIG`, or the control plane of this
                    session. For tests that need no node and share it: each in namespaces of its own
control_plane       the control plane of this session, with controllers and an audit log
own_control_plane   one for this test alone, to be broken
cluster             the cluster of this session: a control plane of its own, and a node
figures             what a module measures, printed at its end
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.capture import CaptureManager

from tests.cluster import cluster as clusters
from tests.cluster import control_plane as planes
from tests.cluster.access import Access
from tests.cluster.binaries import Binaries, binaries
from tests.cluster.figures import Figures

NODE = 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of clusters come last: a kubelet that runs beside them would disturb those that watch the whole
    machine."""
    items.sort(key=_weight)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build before the first test: a build takes minutes, and no test may take that long."""
    wanted = any("cluster_binaries" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly:
        binaries(say=speaker(session.config))


@pytest.fixture(scope="session")
def cluster_say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line past pytest's capture."""
    return speaker(request.config)


@pytest.fixture(scope="module")
def figures(cluster_say: Callable[[str], None]) -> Iterator[Figures]:
    """What a module measures; printed at its end."""
    found = Figures()
    yield found
    cluster_say(found.text())


@pytest.fixture(scope="session")
def cluster_binaries(cluster_say: Callable[[str], None]) -> Binaries:
    """kubectl, helm and the parts of a cluster."""
    return binaries(say=cluster_say)


@pytest.fixture(scope="session")
def control_plane(
    request: pytest.FixtureRequest, cluster_binaries: Binaries
) -> Iterator[planes.ControlPlane]:
    """A real API server; that of `cluster` where tests of this session ask for one, otherwise without nodes.
    Leave it running, and no objects behind."""
    if any(_weight(item) == NODE for item in request.session.items):
        yield request.getfixturevalue("cluster").plane
        return
    with planes.running(cluster_binaries, controllers=True) as plane:
        yield plane


@pytest.fixture
def own_control_plane(cluster_binaries: Binaries) -> Iterator[planes.ControlPlane]:
    """A real API server that nobody else uses; without controllers."""
    with planes.running(cluster_binaries) as plane:
        yield plane


@pytest.fixture(scope="session")
def cluster(cluster_binaries: Binaries, cluster_say: Callable[[str], None]) -> Iterator[clusters.Cluster]:
    """A real node that runs pods. Leave no objects behind."""
    if os.geteuid() != 0:
        pytest.skip("a node needs root")
    with clusters.running(cluster_binaries, cluster_say) as one:
        yield one


@pytest.fixture(scope="session")
def kubernetes(request: pytest.FixtureRequest, cluster_binaries: Binaries) -> Access:
    """Whatever cluster the tests are to use."""
    other = os.environ.get("LANNER_TEST_KUBECONFIG")
    if other:
        return Access(Path(other), cluster_binaries)
    plane = request.getfixturevalue("control_plane")
    assert isinstance(plane, planes.ControlPlane)
    return plane.access


def speaker(config: pytest.Config, subject: str = "CLUSTER") -> Callable[[str], None]:
    """Prints a line past pytest's capture."""
    capture = config.pluginmanager.getplugin("capturemanager")
    assert isinstance(capture, CaptureManager)

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n[{subject}] {line}", end=" ", flush=True)

    return say


def _weight(item: pytest.Item) -> int:
    """0 without a cluster, 1 with a control plane, NODE with a node."""
    used = getattr(item, "fixturenames", ())
    return NODE if "cluster" in used else int("cluster_binaries" in used)

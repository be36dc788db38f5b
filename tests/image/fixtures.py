# SPDX-License-Identifier: Apache-2.0
"""The pytest face of this room. tests/conftest.py names this module as a plugin.

images          the images of this checkout, built
loaded_images   the same, in the node of the fixture `cluster`
"""

from __future__ import annotations

import os

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.fixtures import speaker
from tests.image import deploy
from tests.image.build import Images, build

_BUILT = pytest.StashKey[Images]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build before the first test: a build takes minutes, and no test may take that long."""
    wanted = any("images" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and os.geteuid() == 0 and not session.config.option.collectonly:
        session.config.stash[_BUILT] = build(speaker(session.config, "IMAGE"))


@pytest.fixture(scope="session")
def images(request: pytest.FixtureRequest) -> Images:
    """Archives, and the values that name them."""
    if os.geteuid() != 0:
        pytest.skip("building images needs root")
    return request.config.stash[_BUILT]


@pytest.fixture(scope="session")
def loaded_images(images: Images, cluster: Cluster) -> Images:
    """Ready to be named by a pod with `imagePullPolicy: Never`."""
    deploy.load(images, cluster.cri_socket)
    return images

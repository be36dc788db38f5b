# SPDX-License-Identifier: Apache-2.0
"""The agent in a cluster: a real agent, the real kernel, a real API server. Root is needed and said by
failing.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

import pytest

from tests.agent.cluster import installation
from tests.agent.cluster.installation import Installation
from tests.cluster.control_plane import ControlPlane


@pytest.fixture(scope="session", autouse=True)
def _as_root() -> None:
    assert os.geteuid() == 0, "the agent loads kernel programs: run `make test`"


@pytest.fixture
def lanner(control_plane: ControlPlane, tmp_path: pathlib.Path) -> Iterator[Installation]:
    """An installation of this test's own, without an agent yet."""
    with installation.installed(control_plane, tmp_path) as made:
        yield made

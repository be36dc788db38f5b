# SPDX-License-Identifier: Apache-2.0
"""Stories are told end to end: a real agent, the real kernel, real containers. They need root and say so by
failing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story import agent as agents


@pytest.fixture(scope="session", autouse=True)
def _as_root() -> None:
    assert os.geteuid() == 0, "the stories load kernel programs and start containers: run `make test`"


@pytest.fixture(scope="module")
def agent() -> Iterator[agents.Agent]:
    """One agent with the default rules for a whole module."""
    with agents.watching() as running:
        yield running


@pytest.fixture(scope="module")
def container_agent(containerd: runtime.Containerd) -> Iterator[agents.Agent]:
    """One agent with the default rules that asks the tests' own runtime."""
    with agents.watching("--cri-socket", containerd.socket) as running:
        yield running

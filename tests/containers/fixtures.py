# SPDX-License-Identifier: Apache-2.0
"""The pytest face of runtime.py. tests/conftest.py names this module as a plugin, so every test may ask for
`containerd`; one daemon serves the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.containers import runtime


@pytest.fixture(scope="session")
def containerd() -> Iterator[runtime.Containerd]:
    """A real containerd with the images of runtime.py."""
    if os.geteuid() != 0:
        pytest.skip("real containers need root")
    with runtime.running() as daemon:
        yield daemon

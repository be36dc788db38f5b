# SPDX-License-Identifier: Apache-2.0
"""Registries for the tests of this folder, and a publisher who signs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources import registries
from tests.sources.publisher import Publisher


@pytest.fixture(scope="package")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of one that knows no referrers."""
    with registries.distribution(tmp_path_factory.mktemp("registry"), registries.free_port()) as host:
        yield host


@pytest.fixture(scope="package")
def referring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of one that does."""
    with registries.olareg(tmp_path_factory.mktemp("olareg")) as host:
        yield host


@pytest.fixture
def publisher(registry: str, request: pytest.FixtureRequest) -> Publisher:
    """Of a repository of this test's own."""
    return Publisher(registry, request.node.name)

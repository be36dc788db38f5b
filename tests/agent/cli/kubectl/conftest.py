# SPDX-License-Identifier: Apache-2.0
"""One installation for all tests of the plugin; each asks it as it likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lanner_engine.fields.model import Container
from tests.agent.cli.kubectl import scene as scenes
from tests.agent.cli.kubectl.scene import Scene
from tests.chart.conftest import installed
from tests.chart.installation import Installation

__all__ = ["installed"]


@pytest.fixture(scope="module")
def furnished(installed: Installation) -> Iterator[tuple[Installation, Container]]:
    yield installed, scenes.furnish(installed)
    scenes.clear(installed)


@pytest.fixture
def scene(
    furnished: tuple[Installation, Container],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Scene:
    installation, pod = furnished
    return Scene(installation, monkeypatch, capsys, pod)

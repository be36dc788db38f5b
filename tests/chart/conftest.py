# SPDX-License-Identifier: Apache-2.0
"""Helm, for every test of the chart."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from tests.chart.rendering import Helm


def found_helm() -> Helm:
    found = shutil.which("helm")
    if found is None:
        pytest.skip("helm is not installed")
    return Helm(pathlib.Path(found))


@pytest.fixture(scope="session")
def helm() -> Helm:
    return found_helm()

# SPDX-License-Identifier: Apache-2.0
"""Helm for every test of the chart."""

from __future__ import annotations

import pathlib

import pytest

from tests.chart.rendering import Helm
from tests.cluster.binaries import Binaries


@pytest.fixture(scope="session")
def helm(cluster_binaries: Binaries) -> Helm:
    return Helm(pathlib.Path(cluster_binaries["helm"]))

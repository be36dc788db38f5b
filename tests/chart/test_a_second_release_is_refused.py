# SPDX-License-Identifier: Apache-2.0
"""One release watches all nodes of a cluster: a second one, by mistake, is told where the first is."""

from __future__ import annotations

import pytest

from tests.chart.installation import NAMESPACE, Installation
from tests.chart.rendering import CHART
from tests.cluster.access import CommandError


def test_with_the_place_of_the_first(installed: Installation) -> None:
    second = ("install", "second", str(CHART), "--namespace", "elsewhere", "--create-namespace")
    with pytest.raises(CommandError, match="this cluster has Lanner already") as refused:
        installed.admin.helm(*second, "--set", "rules.default.enabled=false")
    assert f"DaemonSet lanner-agent in namespace {NAMESPACE}" in refused.value.words
    installed.upgrade("--set", "operator.replicas=2")

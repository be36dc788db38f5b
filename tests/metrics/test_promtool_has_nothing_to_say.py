# SPDX-License-Identifier: Apache-2.0
"""Prometheus' own tool reads both pages and the chart's alerts, and tries the alerts."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lanner_agent.pipeline.counts import Counts
from tests.chart.rendering import CHART
from tests.metrics import pages

CASES = pathlib.Path(__file__).with_name("alerts_test.yaml")


def promtool(*arguments: str | pathlib.Path, given: bytes = b"") -> str:
    """What it says, when it is content."""
    done = subprocess.run(["promtool", *arguments], input=given, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


@pytest.mark.parametrize(
    "registry", [pages.agent(Counts()), pages.operator(pages.reconciled())], ids=["agent", "operator"]
)
def test_of_a_page(registry: CollectorRegistry) -> None:
    assert promtool("check", "metrics", given=generate_latest(registry)) == ""


def test_of_the_alerts() -> None:
    assert "11 rules found" in promtool("check", "rules", CHART / "monitoring/alerts.yaml")


def test_alerts_fire_when_they_should_and_at_no_other_time() -> None:
    assert "SUCCESS" in promtool("test", "rules", CASES)

# SPDX-License-Identifier: Apache-2.0
"""A process is in the container that its cgroup names: real scopes, services and nested slices of systemd, in
routine guests cgroups of the same names.
"""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.kernels.conftest import PATIENT, Facts, Report
from tests.kernels.guest import records
from tests.kernels.guest.placements import PLACEMENTS, Placement

pytestmark = PATIENT


def found(report: Report, placement: Placement) -> Facts:
    """What the agent said of the program that ran there."""
    said = [said for said in report.said("UNIT") if said["placed"] == placement.cgroup]
    assert len(said) == 1, f"{placement.cgroup} was recorded {len(said)} times:\n{report.console}"
    return said[0]


@pytest.mark.systemd
def test_systemd_is_the_first_process(report: Report) -> None:
    (said,) = report.said("SYSTEMD")
    assert said["first"] == "systemd"
    assert said["version"].startswith("systemd 25")


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.what)
def test_the_record_has_the_cgroup(report: Report, placement: Placement) -> None:
    assert found(report, placement)["cgroup"] == placement.cgroup


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.what)
def test_it_names_the_container_and_the_pod(report: Report, placement: Placement) -> None:
    named = placement.container and dataclasses.asdict(placement.container)
    assert found(report, placement)["container"] == json.loads(records.text(named))

# SPDX-License-Identifier: Apache-2.0
"""The tests of tests/kernel, run inside the guest: every described call, names, sockets, processes."""

from __future__ import annotations

import pytest

from tests.kernels.conftest import Report

pytestmark = pytest.mark.timeout(900)


def test_no_case_fails(report: Report) -> None:
    failed = [case for case in report.said("CASE") if case["outcome"] == "failed"]
    assert not failed, "\n\n".join(f"{case['name']}\n{case['why']}" for case in failed)


def test_all_cases_ran_to_the_end(report: Report) -> None:
    passed = [case for case in report.said("CASE") if case["outcome"] == "passed"]
    assert "GUEST cases exit 0" in report.console.lines, str(report.console)
    assert len(passed) > 100


def test_names_of_calls_come_from_the_kernel(report: Report) -> None:
    """Debian's kernels have all that the optional programs need."""
    skipped = [case for case in report.said("CASE") if case["outcome"] == "skipped"]
    assert not [case["why"] for case in skipped if "programs on the kernel's functions" in case["why"]]

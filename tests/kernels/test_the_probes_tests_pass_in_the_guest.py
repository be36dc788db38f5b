# SPDX-License-Identifier: Apache-2.0
"""The tests of tests/kernel, run inside the guest: every described call, names, sockets, processes."""

from __future__ import annotations

import re

from tests.kernels.conftest import PATIENT, Report

pytestmark = PATIENT


def test_no_case_fails(report: Report) -> None:
    failed = [case for case in report.said("CASE") if case["outcome"] == "failed"]
    assert not failed, "\n\n".join(f"{case['name']}\n{case['why']}" for case in failed)


def test_all_cases_ran_to_the_end(report: Report) -> None:
    passed = [case for case in report.said("CASE") if case["outcome"] == "passed"]
    assert "GUEST cases exit 0" in report.console.lines, str(report.console)
    assert len(passed) > 100


def test_what_is_skipped_is_for_a_lack_of_the_kernel_or_the_machine(report: Report) -> None:
    """The guest has the rights and the tools; docs/reference/kernels.md shows each reason."""
    skipped = [case for case in report.said("CASE") if case["outcome"] == "skipped"]
    assert not [case for case in skipped if not case["why"]]
    assert not [case for case in skipped if re.search("root|clang|compile", case["why"])]


def test_names_of_calls_come_from_the_kernel(report: Report) -> None:
    """Debian's kernels have all that the optional programs need."""
    skipped = [case for case in report.said("CASE") if case["outcome"] == "skipped"]
    assert not [case["why"] for case in skipped if "programs on the kernel's functions" in case["why"]]

# SPDX-License-Identifier: Apache-2.0
"""On a kernel that cannot run the object the agent names what is missing, and does not crash."""

from __future__ import annotations

from tests.kernels.conftest import PATIENT, Report

pytestmark = PATIENT


def test_the_refusal_names_what_is_missing(refusal: Report) -> None:
    (said,) = refusal.said("REFUSED")
    assert "task storage" in said["text"]


def test_the_refusal_names_the_floor(refusal: Report) -> None:
    (said,) = refusal.said("REFUSED")
    assert "5.17" in said["text"]


def test_there_is_no_traceback(refusal: Report) -> None:
    assert not [line for line in refusal.console.lines if line.startswith("Traceback")]
    assert "GUEST watch exit 0" in refusal.console.lines

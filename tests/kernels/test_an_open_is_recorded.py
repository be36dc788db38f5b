# SPDX-License-Identifier: Apache-2.0
"""One object, byte for byte, on every kernel: opens in the guest are recorded with path, flags and result."""

from __future__ import annotations

from tests.kernels.conftest import PATIENT, Facts, Report

pytestmark = PATIENT


def opened(report: Report, raw: str) -> Facts:
    """The one open of the path as the guest gave it."""
    found = [event for event in report.events("open", "openat") if event["fd"]["nameraw"] == raw]
    assert len(found) == 1, f"{len(found)} opens of {raw}:\n{report.console}"
    return found[0]


def flags(event: Facts) -> set[str]:
    """The names in evt.arg.flags, each once."""
    names: list[str] = event["arguments"]["flags"].split("|")
    assert len(names) == len(set(names))
    return set(names)


def test_a_path_through_dots_and_a_link_is_resolved(report: Report) -> None:
    event = opened(report, "../tmp/link")
    assert event["fd"]["name"] == "/etc/guest-file"
    assert event["fd"]["typechar"] == "f"
    assert event["result"] == event["fd"]["num"] >= 3


def test_a_reading_open_says_so(report: Report) -> None:
    event = opened(report, "../tmp/link")
    assert (event["open_read"], event["open_write"], event["open_create"]) == (True, False, False)
    # the file came after the guest's image, so the overlay keeps it in its upper layer
    assert flags(event) == {"O_RDONLY", "O_CLOEXEC", "FD_UPPER_LAYER"}


def test_a_creating_open_says_so(report: Report) -> None:
    event = opened(report, "made")
    assert event["fd"]["name"] == "/tmp/made"
    assert (event["open_read"], event["open_write"], event["open_create"]) == (False, True, True)
    asked = {"O_WRONLY", "O_CREAT", "O_EXCL", "O_CLOEXEC"}
    assert flags(event) == {*asked, "O_F_CREATED", "FD_UPPER_LAYER"}
    assert event["arguments"]["mode"] == "0640"


def test_a_failed_open_keeps_the_path_as_given_and_the_error(report: Report) -> None:
    event = opened(report, "/nowhere/at/all")
    assert event["result"] == -2
    assert event["fd"]["name"] == "/nowhere/at/all"
    assert event["fd"]["num"] < 0
    assert flags(event) == {"O_RDWR", "O_CLOEXEC"}


def test_it_carries_the_process_that_opened(report: Report) -> None:
    event = opened(report, "made")
    assert event["comm"] == "python3"
    assert event["exepath"].startswith("/usr/bin/python3.")
    assert event["cgroup"] == "/lanner.slice/guest.scope"
    assert event["uid"] == 0

# SPDX-License-Identifier: Apache-2.0
"""One object, byte for byte, on every kernel: an exec in the guest is recorded with its facts."""

from __future__ import annotations

import pytest

from lanner_engine.fields import model
from tests.kernels.conftest import PATIENT, Facts, Report

pytestmark = PATIENT


@pytest.fixture
def executed(report: Report) -> Facts:
    """The one exec of the other user."""
    found = report.events("execute", "execve")
    assert len(found) == 1, f"{len(found)} execs:\n{report.console}"
    return found[0]


def test_the_whole_object_loads_and_attaches(report: Report) -> None:
    assert report.said("LOADED"), str(report.console)


def test_the_verifier_says_what_it_went_through(report: Report) -> None:
    (verified,) = report.said("VERIFIED")
    assert {"syscall_exit", "process_exec", "process_fork", "process_exit"} <= verified.keys()
    assert all(0 < instructions <= 1_000_000 for instructions in verified.values())


def test_it_is_recorded_once_with_its_result(executed: Facts) -> None:
    assert executed["result"] == 0


def test_names_and_arguments_are_those_of_the_new_program(executed: Facts) -> None:
    assert executed["comm"] == "true"
    assert executed["exe"] == "not-true"
    assert executed["exepath"] == "/usr/bin/true"
    assert executed["args"] == ["one", "two\nlines"]


def test_it_knows_its_place_among_processes(report: Report, executed: Facts) -> None:
    (did,) = (did for did in report.said("DID") if did["what"] == "execute")
    assert executed["ppid"] == did["ppid"]
    assert executed["tid"] == executed["vpid"] == executed["pid"]
    assert executed["ancestors"][0] == "python3"
    assert len(executed["ancestors"]) >= 2


def test_user_and_group_are_those_it_ran_as(executed: Facts) -> None:
    assert (executed["uid"], executed["gid"], executed["loginuid"]) == (1234, 2345, -1)
    assert executed["cap_effective"] == 0


def test_the_cgroup_is_its_path_in_the_unified_hierarchy(executed: Facts) -> None:
    assert executed["cgroup"] == "/lanner.slice/guest.scope"


def test_the_layer_of_an_executable_is_known(report: Report, executed: Facts) -> None:
    (copied,) = report.events("execute a copy", "execve")
    layers = model.EXE_LOWER_LAYER | model.EXE_UPPER_LAYER
    assert executed["exe_flags"] & layers == model.EXE_LOWER_LAYER
    assert copied["exe_flags"] & layers == model.EXE_UPPER_LAYER
    assert copied["exepath"] == "/tmp/copy"


def test_it_started_when_it_was_recorded(executed: Facts) -> None:
    assert 0 <= executed["time"] - executed["start"] < 60e9

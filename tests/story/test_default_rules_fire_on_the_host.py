# SPDX-License-Identifier: Apache-2.0
"""Every default rule that watches the host: the deed, its line, and the near miss that must stay quiet."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

import pytest

from tests.story import deeds
from tests.story.agent import Agent


@pytest.fixture
def log() -> Iterator[pathlib.Path]:
    path = pathlib.Path("/var/log") / f"{deeds.marker()}.log"
    yield path
    path.unlink(missing_ok=True)


def settle(agent: Agent) -> str:
    """Everything said up to a deed that is always found: what comes before it in time is there, or never
    will be.
    """
    mark = deeds.marker()
    deeds.read_absolute(mark)
    agent.alerts.wait(mark)
    return agent.alerts.text()


def test_a_program_in_shared_memory_is_found(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.execute_copy(pathlib.Path("/dev/shm"), mark)
    line = agent.alerts.wait(rf"Warning A program was executed from shared memory .*/dev/shm/{mark} ").text
    assert "exe_flags=EXE_WRITABLE" in line


def test_a_program_in_shared_memory_is_found_behind_a_link(agent: Agent, tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    program = pathlib.Path("/dev/shm", mark)
    (tmp_path / "innocent").symlink_to(program)
    program.write_bytes(pathlib.Path("/bin/true").read_bytes())
    program.chmod(0o755)
    try:
        deeds.command(str(tmp_path / "innocent"))
    finally:
        program.unlink()
    agent.alerts.wait(
        rf"Warning A program was executed from shared memory .*/dev/shm/{mark} .*process=innocent "
    )


def test_the_same_program_elsewhere_is_not(agent: Agent, tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    deeds.execute_copy(tmp_path, mark)
    assert mark not in settle(agent)


def test_reading_from_shared_memory_is_not_executing(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.command("cat", f"/dev/shm/{mark}")
    assert mark not in settle(agent)


def test_a_program_without_a_name_is_found(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.execute_from_memory(mark)
    line = agent.alerts.wait(rf"Critical A program was executed that exists only in memory .*{mark}").text
    assert "EXE_FROM_MEMFD" in line


def test_a_script_without_a_name_is_found_behind_another_process_and_a_link(
    agent: Agent, tmp_path: pathlib.Path
) -> None:
    mark = deeds.marker()
    deeds.execute_script_of_another(mark, tmp_path / "innocent")
    line = agent.alerts.wait(rf"Critical A script was executed that exists only in memory .*{mark}").text
    assert f"script={tmp_path}/innocent file=memfd:hidden proc_exepath=/usr/bin/" in line


def test_a_script_without_a_name_is_found_by_its_descriptor(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.python(
        "import os, sys; fd = os.memfd_create('x', 0);"
        "os.write(fd, b'#!/bin/sh\\n:\\n');"
        "os.execve(fd, ['x', sys.argv[1]], {})",
        mark,
    )
    agent.alerts.wait(rf"Critical A script was executed that exists only in memory .*{mark}")


def test_a_program_that_only_bears_the_name_of_a_copy_is_found(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.execute_from_memory(mark, "buildah-chroot-exec")
    agent.alerts.wait(rf"Critical A program was executed that exists only in memory .*{mark}")


def test_programs_that_copy_themselves_into_memory_are_not(agent: Agent) -> None:
    """A real step of an image build; runc's part is in the stories of containers."""
    before = len(agent.alerts.all())
    container = deeds.output("buildah", "from", "scratch")
    try:
        deeds.output("buildah", "add", "--quiet", container, "/bin/busybox", "/bin/busybox")
        deeds.output("buildah", "run", "--isolation", "chroot", container, "/bin/busybox", "true")
    finally:
        deeds.output("buildah", "rm", container)
    settle(agent)
    assert [line.text for line in agent.alerts.all()[before:] if "buildah" in line.text] == []


def test_an_emptied_log_is_found(agent: Agent, log: pathlib.Path) -> None:
    log.write_text("evidence\n")
    mark = deeds.marker()
    deeds.write(log, os.O_WRONLY | os.O_TRUNC, mark)
    line = agent.alerts.wait(rf"Warning A log file was emptied or removed \(file={log} .*{mark}").text
    assert "evt_type=openat" in line
    assert log.read_text() == ""


def test_a_log_that_is_cut_is_found(agent: Agent, log: pathlib.Path) -> None:
    log.write_text("evidence\n")
    deeds.command("truncate", "--size", "0", str(log))
    agent.alerts.wait(
        rf"Warning A log file was emptied or removed \(file={log} .*evt_type=ftruncate .*process=truncate "
    )


def test_one_process_that_reads_many_files_is_told_twice(agent: Agent) -> None:
    """At once, and when its seconds are over with the names of all others."""
    mark = deeds.marker()
    deeds.command("cat", "/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/gshadow", mark)
    agent.alerts.wait(rf"\(file=/etc/shadow .*{mark}")
    together = rf" 3 alerts of one process, also about /etc/shadow-: .*\(file=/etc/gshadow .*{mark}"
    agent.alerts.wait(together, 20)
    assert sum(mark in line.text for line in agent.alerts.all()) == 2


def test_new_logs_and_lines_added_are_not(agent: Agent, log: pathlib.Path, tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    deeds.write(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mark)  # was not there before
    deeds.write(log, os.O_WRONLY | os.O_APPEND, mark)
    deeds.write(log, os.O_RDONLY, mark)
    (tmp_path / "other.log").write_text("not in /var/log")
    deeds.write(tmp_path / "other.log", os.O_WRONLY | os.O_TRUNC, mark)
    assert mark not in settle(agent)

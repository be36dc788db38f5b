# SPDX-License-Identifier: Apache-2.0
"""/etc/shadow on the host: by every kind of path it is found under its own name; its like and its daemons
are not.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest

from tests.story import deeds
from tests.story.agent import Agent

FOUND = r"Warning A sensitive file was opened for reading \(file=/etc/shadow .*"


@pytest.mark.parametrize(
    ("read", "process"),
    [
        (deeds.read_absolute, "cat"),
        (deeds.read_relative, "cat"),
        (deeds.read_through_directory_descriptor, "python"),
        (deeds.read_by_handle, "python"),
    ],
)
def test_it_is_found(agent: Agent, read: Callable[[str], None], process: str) -> None:
    mark = deeds.marker()
    read(mark)
    line = agent.alerts.wait(FOUND + mark).text
    assert f" process={process}" in line
    assert " user=root user_uid=0 " in line
    assert " container_id=host container_name=host" in line


def test_it_is_found_through_a_symbolic_link(agent: Agent, tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    deeds.read_through_link(mark, tmp_path)
    assert "command=cat " + str(tmp_path / "innocent") in agent.alerts.wait(FOUND + mark).text


def test_its_like_and_its_daemons_are_left_alone(agent: Agent, tmp_path: pathlib.Path) -> None:
    quiet = deeds.marker()
    (tmp_path / "shadow").write_text("not the one")
    deeds.command("cat", "/etc/passwd", f"/nonexistent/{quiet}")
    deeds.command("cat", "shadow", f"/nonexistent/{quiet}", cwd=tmp_path)
    deeds.command("ls", "-l", "/etc/shadow", f"/nonexistent/{quiet}")  # looks at it, does not open it
    deeds.command("cat", "/etc/shadow/", f"/nonexistent/{quiet}")  # fails: it is no directory
    deeds.command("chage", "-l", "root")  # reads it for a living
    last = deeds.marker()
    deeds.read_absolute(last)
    agent.alerts.wait(last)
    said = agent.alerts.text()
    assert quiet not in said
    assert "process=chage" not in said

# SPDX-License-Identifier: Apache-2.0
"""The file changes while an agent runs: what can be taken over is, a restart is asked for, errors change
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from lanner_agent.app.settings_watch import SettingsWatch
from lanner_agent.kernel.inotify import Inotify
from lanner_agent.settings import reading
from lanner_agent.settings.model import Settings


class Agent:
    """A file, its watch, what was taken over and what was said."""

    def __init__(self, file: Path) -> None:
        self.file, self.taken, self.said = file, list[Settings](), list[str]()
        file.write_text("secrets: hide\nwriteSpread: 1\n")
        read = partial(reading.read, file, {}, {})
        self.watch = SettingsWatch("agent", read, read(), self.said.append, Inotify(3600.0))
        self.watch.on("secrets", self.taken.append)

    def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + 5
        while not done():
            assert time.monotonic() < deadline, (self.said, self.watch.counts())
            time.sleep(0.005)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    made = Agent(tmp_path / "lanner.yaml")
    with made.watch:
        time.sleep(0.1)  # until it waits
        yield made


def test_what_is_live_is_taken_over_and_a_restart_is_asked_for(agent: Agent) -> None:
    agent.file.write_text("secrets: show\nwriteSpread: 2\n")
    agent.until(lambda: len(agent.said) == 2)
    assert [one.secrets for one in agent.taken] == ["show"]
    assert agent.said == [f"{agent.file}: taken over: secrets", f"{agent.file}: needs a restart: writeSpread"]
    assert agent.watch.counts() == {"loaded": 1, "refused": 0}


def test_an_error_changes_nothing_and_the_next_good_text_does(agent: Agent) -> None:
    agent.file.write_text("secrets: shwo\n")
    agent.until(lambda: agent.watch.counts()["refused"] == 1)
    assert f"{agent.file}:1:10: error: secrets must be hide or show" in agent.said[0]
    assert (
        agent.said[-1] == f"{agent.file} not taken over, what was in force stays so: fix the problems above"
    )
    assert agent.taken == []
    agent.file.write_text("secrets: show\nwriteSpread: 1\n")
    agent.until(lambda: agent.taken)
    assert agent.watch.counts() == {"loaded": 1, "refused": 1}


def test_a_change_between_the_reading_and_the_watch_is_not_missed(tmp_path: Path) -> None:
    agent = Agent(tmp_path / "lanner.yaml")
    agent.file.write_text("secrets: show\nwriteSpread: 1\n")
    with agent.watch:
        agent.until(lambda: agent.taken)
    assert agent.said == [f"{agent.file}: taken over: secrets"]


def test_a_config_maps_link_turned_to_another_folder(tmp_path: Path) -> None:
    for version, words in (("..1", "hide"), ("..2", "show")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "lanner.yaml").write_text(f"secrets: {words}\n")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "lanner.yaml").symlink_to("..data/lanner.yaml")
    read = partial(reading.read, tmp_path / "lanner.yaml", {}, {})
    taken: list[Settings] = []
    with SettingsWatch("run", read, read(), print, Inotify(3600.0)) as watch:
        watch.on("secrets", taken.append)
        time.sleep(0.1)
        (tmp_path / "..new").symlink_to("..2")
        (tmp_path / "..new").replace(tmp_path / "..data")
        deadline = time.monotonic() + 5
        while not taken and time.monotonic() < deadline:
            time.sleep(0.005)
    assert [one.secrets for one in taken] == ["show"]

# SPDX-License-Identifier: Apache-2.0
"""Whichever way rules' files change, the reloader is woken: here it would look by itself in an hour."""

from __future__ import annotations

import pathlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lanner_agent.kernel.inotify import Inotify
from tests.agent.events import rules
from tests.agent.policy.test_rules_are_loaded_again import Watch

NEVER_S = 3600.0
QUIET_S = 0.3  # longer than the pause behind the first look

Change = Callable[[pathlib.Path], object]


def in_place(folder: pathlib.Path) -> None:
    (folder / "rules.yaml").write_text(rules.text("New"))


def renamed(folder: pathlib.Path) -> None:
    (folder / "new").write_text(rules.text("New"))
    (folder / "new").replace(folder / "rules.yaml")


def appended(folder: pathlib.Path) -> None:
    with (folder / "rules.yaml").open("a") as file:
        file.write(rules.text("New"))


def removed_and_made(folder: pathlib.Path) -> None:
    (folder / "rules.yaml").unlink()
    (folder / "rules.yaml").write_text(rules.text("New"))


CHANGES: dict[str, Change] = {
    "written in place": in_place,
    "renamed over it": renamed,
    "appended": appended,
    "removed and made": removed_and_made,
}


@pytest.fixture(params=["file", "folder"])
def watch(tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Iterator[Watch]:
    (tmp_path / "rules.yaml").write_text(rules.text("One"))
    named = tmp_path / "rules.yaml" if request.param == "file" else tmp_path
    watch = Watch(named, longest_s=NEVER_S)
    time.sleep(QUIET_S)
    yield watch
    watch.reloader.stop()


@pytest.mark.parametrize("change", CHANGES)
def test_a_change(watch: Watch, tmp_path: pathlib.Path, change: str) -> None:
    CHANGES[change](tmp_path)
    assert "1 added (New)" in watch.reloaded().note


def test_the_next_change_of_what_came_by_a_change(watch: Watch, tmp_path: pathlib.Path) -> None:
    renamed(tmp_path)
    watch.reloaded()
    time.sleep(QUIET_S)
    (tmp_path / "rules.yaml").write_text(rules.text("Newer"))
    assert "1 added (Newer)" in watch.reloaded().note


def test_another_file_in_a_folder(tmp_path: pathlib.Path) -> None:
    (tmp_path / "one.yaml").write_text(rules.text("One"))
    watch = Watch(tmp_path, longest_s=NEVER_S)
    time.sleep(QUIET_S)
    (tmp_path / "two.yaml").write_text(rules.text("New"))
    assert "1 added (New)" in watch.reloaded().note
    watch.reloader.stop()


def test_a_config_map_s_link_turned_to_another_folder(tmp_path: pathlib.Path) -> None:
    for version, name in (("..1", "One"), ("..2", "New")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "rules.yaml").write_text(rules.text(name))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "rules.yaml").symlink_to("..data/rules.yaml")
    watch = Watch(tmp_path / "rules.yaml", longest_s=NEVER_S)
    time.sleep(QUIET_S)
    (tmp_path / "..data_tmp").symlink_to("..2")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert "1 added (New)" in watch.reloaded().note
    watch.reloader.stop()


def test_a_signal(watch: Watch) -> None:
    watch.reloader.ask()
    assert "nothing changed" in watch.reloaded().note


def test_an_end(watch: Watch) -> None:
    began = time.monotonic()
    watch.reloader.stop()
    assert time.monotonic() - began < 1
    assert not any(thread.name == "lanner-rules" for thread in threading.enumerate())
    watch.reloader.ask()  # late, and does nothing


def test_time_ends_a_wait_for_what_cannot_be_watched() -> None:
    changes = Inotify(0.05)
    changes.watch([pathlib.Path("/nowhere/rules.yaml")])
    began = time.monotonic()
    assert not changes.wait()
    assert 0.04 < time.monotonic() - began < 5
    changes.close()

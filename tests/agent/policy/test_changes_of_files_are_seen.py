# SPDX-License-Identifier: Apache-2.0
"""The fingerprint against the ways in which rule files really change."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

import pytest

from lanner_agent.policy.files import fingerprint


def written_in_place(folder: pathlib.Path) -> None:
    (folder / "rules.yaml").write_text("new!")  # the size stays


def renamed_over(folder: pathlib.Path) -> None:
    (folder / ".rules.swp").write_text("new!")
    (folder / ".rules.swp").rename(folder / "rules.yaml")


def renamed_over_with_the_old_times(folder: pathlib.Path) -> None:
    status = (folder / "rules.yaml").stat()
    (folder / ".rules.swp").write_text("new!")
    os.utime(folder / ".rules.swp", ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / ".rules.swp").rename(folder / "rules.yaml")


def added(folder: pathlib.Path) -> None:
    (folder / "more.yml").write_text("more")


def removed(folder: pathlib.Path) -> None:
    (folder / "rules.yaml").unlink()


def directory_gone(folder: pathlib.Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


@pytest.mark.parametrize(
    "change",
    [written_in_place, renamed_over, renamed_over_with_the_old_times, added, removed, directory_gone],
)
def test_a_directory_that_is(change: Callable[[pathlib.Path], None], tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text("old!")
    before = fingerprint.take([folder])
    assert fingerprint.take([folder]) == before
    change(folder)
    assert fingerprint.take([folder]) != before


@pytest.mark.parametrize("path", ["", "rules.yaml"])
def test_a_config_map_volume_that_swings_its_link(path: str, tmp_path: pathlib.Path) -> None:
    """The kubelet's layout: rules.yaml -> ..data/rules.yaml, ..data -> ..<date>; the update swaps ..data."""
    for version in ("..2026_01", "..2026_02"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "rules.yaml").write_text(f"rules of {version}")
        os.utime(tmp_path / version / "rules.yaml", (0, 0))
    (tmp_path / "..data").symlink_to("..2026_01")
    (tmp_path / "rules.yaml").symlink_to("..data/rules.yaml")
    before = fingerprint.take([tmp_path / path])
    (tmp_path / "..data_tmp").symlink_to("..2026_02")
    (tmp_path / "..data_tmp").rename(tmp_path / "..data")
    assert fingerprint.take([tmp_path / path]) != before


def test_a_missing_path_is_a_state_that_can_change(tmp_path: pathlib.Path) -> None:
    before = fingerprint.take([tmp_path / "later.yaml"])
    assert fingerprint.take([tmp_path / "later.yaml"]) == before
    (tmp_path / "later.yaml").write_text("here")
    assert fingerprint.take([tmp_path / "later.yaml"]) != before


def test_other_files_of_a_directory_do_not_matter(tmp_path: pathlib.Path) -> None:
    (tmp_path / "rules.yaml").write_text("rules")
    before = fingerprint.take([tmp_path])
    (tmp_path / "notes.txt").write_text("notes")
    assert fingerprint.take([tmp_path]) == before

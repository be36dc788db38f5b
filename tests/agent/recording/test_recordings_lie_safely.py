# SPDX-License-Identifier: Apache-2.0
"""Files of a recording: nobody else reads them, nothing of others is written to or removed, and a disk that
takes nothing more ends no watch.
"""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lanner_agent.recording import counted, rotating
from lanner_agent.recording.errors import RecordingError
from tests.agent.recording import made


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The kernel refuses to write more into any file of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def record(file: Path, files: int = 3) -> None:
    with made.watched(made.recording(file, files=files)) as watch:
        watch.turn(made.opened(b"/etc/x"))


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        record(tmp_path / "recording")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "recording").stat().st_mode) == 0o600


def test_the_one_before_is_kept_up_to_a_number(tmp_path: Path) -> None:
    file = tmp_path / "recording"
    for _ in range(5):
        record(file)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["recording", "recording.1", "recording.2"]
    inode = file.stat().st_ino
    record(file)
    assert file.with_name("recording.1").stat().st_ino == inode
    record(file, files=1)
    assert len(made.replayed(file).lines) == 1


@pytest.mark.parametrize("name", ["recording", "recording.1"])
def test_what_somebody_else_put_there_is_left_alone(tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    link = tmp_path / name
    for put in (link.symlink_to, link.hardlink_to):
        put(target)
        with pytest.raises(RecordingError, match="is no file of this user's own"):
            record(tmp_path / "recording")
        assert target.read_text() == "precious"
        link.unlink()
    link.mkdir()
    with pytest.raises(RecordingError, match="is no file of this user's own"):
        record(tmp_path / "recording")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"cannot open .*nowhere.*: no such file") as refused:
        record(tmp_path / "nowhere" / "recording")
    assert refused.value.hint == "its own folder must be there"


def test_a_full_disk_leaves_a_gap_and_the_recording_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AGAIN_S", 0.0)
    file = tmp_path / "recording"
    with made.watched(made.recording(file, max_bytes=10 * made.MIB)) as watch:
        watch.turn(made.opened(b"/etc/first"))
        with files_of_at_most(20_000):
            watch.turn(*made.incompressible(150))
            watch.turn()
            _wait_for(watch, counted.NOT_WRITTEN)
        watch.turn(made.opened(b"/etc/last"))
    assert "the watch goes on" in watch.said[0]
    assert watch.said[-1].startswith("the recording goes on, without ")
    replayed = made.replayed(file)
    assert replayed.lines[-1] == watch.lines[-1]
    lost = watch.recording.counts[counted.NOT_WRITTEN]
    assert replayed.replayed.blocks["records that are not in the recording"] == {counted.NOT_WRITTEN: lost}
    assert replayed.replayed.whole


def _wait_for(watch: made.Watch, word: str) -> None:
    """Until the writer has counted it."""
    made.until(lambda: watch.recording.counts[word] > 0)

# SPDX-License-Identifier: Apache-2.0
"""Files of a recording: nobody else reads them, nothing of others is written to or removed, and a disk that
takes nothing more ends no watch.
"""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from lanner_agent.recording import counted, rotating
from lanner_agent.recording.chunks import Chunker
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.items import Batch
from lanner_agent.recording.rotating import Rotating
from lanner_agent.recording.wishes import Limits
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


@contextmanager
def small_disk(path: Path) -> Iterator[None]:
    """Of 256 KiB."""
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path], capture_output=True, check=False
    ).returncode:
        pytest.skip("needs the right to mount (CAP_SYS_ADMIN)")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Whole pages are taken; a file has what is left of its last one."""
    filler = path / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@contextmanager
def other_files(number: int) -> Iterator[None]:
    """They have the numbers of those that were closed before; nothing may be written into them."""
    with ExitStack() as stack:
        others = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(number)]
        yield
        assert {os.fstat(one.fileno()).st_size for one in others} == {0}


class Files:
    """A recording that begins another file for each batch, on a disk as a test wants it."""

    def __init__(self, file: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.said: list[str] = []
        self._chunker = Chunker()
        limits = Limits(file, 1, 3)
        self.rotating = Rotating(limits, made.HEADER, self._chunker, self.counts, self.said.append)

    def record(self, path: bytes) -> None:
        self._chunker.add(Batch(0, 0, [made.opened(path)]))
        chunk = self._chunker.ended()
        assert chunk is not None
        self.rotating.take(chunk)


def names(file: Path) -> list[object]:
    return [one["output_fields"]["fd.name"] for one in made.replayed(file).alerts]  # type: ignore[index]


def test_a_disk_without_room_for_the_next_file_costs_no_older_ones_and_no_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AGAIN_S", 0.0)
    file = tmp_path / "recording"
    with small_disk(tmp_path):
        files = Files(file)
        files.record(b"/etc/1")
        files.record(b"/etc/2")
        with full_disk(tmp_path), other_files(4):
            for _ in range(3):
                files.record(b"/etc/lost")
            assert files.counts[counted.NOT_WRITTEN] == 3
            assert not file.exists()  # none that is empty
        with other_files(4):
            files.record(b"/etc/3")
        files.rotating.close()
        older = file.with_name("recording.1"), file.with_name("recording.2")
        assert [names(one) for one in (file, *older)] == [["/etc/3"], ["/etc/2"], ["/etc/1"]]
        gaps = made.replayed(file).replayed.blocks["records that are not in the recording"]
        assert gaps == {counted.NOT_WRITTEN: 3}
        assert "the watch goes on" in files.said[0]
        assert files.said[1:] == ["the recording goes on, without 3 records that came meanwhile"]


def test_what_somebody_put_in_its_way_meanwhile_stops_it_only_as_long_as_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AGAIN_S", 0.0)
    file, way = tmp_path / "recording", tmp_path / "recording.1"
    files = Files(file)
    files.record(b"/etc/1")
    way.symlink_to("/etc/passwd")
    files.record(b"/etc/lost")
    way.unlink()
    with other_files(4):
        files.record(b"/etc/2")
    files.rotating.close()
    assert [names(file), names(way)] == [["/etc/2"], ["/etc/1"]]


def _wait_for(watch: made.Watch, word: str) -> None:
    """Until the writer has counted it."""
    made.until(lambda: watch.recording.counts[word] > 0)

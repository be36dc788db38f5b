# SPDX-License-Identifier: Apache-2.0
"""The seconds before and after an alert are a file, of a bounded number; what is refused is counted."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lanner_agent.kernel.record_layout import StringPart
from lanner_agent.recording import captures, counted
from lanner_agent.recording.captures import Captures
from lanner_agent.recording.chunks import Chunker
from lanner_agent.recording.items import Alerted, Batch, Item, Strings
from lanner_agent.recording.wishes import Wish
from tests.agent.decode.records import KEPT
from tests.agent.recording import made

RULE = "Opened"


@dataclass
class Scene:
    """Captures whose clock a test turns."""

    folder: Path
    before: float = 10.0
    after: float = 10.0
    most: int = 100
    max_bytes: int = made.MIB
    file_bytes: int = made.MIB
    now: float = 1000.0
    said: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chunker = Chunker(clock=lambda: self.now)
        rules = frozenset({RULE, "Other"})
        times, sizes = (self.before, self.after), (self.max_bytes, self.file_bytes)
        wish = Wish(rules, self.folder, *times, self.most, *sizes)
        self.captures = Captures(wish, made.HEADER, self.chunker, self.counts, self.said.append)

    def at(self, now: float, *items: Item) -> None:
        self.now = now
        for item in items:
            self._take(lambda item=item: self.chunker.add(item))  # type: ignore[misc]
        self._take(self.chunker.ended)
        self.captures.tick(now)

    def _take(self, make: Callable[[], object]) -> None:
        chunk = make()
        if chunk is not None:
            self.captures.take(chunk)  # type: ignore[arg-type]

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


def opening(path: bytes) -> Batch:
    return Batch(0, 0, [made.opened(path)])


def alert(rule: str = RULE, time: int = 1_800_000_000_123_456_789) -> Alerted:
    return Alerted(rule=rule, time=time)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "captures"


def names(file: Path) -> list[object]:
    return [one["output_fields"]["fd.name"] for one in made.replayed(file).alerts]  # type: ignore[index]


def test_a_capture_has_the_seconds_before_and_after_and_no_others(folder: Path) -> None:
    scene = Scene(folder)
    scene.at(1000, opening(b"/etc/long-before"))
    scene.at(1015, opening(b"/etc/before"))
    scene.at(1020, opening(b"/etc/now"), alert())
    scene.at(1029, opening(b"/etc/after"))
    scene.at(1030.5, opening(b"/etc/late"))
    scene.at(1040, opening(b"/etc/later"))
    (file,) = scene.files
    assert names(file) == ["/etc/before", "/etc/now", "/etc/after", "/etc/late"]
    assert made.replayed(file).replayed.whole
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_it_is_named_by_time_and_rule_whatever_that_is_called(folder: Path) -> None:
    assert (
        captures.file_name(alert("Sensitive file read"))
        == "2027-01-15T08-00-00.123Z-sensitive-file-read.lanner"
    )
    assert captures.file_name(alert("../../etc\0\n"), 2) == "2027-01-15T08-00-00.123Z-etc-2.lanner"
    assert captures.file_name(alert("\u202e")).endswith("Z-rule.lanner")
    assert len(captures.file_name(alert("x" * 4000))) < 120
    scene = Scene(folder, after=1)
    for now in (1000, 1010, 1020):
        scene.at(now, opening(b"/etc/x"), alert())
        scene.at(now + 2)
    assert [one.name[-9:] for one in scene.files] == ["-2.lanner", "-3.lanner", "ed.lanner"]


def test_what_was_known_before_is_known_in_a_capture(folder: Path) -> None:
    scene = Scene(folder)
    scene.at(1000, Strings({3 << 2 | StringPart.ARGS: b"cat\0kept\0"}))
    record = made.opened(b"/etc/x", args=KEPT)
    scene.at(1050, Batch(0, 0, [record]), alert())
    scene.at(1070)
    (told,) = made.replayed(*scene.files).alerts
    assert told["output_fields"]["proc.cmdline"] == "cat kept"  # type: ignore[index]


def test_an_alert_of_a_rule_whose_capture_is_being_written_makes_no_other(folder: Path) -> None:
    scene = Scene(folder)
    scene.at(1000, opening(b"/etc/a"), alert(), opening(b"/etc/b"), alert(), alert("Other"))
    scene.at(1020, opening(b"/etc/c"), alert())
    assert (scene.counts[counted.KEPT], scene.counts[counted.JOINED]) == (3, 1)
    assert len(scene.files) == 3


def test_only_so_many_are_kept_and_none_is_removed_for_another(folder: Path) -> None:
    scene = Scene(folder, after=0, most=2)
    for now in (1000, 1010, 1020, 1030):
        scene.at(now, opening(b"/etc/%d" % now), alert(time=int(now) * 10**9))
    assert (scene.counts[counted.KEPT], scene.counts[counted.FULL]) == (2, 2)
    assert [names(one)[-1] for one in scene.files] == ["/etc/1000", "/etc/1010"]
    assert [one for one in scene.said if "refused" in one] == [
        f"no capture of the alert Opened: {counted.FULL}"
    ]
    assert Scene(folder, most=2).captures  # the files of before count
    again = Scene(folder, most=2)
    again.at(1000, alert())
    assert again.counts[counted.FULL] == 1


def test_captures_that_are_moved_away_make_room(folder: Path) -> None:
    scene = Scene(folder, after=0, most=1)
    scene.at(1000, opening(b"/etc/a"), alert())
    scene.at(1010, opening(b"/etc/b"), alert())
    assert scene.counts[counted.FULL] == 1
    scene.files[0].unlink()
    scene.at(1020, opening(b"/etc/c"), alert())
    assert (scene.counts[counted.KEPT], scene.counts[counted.FULL]) == (2, 1)


def test_only_so_many_are_written_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "AT_ONCE", 1)
    scene = Scene(folder)
    scene.at(1000, opening(b"/etc/a"), alert(), alert("Other"))
    assert (scene.counts[counted.KEPT], scene.counts[counted.CROWDED]) == (1, 1)


def test_the_seconds_before_take_a_bounded_memory(folder: Path) -> None:
    scene = Scene(folder, max_bytes=200_000)
    for number, record in enumerate(made.incompressible(300)):
        scene.at(1000 + number / 100, Batch(0, 0, [record]))
    scene.at(1004, opening(b"/etc/now"), alert())
    scene.at(1020)
    (file,) = scene.files
    assert file.stat().st_size < 250_000
    assert names(file) == ["/etc/now"]


def test_the_seconds_after_take_a_bounded_file(folder: Path) -> None:
    scene = Scene(folder, file_bytes=100_000)
    scene.at(1000, opening(b"/etc/now"), alert())
    (file,) = scene.files
    begin = file.stat().st_size
    for record in made.incompressible(300):
        scene.at(1001, Batch(0, 0, [record]))
    assert file.stat().st_size < begin + 101_000
    assert scene.counts[counted.CUT] == 1


def test_a_folder_that_takes_nothing_is_counted_and_said_once(folder: Path) -> None:
    scene = Scene(folder, after=0)
    folder.rmdir()
    for now in (1000, 1010):
        scene.at(now, opening(b"/etc/x"), alert())
    assert scene.counts[counted.FAILED] == 2
    assert scene.said == [f"cannot write a capture into {folder}: no such file or directory"]


def test_a_capture_whose_begin_cannot_be_written_leaves_no_file_and_takes_no_place(folder: Path) -> None:
    scene = Scene(folder, most=1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        scene.at(1000, opening(b"/etc/x"), alert())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    scene.at(1001, opening(b"/etc/after"))
    assert (scene.counts[counted.FAILED], scene.files) == (1, [])
    scene.at(1002, opening(b"/etc/now"), alert())
    scene.at(1020)
    (file,) = scene.files
    assert names(file) == ["/etc/x", "/etc/after", "/etc/now"]

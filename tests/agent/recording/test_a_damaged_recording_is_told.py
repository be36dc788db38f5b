# SPDX-License-Identifier: Apache-2.0
"""A recording that broke off, was changed, or was written to do harm: what can be read is, the rest is said,
and nothing is believed for long.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from backports import zstd

from lanner_agent.kernel.record_layout import RecordAt
from lanner_agent.recording import state, wire
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.frames import MAGIC, MAX_FRAME, Packer, Reader
from lanner_agent.recording.items import Batch, ContainerAnswer, Gap, Header, Strings
from lanner_agent.recording.replaying import CUT
from lanner_engine.fields.model import Container
from tests.agent.recording import made

KNOWN = "container"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """With a frame of its own for each of ten opens."""
    path = tmp_path / "recording"
    with made.watched(made.recording(path)) as watch:
        for number in range(10):
            watch.turn(made.opened(b"/etc/%d" % number))
            watch.recording.tap.alerted("Opened", 0)  # ends the frame
    return path


def header(file: Path) -> Header:
    with file.open("rb") as opened:
        return Reader(opened, "").header


def written(file: Path, *parts: bytes) -> Path:
    """A whole header, and frames of these bytes."""
    begin = MAGIC + Packer().frame(wire.packed(header(file)))
    file.write_bytes(begin + b"".join(map(Packer().frame, parts)))
    return file


def test_one_that_broke_off_gives_what_is_whole(file: Path) -> None:
    whole = made.replayed(file)
    file.write_bytes(file.read_bytes()[:-200])
    cut = made.replayed(file)
    assert 0 < len(cut.lines) <= len(whole.lines) == 10
    assert cut.lines == whole.lines[: len(cut.lines)]
    assert cut.said == [f"{file} {CUT}"]
    assert not cut.replayed.whole


def test_wherever_it_breaks_off_and_whatever_byte_is_another_nothing_else_goes_wrong(file: Path) -> None:
    data, whole = file.read_bytes(), made.replayed(file).lines
    draw = random.Random(5)  # noqa: S311  no secrets
    for _ in range(150):
        at = draw.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= 1 << draw.randrange(8)
        file.write_bytes(data[:at] if draw.random() < 0.3 else changed)
        try:
            found = made.replayed(file)
        except RecordingError:
            continue
        assert found.lines == whole[: len(found.lines)]
        assert found.replayed.whole is (found.lines == whole and not found.said)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x"
    for content in (b"", b"lanner", b"x" * 10_000, MAGIC[:-1]):
        file.write_bytes(content)
        with pytest.raises(RecordingError, match="is no recording of lanner"):
            made.replayed(file)
    with pytest.raises(RecordingError, match="no such file"):
        made.replayed(tmp_path / "nowhere")
    file.write_bytes(MAGIC)
    assert made.replayed(file).said == [
        f"{file} is damaged: it has no header; what lies behind that is left out"
    ]


def test_lengths_that_lie_are_damage(file: Path) -> None:
    huge = wire.HEAD.pack(34, wire.MAX_ITEM + 1)
    beyond = wire.HEAD.pack(34, 20) + b"\xff" * 20
    strange = wire.HEAD.pack(4, 2) + b"{}"
    string = wire.HEAD.pack(32, 13) + (3).to_bytes(8, "little") + b"\1" + b"\xff" * 4
    for item in (huge, beyond, strange, string):
        found = made.replayed(written(file, item))
        assert len(found.said) == 1
        assert "is damaged" in found.said[0]


def test_items_of_a_later_version_are_passed_over(file: Path) -> None:
    later = wire.HEAD.pack(99, 3) + b"new"
    batch = Batch(1, 0, [made.opened(b"/etc/a")])
    assert len(made.replayed(written(file, later, wire.packed(batch))).lines) == 1


def test_a_later_form_is_refused_in_words(file: Path) -> None:
    later = header(file).model_copy(update={"version": 2})
    file.write_bytes(MAGIC + Packer().frame(wire.packed(later)))
    with pytest.raises(RecordingError, match="has form 2 of a recording, this version reads 1"):
        made.replayed(file)


def test_records_that_are_none_are_counted(file: Path) -> None:
    record = bytearray(made.opened(b"/etc/a"))
    record[RecordAt.event : RecordAt.event + 2] = b"\xff\xff"
    batch = Batch(1, 0, [b"", b"x" * 60, bytes(record), made.opened(b"/etc/b")])
    found = made.replayed(written(file, wire.packed(batch)))
    assert len(found.lines) == 1
    assert sum(found.replayed.blocks["events given up"].values()) == 3


def test_what_it_makes_known_is_bounded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_STRING_BYTES", 10_000)
    monkeypatch.setattr(state, "MAX_FACTS", 3)
    strings = [wire.packed(Strings({number << 2: b"x" * 500})) for number in range(30)]
    assert "more paths and arguments" in made.replayed(written(file, *strings)).said[0]
    gap = wire.packed(Gap(records=1, reason="x"))  # what was forgotten meanwhile is told nowhere
    assert "damaged" not in "".join(made.replayed(written(file, gap, *strings)).said)
    known = state.State()
    for number in range(9):
        full_id = b"%064x" % number
        container = Container(id=full_id[:12], full_id=full_id)
        known.apply(ContainerAnswer(full_id=full_id, known=KNOWN, container=container), 100)  # type: ignore[arg-type]
    kept = [one.full_id for one in known.items() if isinstance(one, ContainerAnswer)]
    assert kept == [b"%064x" % number for number in (6, 7, 8)]


def test_words_of_a_file_are_bounded(file: Path) -> None:
    gaps = [wire.packed(Gap(records=1, reason=f"{number}" + "x" * 999)) for number in range(500)]
    told = made.replayed(written(file, *gaps)).replayed.blocks["records that are not in the recording"]
    assert len(told) <= 65
    assert told["other"] >= 400
    assert max(map(len, told)) == 200


def test_a_frame_that_grows_without_end_is_damage(file: Path) -> None:
    """Of a size that it says, and of one that it does not."""
    zeros = bytes(MAX_FRAME + 1)
    for sized in (True, False):
        frame = zstd.compress(zeros, options={zstd.CompressionParameter.content_size_flag: sized})
        begin = MAGIC + Packer().frame(wire.packed(header(file)))
        file.write_bytes(begin + Packer().frame(b"")[:8] + len(frame).to_bytes(4, "little") + frame)
        assert "a frame of another size" in made.replayed(file).said[0]

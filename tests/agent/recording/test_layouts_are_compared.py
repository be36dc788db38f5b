# SPDX-License-Identifier: Apache-2.0
"""A recording is read where its records lie as this version's do, and refused in words where they do not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lanner_agent import decode
from lanner_agent.kernel import record_layout
from lanner_agent.recording import layout
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.frames import MAGIC, Packer, Reader
from lanner_agent.recording.layout import Layout
from lanner_agent.recording.replaying import STRANGE
from tests.agent.recording import made

OWN = layout.own()
NAMELESS = {"TextRef", "Event"}  # a type, and an enum whose numbers are those of events


def imported() -> Iterator[str]:
    """Of record_layout, by decode/."""
    for file in Path(decode.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == record_layout.__name__:
                yield from (one.name for one in node.names)
            elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "record_layout":
                yield node.attr


def test_a_header_says_everything_that_decode_reads() -> None:
    structs = {name for one in layout.STRUCTS for name in (one, f"{one}At", _upper(one))}
    known = structs | set(layout.ENUMS) | set(layout.NUMBERS) | NAMELESS
    assert set(imported()) <= known


def _upper(name: str) -> str:
    return "".join(f"_{one}" if one.isupper() else one.upper() for one in name).lstrip("_")


def changed(**parts: Any) -> Layout:
    return OWN.model_copy(update=parts)


def test_its_own_layout_is_readable() -> None:
    again = Layout.model_validate_json(OWN.model_dump_json())
    assert list(layout.differences(again, OWN)) == []
    assert layout.renumbered(again, OWN) == {}


def test_what_lies_elsewhere_is_named() -> None:
    process = OWN.structs["ProcessFacts"]
    moved = process.model_copy(update={"fields": {**process.fields, "uid": 36}, "form": "<4x"})
    flags = {**OWN.enums["RecordFlag"], "ARGS_CUT": 64}
    flags.pop("ORPHAN")  # came later: no record has it
    other = changed(
        structs={**OWN.structs, "ProcessFacts": moved},
        enums={**OWN.enums, "RecordFlag": flags},
        numbers={**OWN.numbers, "COMM_LEN": 15},
    )
    assert list(layout.differences(other, OWN)) == [
        f"ProcessFacts is laid out as <4x there and as {process.form} here",
        "ProcessFacts.uid is at 36 there and at 32 here",
        "RecordFlag.ARGS_CUT is another number",
        "COMM_LEN is 15 there and 16 here",
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recording"
    with made.watched(made.recording(path)) as watch:
        watch.turn(made.opened(b"/etc/a"))
    return path


def rewritten(file: Path, found: Layout) -> None:
    """The same recording, made by an agent with this layout."""
    with file.open("rb") as opened:
        reader = Reader(opened, "")
        items = [one for one, _ in reader.items()]
    header = reader.header.model_copy(update={"layout": found, "lanner": "0.0.9"})
    file.write_bytes(MAGIC + Packer().frames([header, *items]))


def test_another_layout_is_refused_with_the_version_that_reads_it(file: Path) -> None:
    rewritten(file, changed(numbers={**OWN.numbers, "COMM_LEN": 15}))
    with pytest.raises(RecordingError, match=r"was recorded by lanner 0\.0\.9, whose .* COMM_LEN") as refused:
        made.replayed(file)
    assert refused.value.hint == "replay it with lanner 0.0.9"


def test_events_may_have_other_numbers(file: Path) -> None:
    numbers = {**OWN.events, "openat": OWN.events["openat2"], "openat2": OWN.events["openat"]}
    rewritten(file, changed(events=numbers))
    found = made.replayed(file)
    assert (found.lines, found.replayed.whole) == (
        [],
        True,
    )  # it is an openat2 by now, which the rule is not about


def test_an_event_that_is_recorded_otherwise_by_now_is_left_out_and_counted(file: Path) -> None:
    rewritten(file, changed(calls={**OWN.calls, "openat": "before"}))
    found = made.replayed(file)
    assert found.lines == []
    assert found.replayed.blocks["records that are not in the recording"] == {STRANGE: 1}

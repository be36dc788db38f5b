# SPDX-License-Identifier: Apache-2.0
"""A recording that another version made is read, and its alerts are those of then; or it is refused in words,
where its records lie otherwise. One at least is of this version's layout, which tests.agent.recording makes.
"""

from __future__ import annotations

from pathlib import Path

from lanner_agent.policy.files import load
from lanner_agent.recording import layout
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.frames import Reader
from tests.agent.recording import made

GOLDEN = Path(__file__).with_name("golden")
PROGRAM = load.compiled(load.check([GOLDEN / "rules.yaml"]))


def is_readable(file: Path) -> bool:
    with file.open("rb") as opened:
        found = Reader(opened, "").header.layout
    return not list(layout.differences(found, layout.own()))


def test_alerts_are_those_of_then() -> None:
    files = [file for file in GOLDEN.glob("*.lanner") if is_readable(file)]
    assert files
    for file in files:
        found = made.replayed(file, program=PROGRAM)
        assert b"".join(found.lines) == file.with_suffix(".jsonl").read_bytes()
        assert (found.said, found.replayed.whole) == ([], True)


def test_secrets_are_hidden_as_they_are_in_alerts_of_a_watch() -> None:
    (file, *_) = filter(is_readable, GOLDEN.glob("*.lanner"))
    found = made.replayed(file, program=PROGRAM)
    assert any(b"--password=*** " in line for line in found.lines)
    assert not any(b"hunter2" in line for line in found.lines)


def test_those_of_another_layout_are_refused_in_words() -> None:
    for file in GOLDEN.glob("*.lanner"):
        if not is_readable(file):
            try:
                made.replayed(file, program=PROGRAM)
            except RecordingError as error:
                assert "laid out otherwise" in str(error)  # noqa: PT017  none or all
                assert error.hint.startswith("replay it with lanner ")  # noqa: PT017
            else:
                raise AssertionError(file)

# SPDX-License-Identifier: Apache-2.0
"""A case of `lanner test` may have its events from a recording, and `lanner replay` is a command for CI."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lanner_agent.cli import replay
from lanner_agent.cli import test as testing
from tests.agent.recording.test_recordings_of_before_are_read import GOLDEN, is_readable

CASES = """
rules: [rules.yaml]
cases:
  - name: the example
    recording: recording.lanner
    alerts:
      - rule: Key read
        fields: {proc.pname: sh, fd.name: /tmp/example/lanner-golden-key}
      - Program run
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the rules and the recording lie."""
    (recording, *_) = filter(is_readable, GOLDEN.glob("*.lanner"))
    for file in (recording, GOLDEN / "rules.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def ran(folder: Path, cases: str) -> Result:
    file = folder / "cases.yaml"
    file.write_text(cases)
    return CliRunner().invoke(testing.command, [str(file)], standalone_mode=False)


def test_a_case_has_the_alerts_of_a_recording(folder: Path) -> None:
    result = ran(folder, CASES)
    assert (result.return_value, result.stdout) == (0, "1 case: 1 passed, 0 failed\n")


def test_what_is_silent_on_a_recording_says_why_on_few_of_its_events(folder: Path) -> None:
    rules = (folder / "rules.yaml").read_text()
    (folder / "rules.yaml").write_text(rules.replace("endswith /lanner-golden-key", "endswith /another"))
    result = ran(folder, CASES)
    assert result.return_value == 1
    assert "expected, but silent: Key read" in result.stdout
    assert result.stdout.count("rule Key read on event") == 3
    assert "which the event does not tell" not in result.stdout


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("recording: nowhere.lanner", "cannot read {folder}/nowhere.lanner: no such file or directory"),
        ("recording: rules.yaml", "rules.yaml is no recording of lanner"),
        ("recording: [a]", "the case has no recording"),
        (
            "recording: recording.lanner\n    event: {{evt.type: open}}",
            "a case with a recording has no event",
        ),
        ("given: {{evt.type: open}}", "a case has an event, events or a recording"),
    ],
)
def test_a_recording_that_cannot_be_used_is_an_error_at_its_place(
    folder: Path, line: str, complaint: str
) -> None:
    line = line.format()
    result = ran(folder, CASES.replace("recording: recording.lanner", line))
    assert result.return_value == 1
    assert complaint.format(folder=folder) in result.stderr
    assert "cases.yaml:" in result.stderr


def test_replay_prints_alerts_and_says_how_it_went(folder: Path) -> None:
    words = [str(folder / "recording.lanner"), "--rules", str(folder / "rules.yaml"), "--output", "json"]
    result = CliRunner().invoke(replay.command, words, standalone_mode=False)
    expected = [one.with_suffix(".jsonl").read_text() for one in GOLDEN.glob("*.lanner") if is_readable(one)]
    assert result.return_value == 0
    assert result.stdout == expected[0]
    assert "3 alerts, nothing lost; replayed in " in result.stderr
    file = folder / "recording.lanner"
    file.write_bytes(file.read_bytes()[:-50])
    assert CliRunner().invoke(replay.command, words, standalone_mode=False).return_value == 1
    assert CliRunner().invoke(replay.command, ["/dev/null"], standalone_mode=False).return_value == 1


def test_more_events_than_a_test_takes_are_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanner_agent.recording.gathering.MOST", 10)
    assert "it has more than 10 events" in ran(folder, CASES).stderr

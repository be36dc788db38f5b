# SPDX-License-Identifier: Apache-2.0
"""Lines that systemd's journal reads begin with their severity, others do not. tests/deb has the journal."""

from __future__ import annotations

import logging
import os

import pytest

from lanner_agent.app import journal, logs


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is said, where standard error is the journal's stream."""
    said: list[bytes] = []
    found = os.fstat(2)
    monkeypatch.setenv(journal.VARIABLE, f"{found.st_dev}:{found.st_ino}")
    monkeypatch.setattr(logs, "_sink", said.append)
    return said


@pytest.mark.parametrize(
    ("level", "front"), [(logging.INFO, b"<6>"), (logging.WARNING, b"<4>"), (logging.ERROR, b"<3>")]
)
def test_every_line_of_a_note_has_it(stream: list[bytes], level: int, front: bytes) -> None:
    logs.say("lanner: one\n  two", level)
    assert stream == [front + b"one\n" + front + b"  two\n"]


@pytest.mark.parametrize("variable", ["", "1:2", "no numbers"])
def test_another_stream_is_left_alone(
    stream: list[bytes], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that a service started has the variable of that service."""
    monkeypatch.setenv(journal.VARIABLE, variable)
    logs.say("lanner: one")
    assert stream == [b"lanner: one\n"]


def test_a_descriptor_that_is_closed_is_no_stream() -> None:
    number = os.dup(2)
    os.close(number)
    assert not journal.reads(number, {journal.VARIABLE: "1:2"})

# SPDX-License-Identifier: Apache-2.0
"""Arguments and paths an attacker chose: escaped in both forms, one line each, and nothing of them hides
another.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.agent.events import rules
from tests.story import deeds
from tests.story.agent import Agent, watching

HOSTILE = b'\x1b[2J\x1b]0;owned\x07\n12:00:00.000000000: Notice forged\r"\\\xff\x7f\xe2\x80\xae'
ESCAPED = (
    r"\u001b[2J\u001b]0;owned\u0007\n12:00:00.000000000: Notice forged\r\"\\" + "\ufffd" + r"\u007f\u202e"
)
RULES = rules.text("Run", "evt.type = execve and proc.name = true", '"(command=%proc.cmdline)"') + rules.text(
    "Read", "evt.type in (open, openat) and fd.name contains lanner-story", '"(file=%fd.name)"'
)


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def agent(form: str, tmp_path: pathlib.Path) -> Iterator[Agent]:
    (tmp_path / "rules.yaml").write_text(RULES)
    with watching("--rules", tmp_path / "rules.yaml", "--output", form) as running:
        yield running


def shown(form: str, agent: Agent, mark: str) -> str:
    """The line as a text line would have it."""
    text = agent.alerts.wait(mark).text
    assert text.isprintable()
    if form == "text":
        return text
    output: str = json.loads(text)["output"]
    return (
        json.dumps(output, ensure_ascii=False)[1:-1].replace("\x7f", r"\u007f").replace("\u202e", r"\u202e")
    )


def test_in_an_argument(form: str, agent: Agent) -> None:
    mark = deeds.marker()
    subprocess.run([b"true", mark.encode(), HOSTILE], check=True)
    assert f"(command=true {mark} {ESCAPED})" in shown(form, agent, mark)


def test_in_a_path(form: str, agent: Agent, tmp_path: pathlib.Path) -> None:
    mark = deeds.marker()
    path = os.fsencode(tmp_path) + b"/" + mark.encode() + HOSTILE
    with open(path, "wb"):
        pass
    assert f"(file={tmp_path}/{mark}{ESCAPED})" in shown(form, agent, mark)


def test_nothing_forged_stands_at_the_beginning_of_a_line(form: str, agent: Agent) -> None:
    mark = deeds.marker()
    subprocess.run([b"true", HOSTILE, mark.encode()], check=True)
    shown(form, agent, mark)
    assert not any(line.text.startswith("12:00:00.000000000") for line in agent.alerts.all())

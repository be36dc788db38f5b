# SPDX-License-Identifier: Apache-2.0
"""`lanner run` on a real pseudo-terminal: colours, fields apart, a line that says how it goes; and nothing of
it where nobody could see it. What an attacker writes moves no cursor.
"""

from __future__ import annotations

import pathlib
import re
import signal
import subprocess

import pytest

from tests.agent.events import rules
from tests.containers.terminal import Terminal
from tests.story import agent as agents

MARK = "story-of-a-terminal"
HOSTILE = f"{MARK}\x1b[2J\x1b]0;owned\x07\rlanner: nothing\u202e"


@pytest.fixture
def command(tmp_path: pathlib.Path) -> list[str]:
    exact = f'evt.type = execve and proc.args contains "{MARK}"'
    text = rules.text(
        "Worth a look", exact, "somebody ran it (command=%proc.cmdline user=%user.name)", "WARNING"
    )
    (tmp_path / "rules.yaml").write_text(text)
    return [str(agents.LANNER), "run", "--rules", str(tmp_path / "rules.yaml")]


def told(command: list[str], **environment: str) -> str:
    """Everything that a terminal of 80 columns got, from the start to the summary."""
    words = [f"{name}={value}" for name, value in {"TERM": "xterm-256color", **environment}.items()]
    with Terminal(["env", "-u", "NO_COLOR", *words, *command]) as terminal:
        terminal.wait_for("Ctrl-C ends", agents.START_S)
        subprocess.run(["true", HOSTILE], check=True)
        terminal.wait_for("story-of-a-terminal")
        if environment.get("TERM") != "dumb":
            terminal.wait_for("1 alert")
        terminal.process.send_signal(signal.SIGINT)
        seen = terminal.wait_for("alerts by rule", agents.STOP_S)
        terminal.wait_for("Worth a look", agents.STOP_S)
        return seen


def harmless(seen: str) -> bool:
    return not any(bad in seen for bad in ("\x1b[2J", "\x1b]0", "\x07", "\u202e", "\rlanner: nothing"))


def test_with_colours_and_a_line_that_says_how_it_goes(command: list[str]) -> None:
    seen = told(command)
    assert re.search(r"\x1b\[1;33mWarning *\x1b\[0m\x1b\[1m Worth a look\x1b\[0m", seen)
    assert re.search(r"\x1b\[36mcommand=\x1b\[0mtrue", seen)
    assert r"\u001b[2J" in seen
    assert harmless(seen)
    assert "nothing lost" in seen


def test_without_colours_where_somebody_wants_none(command: list[str]) -> None:
    seen = told(command, NO_COLOR="1")
    assert "1 rule  " in seen, "the last line is there all the same"
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", seen)
    assert harmless(seen)


def test_a_terminal_that_can_do_nothing_gets_plain_lines(command: list[str]) -> None:
    seen = told(command, TERM="dumb")
    assert "\x1b" not in seen.partition("watching")[2]
    assert re.search(r"(?m)^\d\d:\d\d:\d\d\.\d{9}: Warning somebody ran it \(command=true ", seen)

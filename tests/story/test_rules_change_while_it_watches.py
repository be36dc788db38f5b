# SPDX-License-Identifier: Apache-2.0
"""Edits, bad edits, signals: the rules in force change between two events, and nothing is missed."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.agent.events import rules
from tests.story import deeds
from tests.story.agent import Agent, watching

READ = "evt.type in (open, openat, openat2) and fd.name = /etc/hostname"
OUTPUT = "{word} %proc.cmdline"


def rule(word: str) -> str:
    return rules.text("Host name read", condition=READ, output=OUTPUT.format(word=word))


def read() -> str:
    mark = deeds.marker()
    deeds.command("cat", "/etc/hostname", f"/nonexistent/{mark}")
    return mark


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "rules.yaml"
    path.write_text(rule("first"))
    return path


@pytest.fixture
def agent(file: pathlib.Path) -> Iterator[Agent]:
    with watching("--rules", file) as running:
        yield running


def test_an_edit_takes_effect_without_a_restart(agent: Agent, file: pathlib.Path) -> None:
    agent.alerts.wait(f"first .*{read()}")
    file.write_text(rule("second"))
    agent.notes.wait(r"rules reloaded: 1 changed \(Host name read\); 1 rule in force")
    agent.alerts.wait(f"second .*{read()}")


def test_a_bad_edit_keeps_the_old_rules(agent: Agent, file: pathlib.Path) -> None:
    file.write_text(rule("second").replace("fd.name", "fd.nam"))
    agent.notes.wait(rf"{file}:4:")
    agent.notes.wait(r"rules not reloaded, the old ones stay in force \(1 rule\)")
    agent.alerts.wait(f"first .*{read()}")
    file.write_text(rule("third"))
    agent.notes.wait("rules reloaded")
    agent.alerts.wait(f"third .*{read()}")


def test_sighup_loads_them_again(agent: Agent) -> None:
    agent.process.send_signal(signal.SIGHUP)
    agent.notes.wait("rules reloaded: nothing changed")
    agent.alerts.wait(f"first .*{read()}")


def test_sigterm_ends_with_a_summary(file: pathlib.Path) -> None:
    with watching("--rules", file) as agent:
        agent.alerts.wait(read())
        assert agent.stop(signal.SIGTERM) == 0
    assert "1 alert, nothing lost" in agent.notes.text()
    assert "1  Host name read" in agent.notes.text()


@contextmanager
def reading() -> Iterator[list[str]]:
    """Reads without pause; their marks."""
    marks: list[str] = []
    stop = threading.Event()

    def keep_reading() -> None:
        while not stop.is_set():
            marks.append(read())

    reader = threading.Thread(target=keep_reading)
    reader.start()
    try:
        yield marks
    finally:
        stop.set()
        reader.join()


def test_no_event_is_missed_while_rules_change(agent: Agent, file: pathlib.Path) -> None:
    """While the rules change five times, each read has exactly one alert, old or new."""
    with reading() as marks:
        for number in range(5):
            before = len(agent.notes.all())
            file.write_text(rule(f"version{number}"))
            agent.notes.wait("rules reloaded: 1 changed", after=before)
            under_way = len(marks)
            while len(marks) < under_way + 11:  # ten begin under these rules
                time.sleep(0.01)
    agent.alerts.wait(marks[-1])
    said = agent.alerts.text()
    assert len(marks) > 50
    assert [mark for mark in marks if said.count(f"/{mark} container_id=") != 1] == []
    assert all(f"version{number} " in said for number in range(5))


def test_a_new_event_type_is_attached_on_the_way(agent: Agent, file: pathlib.Path) -> None:
    file.write_text(
        rules.text("Run", condition="evt.type = execve and proc.name = true", output="ran %proc.cmdline")
    )
    agent.notes.wait(r"1 added \(Run\), 1 removed \(Host name read\)")
    mark = deeds.marker()
    subprocess.run(["true", mark], check=True)
    agent.alerts.wait(f"ran true {mark}")

# SPDX-License-Identifier: Apache-2.0
"""SIGTERM that comes while the rules are compiled ends the agent in good order: nothing stays on trial.
SIGHUP that comes before the files are read ends nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from lanner_agent.app import cluster_agent, exits
from lanner_agent.cli import main
from lanner_agent.policy.bundle import loaded
from lanner_engine.codegen.compile import Program


class Starting:
    """A Cluster that is told to end while it starts."""

    def __init__(self, *_: Any) -> None:
        self.containers = self.names = self
        self.flushed = 0
        made.append(self)

    def start(self) -> Program:
        os.kill(os.getpid(), signal.SIGTERM)
        return loaded.built_in().program

    def resolve(self, _: object) -> None: ...

    def close(self) -> None: ...

    def flush(self) -> None:
        self.flushed += 1


made: list[Starting] = []


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A signal that is not taken fails the test, and ends no run of all of them."""

    def missed(*_: object) -> None:
        raise AssertionError("the signal met the default")

    before = {
        number: signal.signal(number, missed) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_while_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_agent, "Cluster", Starting)
    nothing: Any = None
    assert cluster_agent.run(nothing, nothing, nothing) == exits.OK
    assert [one.flushed for one in made] == [1]


@pytest.mark.parametrize("command", ["run", "agent"])
def test_a_hangup_before_anything_is_read(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def begun(_: object) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        raise SystemExit(exits.OK)

    monkeypatch.setattr(sys, "argv", ["lanner", command])
    monkeypatch.setattr(main, "_begun", begun)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == exits.OK

# SPDX-License-Identifier: Apache-2.0
"""A command without its extra: one line, and the exit status of wrong usage. tests/agent/wheel has the same
with an installed wheel."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from lanner_agent.app import exits
from lanner_agent.cli import main as commands
from lanner_apiserver import connection
from lanner_apiserver.errors import Unreachable
from lanner_engine import extras
from lanner_operator import start


@pytest.fixture(
    autouse=True, params=["no_such_package", "no_such_package.module", "lanner_engine.no_such_module"]
)
def lacking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that every extra has and this environment lacks."""
    module: str = request.param
    for extra in extras.MODULES:
        monkeypatch.setitem(extras.MODULES, extra, ("sys", module))
    return module


def test_only_what_is_not_there_is_lacking(lacking: str) -> None:
    assert extras.lacking("agent") == (lacking,)


@pytest.mark.parametrize("command", ["run", "agent"])
def test_the_agent_says_it_before_anything_else(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lanner", command, "--no-such-option"])
    with pytest.raises(SystemExit) as end:
        commands.main()
    assert end.value.code == exits.USAGE
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        f"lanner {command} needs lanner[agent]: install the same wheel with [agent]\n",
    )


def test_the_operator_says_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main() == exits.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "lanner-operator needs lanner[operator]: install the same wheel with [operator]\n"


def test_a_kubeconfig_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "config"
    with pytest.raises(Unreachable) as refused:
        asyncio.run(connection.server(str(path)))
    assert refused.value.message == (
        f"reading the kubeconfig {path} needs lanner[kubeconfig]: install the same wheel with [kubeconfig]"
    )

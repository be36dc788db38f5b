# SPDX-License-Identifier: Apache-2.0
"""--select and --priority: what `lanner check` counts is what `lanner run` would load."""

from __future__ import annotations

import pathlib

import pytest

from tests.agent.cli.command import lanner

RULES = """\
- rule: first
  desc: d
  condition: evt.type = open
  output: x
  priority: NOTICE
  tags: [file]
- rule: second
  desc: d
  condition: evt.type = execve
  output: x
  priority: DEBUG
  tags: [process]
"""


@pytest.fixture
def rules(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ([], "2 rules for execve, open"),
        (["--priority", "notice"], "1 rule for open"),
        (["--select", "disable", "*", "--select", "enable", "tag:process"], "1 rule for execve"),
        (["--select", "enable", "tag:process", "--select", "disable", "s*"], "1 rule for open"),
    ],
)
def test_rules_are_turned_on_and_off_in_order(rules: pathlib.Path, options: list[str], counted: str) -> None:
    done = lanner("check", str(rules), *options)
    assert done.returncode == 0
    assert counted in done.stdout


@pytest.mark.parametrize("name", ["thrid", "tag:fiel"])
def test_a_switch_that_names_no_rule_is_refused(rules: pathlib.Path, name: str) -> None:
    done = lanner("check", str(rules), "--select", "disable", name)
    assert done.returncode == 2
    assert name.removeprefix("tag:") in done.stderr

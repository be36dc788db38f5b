# SPDX-License-Identifier: Apache-2.0
"""The digest of a rule: the same in every process, another when anything that decides or is said is
another.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from lanner_engine.program.digest import digest
from lanner_engine.program.load import check
from lanner_engine.source import Source

RULES = """
- list: shells
  items: [sh, bash]
- macro: shell
  condition: proc.name in (shells)
- rule: Shell
  desc: a shell
  condition: evt.type = execve and shell
  output: ran %proc.cmdline
  priority: NOTICE
  exceptions:
    - name: known
      fields: [proc.name, user.name]
      values: [[sh, ann], [bash, bob], [sh, carl], [bash, dan], [ksh, eve], [zsh, fay]]
"""
SCRIPT = f"""
from lanner_engine.program.digest import digest
from lanner_engine.program.load import check
from lanner_engine.source import Source
print(digest(check([Source("r", {RULES!r})]).rules[0]))
"""


def made(text: str) -> str:
    (rule,) = check([Source("rules.yaml", text)]).rules
    return digest(rule)


def test_it_is_the_same_in_another_process() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {made(RULES)}
    assert len(made(RULES)) == 16


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[sh, bash]", "[sh, bash, ksh]"),
        ("proc.name in (shells)", "proc.name in (shells) and user.uid = 0"),
        ("%proc.cmdline", "%proc.name"),
        ("NOTICE", "WARNING"),
        ("fay", "gus"),
    ],
)
def test_a_change_of_anything_it_is_made_of_makes_another(old: str, new: str) -> None:
    assert made(RULES.replace(old, new)) != made(RULES)


def test_where_it_stands_and_what_it_is_explained_by_makes_none() -> None:
    assert made("\n# a comment\n" + RULES.replace("a shell", "any shell")) == made(RULES)

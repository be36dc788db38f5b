# SPDX-License-Identifier: Apache-2.0
"""`lanner fields [PATTERN]`: the table, chosen by a pattern, and what is said when nothing fits."""

from __future__ import annotations

from lanner_engine.fields.table import FIELDS
from tests.agent.cli.command import lanner


def test_all_fields_are_listed() -> None:
    done = lanner("fields")
    assert done.returncode == 0
    heads = [line for line in done.stdout.splitlines() if line[:1] != " "]
    assert len(heads) == len(FIELDS)


def test_a_pattern_chooses() -> None:
    done = lanner("fields", "user.uid")
    assert done.stdout == "user.uid  UINT32\n    user id of the thread; answered by every event\n"


def test_nothing_that_fits_is_a_problem_with_a_suggestion() -> None:
    done = lanner("fields", "proc.nmae\x1b")
    assert (done.returncode, done.stdout) == (1, "")
    assert "proc.nmae\\x1b" in done.stderr
    assert "did you mean proc.name?" in done.stderr

# SPDX-License-Identifier: Apache-2.0
"""`lanner fields [PATTERN]`: the tables, chosen by a pattern, and what is said when nothing fits."""

from __future__ import annotations

from lanner_engine.fields.table import FIELDS
from lanner_engine.fields.tables.event_names import EVENT_NAMES, HOT, RECORDED
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


def test_all_events_are_listed() -> None:
    done = lanner("fields", "--events")
    assert done.returncode == 0
    heads = [line.partition("  ") for line in done.stdout.splitlines() if line[:1] != " "]
    assert [name for name, _, _ in heads] == sorted(EVENT_NAMES)
    assert {name for name, _, said in heads if said.startswith("recorded")} == RECORDED
    assert {name for name, _, said in heads if said == "recorded, hot"} == HOT


def test_an_event_is_shown_with_its_parameters() -> None:
    done = lanner("fields", "--events", "dup?")
    assert done.stdout == (
        "dup2  recorded\n    res:ERRNO, oldfd:FD, newfd:FD\n"
        "dup3  recorded\n    res:ERRNO, oldfd:FD, newfd:FD, flags:FLAGS32\n"
    )
    assert lanner("fields", "--events", "getcwd").stdout == "getcwd  not recorded\n"


def test_no_event_that_fits_is_a_problem_with_a_suggestion() -> None:
    done = lanner("fields", "--events", "opnat")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "lanner: no event is called opnat. did you mean openat?\n"

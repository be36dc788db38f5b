# SPDX-License-Identifier: Apache-2.0
"""Alerts, explanations, hits and times -> what stands on a page; without a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanner_page import bars, processes, reasons, rows, words
from lanner_page.source import Alert, Explanation
from tests.page import hostile, made
from tests.page.scenes import SCENES

NS = words.NS


def alert(**fields: Any) -> Alert:
    one = made.alert(SCENES[0], 0)
    return replace(one, body={**one.body, "output_fields": fields})


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "now"),
        (0, "now"),
        (1, "1 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (200_000, "2 d ago"),
    ],
)
def test_a_time_is_told_in_its_largest_unit(seconds: int, said: str) -> None:
    assert words.ago(0, seconds * NS) == said


@pytest.mark.parametrize(
    ("ns", "said"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_200, "1.2 µs"),
        (31_000_000, "31 ms"),
        (840_000_000, "840 ms"),
        (1_910_000_000, "1.91 s"),
        (1234 * NS, "1234 s"),
    ],
)
def test_a_duration_has_three_digits(ns: int, said: str) -> None:
    assert words.duration(ns) == said


def test_an_instant_beyond_the_calendar_is_its_end() -> None:
    assert words.instant(1 << 63).startswith("2262-")
    assert words.instant(1 << 80).startswith("9999-12-31")
    assert words.instant(-1).startswith("1970-01-01")


def test_the_line_of_processes_has_the_oldest_first() -> None:
    found = processes.line(
        alert(**{"proc.cmdline": "c", "proc.pname": "p", "proc.acmdline[2]": "g", "proc.pid": 7})
    )
    assert [one.title for one in found] == ["g", "p", "c"]
    assert [one.last for one in found] == [False, False, True]
    assert found[-1].pid == "7"


def test_a_process_between_that_is_not_known_keeps_its_place() -> None:
    found = processes.line(alert(**{"proc.name": "c", "proc.aname[3]": "g", "proc.aname[1]": None}))
    assert [one.title for one in found] == ["g", "unknown", "unknown", "c"]


@pytest.mark.parametrize(
    "name",
    [
        "proc.aname[33]",
        "proc.aname[999999999]",
        "proc.aname[-1]",
        "proc.aname[²]",
        "proc.aname[1]x",
        "xproc.pname",
    ],
)
def test_a_name_that_is_no_ancestor_makes_no_process(name: str) -> None:
    assert processes.line(alert(**{name: "x"})) == ()


def test_a_body_that_is_none_shows_nothing() -> None:
    one = replace(made.alert(SCENES[0], 0), body={"output_fields": "x", "tags": 3})
    assert processes.line(one) == ()


def test_lines_of_an_explanation_come_apart() -> None:
    lines = ("true*    lanner_exec", "false      a = 1   [a: 2]   [b: 3]", "* follows: the rule fired.")
    found = reasons.reasons(Explanation(True, "x:1:1", "c", lines))
    assert found == (
        reasons.Reason("true", True, 0, "lanner_exec", ()),
        reasons.Reason("false", False, 1, "a = 1", ("a: 2", "b: 3")),
        reasons.Reason("", False, 0, "* follows: the rule fired.", ()),
    )


def test_the_highest_bar_fills_the_picture_and_one_hit_is_seen() -> None:
    assert bars.bars((0, 1, 1000)) == (bars.Bar(110, 18, 2), bars.Bar(115, 0, 20))
    assert bars.bars(()) == ()
    assert len(bars.bars(range(1, 100))) == 24


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=list(hostile.TEXTS))
def test_a_row_holds_nothing_that_is_not_seen(text: str) -> None:
    row = rows.row(replace(made.alert(SCENES[0], 0), rule=text, text=text, node=text, pod=text, id=text), 0)
    for one in (row.rule, row.text, row.node, row.where):
        assert one.isprintable()
        assert len(one) <= 400
    row.id.encode()


def test_time_and_priority_of_the_output_are_not_said_twice() -> None:
    one = made.alert(SCENES[1], 0)
    assert one.text.startswith("00:00:00.000000000: Warning A sensitive")
    assert rows.said(one).startswith("A sensitive")

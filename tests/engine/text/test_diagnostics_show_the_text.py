# SPDX-License-Identifier: Apache-2.0
"""Rendered diagnostics: place, line, mark and hint; hostile text cannot move the cursor or hide the mark."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.diagnostics import render, suggest
from lanner_engine.source import NOWHERE, Diagnostic, Severity, Source, Span


def _shown(text: str, start: int, end: int, hint: str = "", severity: Severity = "error") -> list[str]:
    span = Span(Source("rules.yaml", text), start, end)
    return render(Diagnostic(severity, "LOAD_ERR_X", "what is wrong", span, hint)).split("\n")


def test_all_parts() -> None:
    assert _shown("- one\n  two: three\n", 13, 18, "do this") == [
        "rules.yaml:2:8: error: what is wrong [LOAD_ERR_X]",
        "      two: three",
        "           ^~~~~",
        "    hint: do this",
    ]


def test_no_hint_and_a_warning() -> None:
    assert _shown("one", 0, 0, severity="warning") == [
        "rules.yaml:1:1: warning: what is wrong [LOAD_ERR_X]",
        "    one",
        "    ^",
    ]


def test_the_mark_stays_on_its_line() -> None:
    assert _shown("one two\nthree", 4, 13)[1:] == ["    one two", "        ^~~"]


def test_behind_the_end() -> None:
    assert _shown("one\n", 3, 3)[1:] == ["    one", "       ^"]
    assert _shown("one\n", 4, 4)[0].startswith("rules.yaml:2:1:")


def test_without_a_text_only_the_first_line() -> None:
    assert render(Diagnostic("error", "C", "m", NOWHERE)) == "<none>:1:1: error: m [C]"


@pytest.mark.parametrize(
    ("text", "marked", "lines"),
    [
        ("\ta\tbad", "bad", ["        a    bad", "             ^~~"]),
        ("漢字 bad", "bad", ["    漢字 bad", "         ^~~"]),
        ("e\u0301 bad", "bad", ["    e\u0301 bad", "      ^~~"]),
        ("\x1b[2J bad", "bad", ["    \\x1b[2J bad", "            ^~~"]),
        ("a\rb bad", "bad", ["    a\\rb bad", "         ^~~"]),
        ("\u202ebad\u200b", "bad", ["    \\u202ebad\\u200b", "          ^~~"]),
        ("x \x00 y", "\x00", ["    x \\0 y", "      ^~"]),
        ("\udcff bad", "bad", ["    \\udcff bad", "           ^~~"]),
        ("\U000e0041 bad", "bad", ["    \\U000e0041 bad", "               ^~~"]),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, marked: str, lines: list[str]) -> None:
    start = text.index(marked)
    assert _shown(text, start, start + len(marked))[1:] == lines


def test_long_lines_are_cut_around_the_mark() -> None:
    text = "a" * 500 + " bad " + "b" * 500
    _, line, mark = _shown(text, 501, 504)
    assert len(line) < 120
    assert line.strip().startswith("…a")
    assert line.endswith("b…")
    assert line[mark.index("^") :].startswith("bad")
    assert mark.strip() == "^~~"


def test_a_long_mark_is_cut() -> None:
    _, line, mark = _shown("a" * 5_000, 0, 5_000)
    assert len(line) < 120
    assert len(mark) < 120
    assert mark.strip("~ ") == "^"


def test_colour_paints_and_nothing_else() -> None:
    diagnostic = Diagnostic("error", "C", "m", Span(Source("f", "text"), 0, 4), "h")
    painted = render(diagnostic, colour=True)
    assert painted.startswith("\x1b[1mf:1:1:\x1b[0m \x1b[1;31merror:\x1b[0m m [C]")
    for tone in ("\x1b[1m", "\x1b[1;31m", "\x1b[36m", "\x1b[0m"):
        painted = painted.replace(tone, "")
    assert painted == render(diagnostic)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60), st.text(max_size=20))
@settings(deadline=None, max_examples=500)
def test_any_text_is_four_printable_lines(text: str, start: int, length: int, other: str) -> None:
    start = min(start, len(text))
    span = Span(Source(other, text), start, min(start + length, len(text)))
    lines = render(Diagnostic("error", "C", other, span, other)).split("\n")
    assert len(lines) <= 4
    categories = {unicodedata.category(character) for line in lines for character in line}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("name", "candidates", "suggestion"),
    [
        ("proc.nam", ["proc.name", "fd.name"], "did you mean proc.name?"),
        ("spawned_proces", {"spawned_process": 1, "container": 2}, "did you mean spawned_process?"),
        ("Container", ["container"], "did you mean container?"),
        ("nothing", ["proc.name", "fd.name"], ""),
        ("x", [], ""),
        ("a" * 5_000, ["a" * 4_999], ""),
    ],
)
def test_misspelt_names_are_suggested(name: str, candidates: list[str], suggestion: str) -> None:
    assert suggest(name, candidates) == suggestion

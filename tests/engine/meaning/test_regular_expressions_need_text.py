# SPDX-License-Identifier: Apache-2.0
"""The text that a regular expression cannot match without is in every value that it matches."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.fields.regex import compile_regex, needed_text

PIECES = st.sampled_from(
    [
        *("a", "b", "ab", ".", "*", "+", "?", "{2}", "{0,1}", "(a|b)", "(ab)", "[ab]", "[^a]", "[[:alpha:]]"),
        *(
            "[]a]",
            "|",
            "\\.",
            "\\*",
            "^",
            "$",
            "é",
            "(",
            ")",
            "[",
            "((a)b)",
            "\\x61",
            "\\n",
            "/",
            "c",
            "(?i)",
        ),
        *("{", "}"),
    ]
)
VALUES = st.lists(
    st.sampled_from([b"a", b"b", b"ab", b"c", b"/", b".", b"*", b"A", b"\n", "é".encode(), b"\xff"]),
    max_size=8,
)


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("/etc/passwd", "/etc/passwd"),
        (".*/\\.ssh/.*", "/.ssh/"),
        ("/(home|root)/[^/]+/\\.aws/.*", "/.aws/"),
        ("abc?d", "ab"),
        ("abc+d", "abc"),
        ("abc+*d", "ab"),
        ("abc+{0}d", "ab"),
        ("ab{0,2}cd", "cd"),
        ("abc|def", ""),
        ("(abc)+", ""),
        ("((a)b)cde", ""),
        ("\\x41bc", ""),
        ("ab[\\]]cd", ""),
        ("", ""),
    ],
)
def test_the_longest_sure_stretch_is_found(pattern: str, needed: str) -> None:
    assert needed_text(pattern.encode()) == needed.encode()


@settings(max_examples=1_500, deadline=None)
@given(st.lists(PIECES, max_size=7).map("".join), st.lists(VALUES.map(b"".join), min_size=1, max_size=20))
def test_no_value_without_it_is_matched(pattern: str, values: list[bytes]) -> None:
    try:
        matches = compile_regex(pattern.encode())
    except re2.error:
        return
    needed = needed_text(pattern.encode())
    assert all(needed in value for value in values if matches(value))

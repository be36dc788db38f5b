# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come in, out comes one line that a terminal prints and a JSON parser gives back."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanner_agent.publish import escape

CASES = [
    (b"plain text", "plain text"),
    (b'say "hi"', r"say \"hi\""),
    (rb"C:\x", r"C:\\x"),
    (b"a\nb\tc\rd", r"a\nb\tc\rd"),
    (b"\x1b[2J\x07", r"\u001b[2J\u0007"),
    (b"\x00", r"\u0000"),
    (b"del\x7f", r"del\u007f"),
    (b"bad \xff\xfe end", "bad \ufffd\ufffd end"),
    (b"cut \xe2\x82", "cut \ufffd"),
    ("csi \u009b31m".encode(), r"csi \u009b31m"),
    ("rtl \u202egnp.exe".encode(), r"rtl \u202egnp.exe"),
    ("isolate \u2066x\u2069".encode(), r"isolate \u2066x\u2069"),
    ("zero\u200bwidth\u200d\ufeff".encode(), r"zero\u200bwidth\u200d\ufeff"),
    ("line\u2028sep\u2029".encode(), r"line\u2028sep\u2029"),
    ("tag \U000e0041".encode(), r"tag \udb40\udc41"),
    ("soft\u00adhyphen filler\u3164".encode(), r"soft\u00adhyphen filler\u3164"),
    ("naïve 日本語 🦅".encode(), "naïve 日本語 🦅"),
    (b"\xed\xa0\x80 lone surrogate", "\ufffd\ufffd\ufffd lone surrogate"),
]


@pytest.mark.parametrize(("raw", "line"), CASES)
def test_bytes_come_out_as(raw: bytes, line: str) -> None:
    assert escape.quoted(escape.decode(raw)) == line


@given(st.binary(max_size=300))
def test_any_bytes_stay_one_printable_line(raw: bytes) -> None:
    line = escape.quoted(escape.decode(raw))
    assert line.isprintable()
    assert json.loads(f'"{line}"') == raw.decode("utf-8", "replace")


@given(st.text(max_size=100))
def test_any_text_loses_control_and_format_characters(text: str) -> None:
    line = escape.quoted(text)
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_a_long_name_is_cut_with_an_ellipsis() -> None:
    assert escape.shown(b"n" * 500, limit=10) == "n" * 9 + "…"

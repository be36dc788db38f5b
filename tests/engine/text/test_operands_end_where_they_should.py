# SPDX-License-Identifier: Apache-2.0
"""Operands alone, as they stand behind a % in an output: the longest valid stretch, and no more."""

from __future__ import annotations

import pytest

from lanner_engine.ast import Check
from lanner_engine.parser.operand import MAX_NESTING, operand_prefix, parse_operand
from lanner_engine.parser.printer import print_condition
from lanner_engine.source import RuleError
from lanner_engine.text import plain


@pytest.mark.parametrize(
    ("text", "operand"),
    [
        ("proc.name", "proc.name"),
        ("proc.name and", "proc.name"),
        ("proc.name.", "proc.name"),
        ("proc.name)", "proc.name"),
        ("proc.name[", "proc.name"),
        ("proc.name[]", "proc.name"),
        ("proc.name[a b]", "proc.name"),
        ("proc.aname[2]]", "proc.aname[2]"),
        ("proc.aname[2][3]", "proc.aname[2]"),
        ('proc.env["A B"]=', 'proc.env["A B"]'),
        ("toupper(proc.name)x", "toupper(proc.name)"),
        ("getopt(proc.args, 'a:')[a]b", "getopt(proc.args,a:)[a]"),
        ("getopt(proc.args, 'a:')[a", "getopt(proc.args,a:)"),
    ],
)
def test_longest_prefix(text: str, operand: str) -> None:
    made, end = operand_prefix(plain(f"shown %{text}"), 7)
    assert print_condition(Check(made, "exists")) == f"{operand} exists"
    again, whole = operand_prefix(plain(text[: end - 7]))
    assert (again, whole) == (made, end - 7)
    assert again.span.source.text == text[: again.span.end]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a field or a transformer, found the end of the condition"),
        ("name", "expected a field or a transformer, found name"),
        ("%", "expected a field or a transformer, found %"),
        ("val(proc.name)", "expected a field or a transformer, found val"),
        ("toupper(", "expected an argument of toupper(), found the end of the condition"),
    ],
)
def test_no_operand(text: str, message: str) -> None:
    with pytest.raises(RuleError) as raised:
        operand_prefix(plain(text))
    assert [one.message for one in raised.value.diagnostics] == [message]


def test_nothing_may_follow_a_whole_operand() -> None:
    with pytest.raises(RuleError) as raised:
        parse_operand(plain("proc.name x"))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.span.position() == (1, 10)


def test_the_deepest_operand_parses() -> None:
    text = "tolower(" * MAX_NESTING + "a.b" + ")" * MAX_NESTING
    assert parse_operand(plain(text))
    with pytest.raises(RuleError):
        parse_operand(plain(f"tolower({text})"))

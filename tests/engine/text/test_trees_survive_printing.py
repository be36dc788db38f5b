# SPDX-License-Identifier: Apache-2.0
"""For any tree the parser can make, parse(print_source(tree)) is that tree."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine import tokens
from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, MacroRef, Not, Or, Transformer
from lanner_engine.parser.condition import parse
from lanner_engine.parser.operand import operand_prefix, parse_operand
from lanner_engine.parser.printer import print_condition, print_source
from lanner_engine.text import plain

_NAME = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
_FIELD_NAME = st.lists(_NAME, min_size=2, max_size=3).map(".".join)
_ARGUMENT = st.none() | st.binary(max_size=6) | st.sampled_from([b"2", b"a.b/c", b"a=b", b"\x80", b'"'])
_FIELD = st.builds(FieldRef, _FIELD_NAME, _ARGUMENT)
_QUOTED = st.binary(max_size=8).map(lambda value: Literal(value, quoted=True))
_WORDS = st.from_regex(tokens.BARE, fullmatch=True).filter(lambda word: word.isprintable())
_BARE = _WORDS.map(lambda word: Literal(word.encode(), quoted=False))
_NUMBER = st.from_regex(tokens.NUMBER, fullmatch=True).filter(str.isascii).map(lambda n: Literal(n.encode()))


def _transformers(inner: st.SearchStrategy[FieldRef | Transformer]) -> st.SearchStrategy[Transformer]:
    element = inner | _QUOTED | _NUMBER
    listed = st.lists(element, max_size=3).map(lambda items: ListLiteral(tuple(items)))
    arguments = st.lists(element | listed, min_size=1, max_size=3).map(tuple)
    return st.builds(Transformer, st.sampled_from(tokens.TRANSFORMERS), arguments, _ARGUMENT)


_OPERAND = st.recursive(_FIELD, _transformers, max_leaves=4)
_COMPARED = _transformers(_OPERAND) | _FIELD.map(lambda field: Transformer("val", (field,)))
_VALUE = _QUOTED | _BARE
_LIST = st.lists(_VALUE, max_size=4).map(lambda items: ListLiteral(tuple(items)))
_STRING_OPERATORS = st.sampled_from(
    [
        "=",
        "==",
        "!=",
        "glob",
        "iglob",
        "contains",
        "icontains",
        "bcontains",
        "startswith",
        "endswith",
        "regex",
    ]
)
_CHECK = (
    st.builds(lambda left: Check(left, "exists"), _OPERAND)
    | st.builds(Check, _OPERAND, st.sampled_from(["<", "<=", ">", ">="]), _NUMBER | _COMPARED)
    | st.builds(Check, _OPERAND, _STRING_OPERATORS, _VALUE | _COMPARED)
    | st.builds(Check, _OPERAND, _STRING_OPERATORS, _LIST, st.sampled_from(["oneof", "anyof", "allof"]))
    | st.builds(Check, _OPERAND, st.sampled_from(["in", "intersects", "pmatch"]), _LIST | _COMPARED)
)
_MACRO = _NAME.filter(lambda name: name not in tokens.KEYWORDS).map(MacroRef)


def _joined(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.builds(Not, inner) | st.builds(And, several) | st.builds(Or, several)


_TREE = st.recursive(_CHECK | _MACRO, _joined, max_leaves=12)


@given(_TREE)
@settings(deadline=None, max_examples=400)
def test_a_tree_is_read_as_it_was_printed(tree: Expr) -> None:
    assert parse(plain(print_source(tree))) == tree


@given(_TREE)
@settings(deadline=None, max_examples=200)
def test_the_printing_form_is_one_line_of_text(tree: Expr) -> None:
    printed = print_condition(tree)
    assert not re.search(r"[\n\r\t\x00]", printed)
    printed.encode()


@given(_OPERAND, st.sampled_from(["", " ", ")", ". and", "%", ",", "\n", "é"]))
@settings(deadline=None, max_examples=200)
def test_an_operand_ends_where_its_text_ends(made: FieldRef | Transformer, rest: str) -> None:
    text = print_source(Check(made, "exists")).removesuffix(" exists")
    assert parse_operand(plain(text)) == made
    assert operand_prefix(plain(f"%{text}{rest}"), 1) == (made, 1 + len(text))

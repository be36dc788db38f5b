# SPDX-License-Identifier: Apache-2.0
"""Random words as conditions: reading on after an error changes nothing for good ones, invents no error in
front of the first, and ends.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.ast import Expr
from lanner_engine.parser.condition import parse
from lanner_engine.parser.recovery import MAX_ERRORS, parse_on
from lanner_engine.source import Diagnostic, RuleError
from lanner_engine.text import Text, plain

WORDS = [
    *("proc.name", "=", "a", "in", "(", ")", ",", "and"),
    *("or", "not", "macro", "'q r'", '"', "exists", "=="),
]
CONDITIONS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@settings(max_examples=500, deadline=None)
@given(CONDITIONS)
def test_the_first_error_stays_and_good_conditions_are_what_they_were(condition: str) -> None:
    text = plain(condition)
    found = parse_on(text)
    first, tree = _parsed(text)
    assert found.errors[: len(first)] == first
    assert len(set(found.errors)) == len(found.errors) <= MAX_ERRORS
    assert bool(found.errors) == bool(first)
    assert found.errors or found.tree == tree


def _parsed(text: Text) -> tuple[tuple[Diagnostic, ...], Expr | None]:
    try:
        return (), parse(text)
    except RuleError as error:
        return error.diagnostics, None


def test_a_thousand_errors_are_not_all_shown() -> None:
    found = parse_on(plain(" and ".join(["proc.name === a"] * 1_000)))
    assert len(found.errors) == MAX_ERRORS
    assert found.tree is None

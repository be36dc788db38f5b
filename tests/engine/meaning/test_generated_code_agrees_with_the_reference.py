# SPDX-License-Identifier: Apache-2.0
"""Random well-typed conditions on random facts: every way to the answer gives the same answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.ast import Expr
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.passes.event_types import event_types
from lanner_engine.passes.fold import fold
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.order import order
from lanner_engine.reference.evaluate import evaluate
from tests.engine.meaning.random_conditions import CONDITION, EVENT
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainEvent


@settings(max_examples=300, deadline=None)
@given(CONDITION, st.lists(EVENT, min_size=1, max_size=4))
def test_one_rule_matches_exactly_when_the_reference_says_so(
    condition: Expr, events: list[PlainEvent]
) -> None:
    checked = rule(condition)
    program = compile_rules([checked])
    for event in events:
        assert (program.match(event) == (checked,)) == evaluate(condition, event)


@settings(max_examples=300, deadline=None)
@given(st.lists(CONDITION, min_size=2, max_size=6), st.lists(EVENT, min_size=1, max_size=4))
def test_of_several_rules_the_first_true_one_is_returned(
    conditions: list[Expr], events: list[PlainEvent]
) -> None:
    rules = [rule(condition) for condition in conditions]
    program = compile_rules(rules)
    for event in events:
        wanted = next((r for r, c in zip(rules, conditions, strict=True) if evaluate(c, event)), None)
        assert program.match(event) == (() if wanted is None else (wanted,))


@settings(max_examples=300, deadline=None)
@given(st.lists(CONDITION, min_size=2, max_size=8), st.lists(EVENT, min_size=1, max_size=4))
def test_of_several_rules_all_true_ones_are_returned_in_order(
    conditions: list[Expr], events: list[PlainEvent]
) -> None:
    rules = [rule(condition) for condition in conditions]
    program = compile_rules(rules, matching="all")
    for event in events:
        wanted = tuple(r for r, c in zip(rules, conditions, strict=True) if evaluate(c, event))
        assert program.match(event) == wanted


@settings(max_examples=300, deadline=None)
@given(CONDITION, EVENT)
def test_event_types_never_leave_out_an_event_on_which_the_condition_is_true(
    condition: Expr, event: PlainEvent
) -> None:
    types = event_types(normalise(fold(condition)))
    assert event.type in types or not evaluate(condition, event)


@settings(max_examples=300, deadline=None)
@given(CONDITION, EVENT)
def test_no_pass_that_rewrites_changes_an_answer(condition: Expr, event: PlainEvent) -> None:
    wanted = evaluate(condition, event)
    assert evaluate(fold(condition), event) == wanted
    assert evaluate(normalise(condition), event) == wanted
    assert evaluate(order(condition), event) == wanted

# SPDX-License-Identifier: Apache-2.0
"""A condition implies another only where it is never true alone; what shape shows is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.ast import And, Expr, Or
from lanner_engine.passes.fold import fold
from lanner_engine.passes.implies import MAX_DEPTH
from lanner_engine.passes.implies import implies as implied
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.order import order
from lanner_engine.program.load import check
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.source import Source
from lanner_engine.steps import Steps, TooManyStepsError
from tests.engine.meaning.random_conditions import CONDITION, EVENT
from tests.engine.plain_facts import PlainEvent

ENOUGH = 10_000


def implies(narrow: Expr, wide: Expr, most: int = ENOUGH) -> bool:
    return implied(narrow, wide, Steps(most, "a test"))


def final(condition: Expr) -> Expr:
    return order(normalise(fold(condition)))


@settings(max_examples=150, deadline=None)
@given(CONDITION, CONDITION, st.lists(EVENT, min_size=1, max_size=3))
def test_what_is_implied_is_true_too(one: Expr, other: Expr, events: list[PlainEvent]) -> None:
    """Of any two conditions, and of those that share parts, which imply each other more often."""
    both, either = And((one, other)), Or((one, other))
    pairs = [(one, other), (both, either), (both, one), (one, either), (either, one), (one, both)]
    for narrow, wide in pairs:
        if implies(final(narrow), final(wide)):
            for event in events:
                assert evaluate(wide, event) or not evaluate(narrow, event)


def condition(text: str) -> Expr:
    written = f"- {{rule: r, desc: d, condition: '{text}', output: o, priority: INFO}}"
    (rule,) = check([Source("r.yaml", written)]).rules
    return rule.condition


def opening(text: str) -> Expr:
    return condition(f"evt.type = open and ({text})")


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("proc.name = sh", "proc.name in (bash, sh)"),
        ("proc.name in (bash, sh)", "proc.name in (sh, bash, zsh)"),
        ("proc.name = sh and fd.name = /a", "proc.name = sh"),
        ("proc.name = sh", "proc.name = sh or proc.pid = 1"),
        ("proc.name = sh or proc.name = bash", "proc.name in (sh, bash)"),
        ("fd.name = /etc/shadow", "fd.name startswith /etc/"),
        ("fd.name startswith /etc/ssh/", "fd.name startswith /etc/"),
        ("fd.name startswith /etc/ssh/", "fd.name contains ssh"),
        ("fd.name in (/a.so, /b.so)", "fd.name endswith .so"),
        ("not proc.name in (sh, bash)", "not proc.name = sh"),
        ("not (proc.name = sh or proc.pid = 1)", "proc.pid != 2 or not proc.pid = 1"),
    ],
)
def test_a_wider_condition_is_implied_and_not_the_other_way(narrow: str, wide: str) -> None:
    open_, wide_open = (
        condition(f"evt.type = open and ({narrow})"),
        condition(f"evt.type = open and ({wide})"),
    )
    assert implies(open_, wide_open)
    if narrow != "proc.name = sh or proc.name = bash":
        assert not implies(wide_open, open_)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("proc.name = sh", "proc.pname = sh"),
        ("proc.name = sh", "not proc.name = bash"),
        ("proc.name contains s", "proc.name startswith s"),
        ("fd.name glob /etc/*", "fd.name startswith /etc/"),
        ("proc.name in (sh, bash)", "proc.name in (sh, zsh)"),
    ],
)
def test_what_shape_does_not_prove_is_not_implied(one: str, other: str) -> None:
    assert not implies(opening(one), opening(other))


def test_steps_and_depth_have_an_end() -> None:
    one = condition("evt.type = open and proc.name = sh and fd.name = /a")
    with pytest.raises(TooManyStepsError):
        implies(one, one, 2)
    deep = one
    for _ in range(MAX_DEPTH):
        deep = Or((And((deep, one)), one))
    assert implies(one, one)
    with pytest.raises(TooManyStepsError):
        implies(condition(_many("a")), condition(_many("b")), 3_000)


def _many(text: str) -> str:
    """A list that takes more than its length to compare with another."""
    operator = "in" if text == "a" else "startswith anyof"
    return f"evt.type = open and fd.name {operator} ({', '.join(f'/{text}{n}' for n in range(2_000))})"

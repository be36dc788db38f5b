# SPDX-License-Identifier: Apache-2.0
"""Which calls a rule can be true on by how they ended: too many are collected at worst, never too few."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.ast import Check, Expr, FieldRef
from lanner_engine.passes.fold import fold
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.outcomes import outcomes
from lanner_engine.program.load import check as load
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.source import Source
from tests.engine.meaning.random_conditions import CONDITION, EVENT, check, conditions
from tests.engine.plain_facts import PlainEvent

TELLING = ("evt.rawres", "evt.res", "evt.failed", "fd.num", "evt.type")
ASKED: st.SearchStrategy[Check] = check(st.sampled_from([FieldRef(name) for name in TELLING]))
OPENS = "evt.type in (open, openat)"
BOTH, GOOD, BAD, NEITHER = (True, True), (True, False), (False, True), (False, False)


@settings(max_examples=600, deadline=None)
@given(conditions(ASKED) | CONDITION, st.lists(EVENT, min_size=1, max_size=8))
def test_a_rule_is_true_only_on_its_outcomes(condition: Expr, events: list[PlainEvent]) -> None:
    found = outcomes(normalise(fold(condition)))
    for event in filter(_happens, events):
        if evaluate(condition, event):
            assert event.type in (found.failed if (event.result or 0) < 0 else found.succeeded)


def _happens(event: PlainEvent) -> bool:
    """An open has a descriptor, which is what it returns; drawn events may say otherwise."""
    if not event.type.startswith("open"):
        return True
    return event.fd is not None and event.fd.num == event.result


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("proc.name = x", BOTH),
        ("fd.num >= 0", GOOD),
        ("fd.num > -1", GOOD),
        ("fd.num < 0", BAD),
        ("not fd.num >= 0", BAD),
        ("not fd.num < 0", GOOD),
        ("evt.rawres >= 0", GOOD),
        ("evt.rawres > 5", GOOD),
        ("evt.rawres <= 0", BOTH),
        ("evt.rawres < 0", BAD),
        ("evt.rawres = -2", BAD),
        ("evt.rawres in (0, -115)", BOTH),
        ("evt.rawres in (-1, -115)", BAD),
        ("evt.res = SUCCESS", GOOD),
        ("evt.res != SUCCESS", BAD),
        ("evt.res = ENOENT", BAD),
        ("evt.res in (SUCCESS, ENOENT)", BOTH),
        ("evt.failed = true", BAD),
        ("evt.failed = false", GOOD),
        ("(fd.num >= 0 or proc.name = x)", BOTH),
        ("(fd.num >= 0 or evt.rawres >= 0) and fd.name = /x", GOOD),
        ("fd.num >= 0 and evt.res = ENOENT", NEITHER),
    ],
)
def test_outcomes_follow_from_the_condition(condition: str, wanted: tuple[bool, bool]) -> None:
    text = f"- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: {OPENS} and {condition}\n"
    (rule,) = load((Source("r.yaml", text),)).rules
    assert ("open" in rule.outcomes.succeeded, "open" in rule.outcomes.failed) == wanted


def test_a_descriptor_that_is_an_argument_says_nothing_of_the_outcome() -> None:
    text = (
        "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n"
        "  condition: evt.type = connect and fd.num >= 0\n"
    )
    (rule,) = load((Source("r.yaml", text),)).rules
    assert "connect" in rule.outcomes.succeeded & rule.outcomes.failed

# SPDX-License-Identifier: Apache-2.0
"""Whenever a rule is true of a record, what the kernel knew of the call's arguments, result and socket left
one of the rule's clauses: the index and the decoder read the same numbers.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, event, given, settings

from lanner_engine.ast import Expr
from lanner_engine.fields import model
from lanner_engine.index.numbers import Source
from tests.agent.index.called import Called, cases
from tests.engine.index import soundness
from tests.engine.meaning.rules import rule

CASES = settings(
    max_examples=int(os.environ.get("LANNER_INDEX_CASES", "100")),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


@CASES
@given(cases())
def test_a_true_rule_has_a_clause_left(case: tuple[list[Expr], list[Called]]) -> None:
    conditions, found = case
    numbers = {id(one.event): one.numbers for one in found}

    def known(asked: model.Event, source: Source) -> int | None:
        return numbers[id(asked)].get(source)

    events: list[model.Event] = [one.event for one in found]
    true = soundness.no_rule_is_lost([rule(condition) for condition in conditions], events, known)
    event("a rule was true" if true else "no rule was true")

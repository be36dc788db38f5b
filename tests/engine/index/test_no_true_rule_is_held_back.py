# SPDX-License-Identifier: Apache-2.0
"""Whenever a rule is true of an event, one of its clauses is left: the index passes too much at worst.

LANNER_INDEX_CASES=100000 draws that many cases; `make fuzz` draws others as well.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanner_engine.ast import Expr
from lanner_engine.index import tables
from tests.engine.index import soundness
from tests.engine.index.near import EVENT, NEAR
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainEvent

CASES = settings(
    max_examples=int(os.environ.get("LANNER_INDEX_CASES", "100")),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
_EVENTS = st.lists(EVENT, min_size=1, max_size=10)


@CASES
@given(st.lists(NEAR, min_size=1, max_size=3), _EVENTS)
def test_a_true_rule_has_a_clause_left(conditions: Sequence[Expr], events: Sequence[PlainEvent]) -> None:
    soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(st.lists(NEAR, min_size=3, max_size=8), _EVENTS)
def test_clauses_that_share_bits_are_not_lost(
    conditions: Sequence[Expr], events: Sequence[PlainEvent]
) -> None:
    with mock.patch.object(tables, "MOST_BITS", 3):
        soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)

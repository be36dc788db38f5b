# SPDX-License-Identifier: Apache-2.0
"""A fixed number of the cases that `make fuzz` draws without end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.meaning.random_conditions import EVENT
from tests.engine.plain_facts import PlainEvent
from tests.fuzz import targets, written
from tests.fuzz.written import UNHURRIED


@settings(max_examples=500, deadline=None, suppress_health_check=UNHURRIED)
@given(written.CONDITIONS)
def test_any_condition_is_a_tree_or_an_error(text: str) -> None:
    targets.condition(text)


@settings(max_examples=250, deadline=None, suppress_health_check=UNHURRIED)
@given(written.FILES, st.lists(EVENT, min_size=1, max_size=3))
def test_any_rules_file_is_rules_and_diagnostics(text: str, events: list[PlainEvent]) -> None:
    targets.rules_file(text, events)

# SPDX-License-Identifier: Apache-2.0
"""Whenever a rule is true of an event, one of its clauses is left: the index passes too much at worst.

LANNER_INDEX_CASES=100000 draws that many cases; `make fuzz` draws others as well.
"""

from __future__ import annotations

import dataclasses
import os
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanner_engine.ast import And, Check, Expr, FieldRef, Literal
from lanner_engine.fields.model import Endpoint, Socket
from lanner_engine.index import actor_tables, room, tables
from lanner_engine.program.scope import HostScope, Scope
from tests.engine.index import soundness
from tests.engine.index.near import actor_cases, cases, path_cases
from tests.engine.index.near_texts import Cases, call_cases, exec_cases
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent

CASES = settings(
    max_examples=int(os.environ.get("LANNER_INDEX_CASES", "100")),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
Case = tuple[list[Expr], list[PlainEvent]]


@CASES
@given(cases())
def test_a_true_rule_has_a_clause_left(case: Case) -> None:
    conditions, events = case
    soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(path_cases())
def test_a_true_rule_on_paths_has_a_clause_left(case: Case) -> None:
    conditions, events = case
    soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(actor_cases())
def test_a_true_rule_on_who_acts_has_a_clause_left(case: Case) -> None:
    conditions, events = case
    soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(call_cases())
def test_a_true_rule_on_paths_of_calls_has_a_clause_left(case: Cases) -> None:
    conditions, events = case
    soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(st.lists(actor_cases(), min_size=3, max_size=6))
def test_beyond_the_first_clauses_who_acts_is_not_asked(drawn: list[Case]) -> None:
    rules = [rule(condition) for conditions, _ in drawn for condition in conditions]
    with mock.patch.object(actor_tables, "ACTOR_BITS", 2):
        soundness.no_rule_is_lost(rules, [event for _, events in drawn for event in events])


@CASES
@given(exec_cases())
def test_a_true_rule_on_paths_of_execs_has_a_clause_left(case: Cases) -> None:
    conditions, events = case
    soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(cases(3, 8))
def test_clauses_that_share_bits_are_not_lost(case: Case) -> None:
    conditions, events = case
    with mock.patch.object(tables, "MAX_BITS", 3):
        soundness.no_rule_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(cases(1, 4), st.integers(0, 3))
def test_what_has_no_room_is_asked_less(case: Case, most: int) -> None:
    conditions, events = case
    with mock.patch.object(room, "MAX_VALUES", most):
        soundness.no_event_is_lost([rule(condition) for condition in conditions], events)


@CASES
@given(cases(1, 4))
def test_rows_that_are_too_many_become_fewer(case: Case) -> None:
    conditions, events = case
    with mock.patch.object(tables, "MAX_ROWS", 6):
        soundness.no_event_is_lost([rule(condition) for condition in conditions], events)


def test_the_other_end_of_a_raw_socket_has_port_0() -> None:
    other = Endpoint(bytes((127, 0, 0, 1)), 0)
    ends = Socket(
        l4proto=b"raw", local=None, remote=other, is_server=False, connected=True, name_changed=False
    )
    descriptor = PlainDescriptor(num=3, type=b"ipv4", typechar=b"4", socket=ends)
    event = PlainEvent(type="connect", result=0, fd=descriptor)
    connects = Check(FieldRef("evt.type"), "=", Literal(b"connect"))
    for field in ("fd.rport", "fd.sport"):
        asked = Check(FieldRef(field), "=", Literal(b"0"))
        assert soundness.no_rule_is_lost([rule(And((connects, asked)))], [event]) == 1


@CASES
@given(cases(1, 1), st.sampled_from(["Exclude", "Include", "Only"]))
def test_a_scope_holds_back_what_it_refuses_only(case: Case, host: HostScope) -> None:
    (condition,), events = case
    soundness.no_rule_is_lost([dataclasses.replace(rule(condition), scope=Scope(host))], events)

# SPDX-License-Identifier: Apache-2.0
"""To ask only the rules whose clauses are left finds what asking all rules finds, in the same order.

LANNER_INDEX_CASES=100000 draws that many cases.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanner_engine.ast import Expr
from lanner_engine.codegen import parts
from lanner_engine.codegen.compile import Matching, Program, compile_rules
from lanner_engine.codegen.parts import nothing
from lanner_engine.fields.model import HOST, Container
from lanner_engine.index import candidates, tables
from lanner_engine.index.candidates import ALL, Candidates
from lanner_engine.index.rows import Row
from lanner_engine.program.load import check
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.scope import Scope
from lanner_engine.source import Source
from tests.engine.index import reading
from tests.engine.index.near import cases
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainEvent, PlainProcess

CASES = settings(
    max_examples=int(os.environ.get("LANNER_INDEX_CASES", "100")),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
Case = tuple[list[Expr], list[PlainEvent]]
MATCHING = st.sampled_from(["first", "all"])
SHOP = Container(b"0123456789ab", b"0" * 64, pod_name=b"p", pod_namespace=b"shop")


def same(program: Program, events: Sequence[PlainEvent]) -> None:
    """What is found of each event by all rules and by its candidates."""
    built = tables.build(program.rules)
    narrowed = Candidates(program, built)
    for event in events:
        left = reading.left(built, event)
        if left == 0:
            assert program.match(event) == ()
        else:
            assert narrowed.asked(event.type, left or ALL).match(event) == program.match(event)


@CASES
@given(cases(1, 6), MATCHING)
def test_of_one_set_of_rules(case: Case, matching: Matching) -> None:
    conditions, events = case
    same(compile_rules([rule(one) for one in conditions], matching=matching), events)


@CASES
@given(cases(3, 8), MATCHING)
def test_where_clauses_share_bits(case: Case, matching: Matching) -> None:
    conditions, events = case
    with mock.patch.object(tables, "MAX_BITS", 3):
        same(compile_rules([rule(one) for one in conditions], matching=matching), events)


@CASES
@given(cases(1, 6), MATCHING)
def test_where_few_functions_are_kept(case: Case, matching: Matching) -> None:
    conditions, events = case
    with mock.patch.object(parts, "MAX_FUNCTIONS", 1), mock.patch.object(candidates, "MAX_SETS", 1):
        same(compile_rules([rule(one) for one in conditions], matching=matching), events)


@CASES
@given(cases(2, 6), MATCHING)
def test_of_the_cluster_and_a_namespace(case: Case, matching: Matching) -> None:
    conditions, events = case
    made = [rule(one) for one in conditions]
    own = [dataclasses.replace(one, scope=Scope("Exclude", b"shop")) for one in made[::2]]
    everywhere = [dataclasses.replace(one, container=SHOP) for one in events if one.container != HOST]
    same(compile_rules(made[1::2], {"shop": own}, matching), [*events, *everywhere])


def loaded(*conditions: str) -> tuple[CheckedRule, ...]:
    text = "".join(
        f"- {{rule: r{at}, desc: d, condition: '{one}', output: x, priority: NOTICE}}\n"
        for at, one in enumerate(conditions)
    )
    return check([Source("rules.yaml", text)]).rules


THREE = (
    "evt.type = execve and proc.name = a and container.name = web",
    "evt.type = execve and proc.name in (a, b)",
    "evt.type in (execve, openat) and proc.name = b",
)


@pytest.fixture
def three() -> tuple[Program, tables.Tables]:
    program = compile_rules(loaded(*THREE))
    return program, tables.build(program.rules)


def bits_of(built: tables.Tables, event_class: str, *rules: int) -> Row:
    return sum(1 << bit for bit, own in enumerate(built[event_class].rules) if own & set(rules))


def test_tables_say_whose_each_bit_is(three: tuple[Program, tables.Tables]) -> None:
    _, built = three
    assert {name: set().union(*one.rules) for name, one in built.items()} == {"exec": {0, 1, 2}, "open": {2}}
    assert all(len(one.rules) == len(one.clauses) for one in built.values())


def test_only_the_rules_of_the_bits_are_asked(three: tuple[Program, tables.Tables]) -> None:
    """Whatever the event is: here it is one that others would be true on."""
    program, built = three
    narrowed = Candidates(program, built)
    event = PlainEvent(type="execve", process=PlainProcess(comm=b"b"))
    found = {
        rules: [one.name for one in narrowed.asked("execve", bits_of(built, "exec", *rules)).match(event)]
        for rules in ((0,), (1,), (2,), (0, 2), (0, 1, 2))
    }
    assert found == {(0,): [], (1,): ["r1"], (2,): ["r2"], (0, 2): ["r2"], (0, 1, 2): ["r1"]}


def test_an_event_waits_for_metadata_only_for_its_candidates(three: tuple[Program, tables.Tables]) -> None:
    program, built = three
    narrowed = Candidates(program, built)
    wait = {at: narrowed.asked("execve", bits_of(built, "exec", at)).needs_metadata for at in range(3)}
    assert wait == {0: True, 1: False, 2: False}
    assert narrowed.asked("execve", ALL).needs_metadata


def test_what_no_table_knows_is_asked_of_all(three: tuple[Program, tables.Tables]) -> None:
    program, built = three
    narrowed = Candidates(program, built)
    assert narrowed.asked("execve", 1 << 511).match is program.functions["execve"]
    assert narrowed.asked("openat", 1 << 60).match is program.functions["openat"]
    assert Candidates(program, {}).asked("execve", 1).match is program.functions["execve"]
    assert narrowed.asked("connect", 1).match is nothing


def test_sets_of_ever_other_bits_fill_no_memory() -> None:
    program = compile_rules(loaded(*(f"evt.type = execve and proc.name = a{at}" for at in range(30))))
    narrowed = Candidates(program, tables.build(program.rules))
    with mock.patch.object(candidates, "MAX_SETS", 50):
        for bits in range(1, 1000):
            narrowed.asked("execve", bits)
            assert len(narrowed._known) <= 50

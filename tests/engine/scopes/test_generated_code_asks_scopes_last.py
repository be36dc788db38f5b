# SPDX-License-Identifier: Apache-2.0
"""Compiled programs with scopes and tenants: who matches, in which order, and what has to be known first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.ast import And, Check, Expr, FieldRef, Literal
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.fields.model import HOST
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.scope import Scope, scope_of
from lanner_engine.reference.evaluate import evaluate
from tests.engine.meaning.random_conditions import CONDITION
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainEvent
from tests.engine.scopes.pods import UNRESOLVED, cluster_rule, pod, tenant_rule

EXEC = Check(FieldRef("evt.type"), "=", Literal(b"execve"))
TEAM_A = {"matchLabels": {"team": "a"}}
CONTAINERS = (
    HOST,
    UNRESOLVED,
    pod(),
    pod("other"),
    pod(labels={"team": "a"}),
    pod(of_namespace={"team": "a"}),
)
SCOPES = (
    None,
    *(scope_of(cluster_rule(hostScope=host)) for host in ("Exclude", "Include", "Only")),
    scope_of(cluster_rule(podSelector=TEAM_A)),
    scope_of(cluster_rule(hostScope="Include", namespaceSelector=TEAM_A)),
)
OWN = (scope_of(tenant_rule("shop")), scope_of(tenant_rule("shop", podSelector=TEAM_A)))


def scoped(condition: Expr, scope: Scope | None, name: str = "r") -> CheckedRule:
    needs = scope is not None and scope.selects
    return replace(rule(condition, name), scope=scope, needs_metadata=needs)


def matching(rules: Sequence[CheckedRule], event: PlainEvent) -> tuple[CheckedRule, ...]:
    """The rules that match, by the reference and Scope.admits alone."""
    return tuple(
        one
        for one in rules
        if (one.scope is None or one.scope.admits(event.container))
        and event.type in one.event_types
        and evaluate(one.condition, event)
    )


def named(name: bytes) -> Check:
    return Check(FieldRef("proc.name"), "=", Literal(name))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(CONDITION, st.sampled_from(SCOPES)), min_size=1, max_size=6),
    st.lists(st.tuples(CONDITION, st.sampled_from(OWN)), max_size=3),
)
def test_any_rules_in_any_scopes_match_as_the_reference_says(
    cluster: list[tuple[Expr, Scope | None]], own: list[tuple[Expr, Scope]]
) -> None:
    ours, theirs = ([scoped(*pair) for pair in pairs] for pairs in (cluster, own))
    first = compile_rules(ours, {"shop": theirs})
    every = compile_rules(ours, {"shop": theirs}, matching="all")
    for event_type, container in product(("execve", "openat"), CONTAINERS):
        event = PlainEvent(type=event_type, container=container)
        of_cluster, of_namespace = matching(ours, event), matching(theirs, event)
        assert first.match(event) == of_cluster[:1] + of_namespace[:1]
        assert every.match(event) == of_cluster + of_namespace


def test_a_refused_scope_lets_later_rules_be_tried() -> None:
    rules = [scoped(EXEC, scope) for scope in SCOPES[1:]]
    program = compile_rules(rules)
    assert program.match(PlainEvent(container=HOST)) == (rules[1],)
    assert program.match(PlainEvent(container=pod())) == (rules[0],)
    last = compile_rules([rules[2], rules[3], rules[1]])
    assert last.match(PlainEvent(container=pod())) == (rules[1],)
    assert last.match(PlainEvent(container=pod(labels={"team": "a"}))) == (rules[3],)


def test_shared_questions_and_guards_keep_scopes_apart() -> None:
    rules = [
        scoped(And((EXEC, named(b"cat" if number == 7 else b"x%d" % number))), SCOPES[number % 4])
        for number in range(8)
    ]
    program = compile_rules(rules)
    assert program.match(PlainEvent(container=HOST)) == (rules[7],)
    assert program.match(PlainEvent(container=pod())) == ()


def test_each_namespace_has_its_own_rules() -> None:
    platform = scoped(EXEC, None)
    a, b = (scoped(EXEC, scope_of(tenant_rule(name)), "same name") for name in "ab")
    program = compile_rules([platform], {"a": [a], "b": [b]})
    assert program.match(PlainEvent(container=pod("a"))) == (platform, a)
    assert program.match(PlainEvent(container=pod("b"))) == (platform, b)
    assert program.match(PlainEvent(container=pod("c"))) == (platform,)
    assert program.match(PlainEvent(container=UNRESOLVED)) == (platform,)
    assert program.rules == (platform, a, b)


def test_tenants_need_no_rules_of_the_cluster() -> None:
    own = scoped(EXEC, OWN[0])
    program = compile_rules([], {"shop": [own]})
    assert program.event_types == {"execve"}
    assert program.match(PlainEvent(container=pod())) == (own,)
    assert program.match(PlainEvent(container=HOST)) == ()
    assert program.match(PlainEvent(type="openat", container=pod())) == ()


def test_only_types_with_selecting_rules_wait_for_the_pod() -> None:
    opening = Check(FieldRef("evt.type"), "=", Literal(b"openat"))
    program = compile_rules([scoped(EXEC, SCOPES[1]), scoped(opening, SCOPES[4])])
    assert [program.needs_metadata(name) for name in ("execve", "openat")] == [False, True]
    assert [program.selects(name) for name in ("execve", "openat")] == [False, True]
    tenant = compile_rules([scoped(EXEC, None)], {"shop": [scoped(opening, OWN[0])]})
    assert [tenant.selects(name) for name in ("execve", "openat")] == [False, True]


def test_a_scope_that_admits_everything_costs_nothing() -> None:
    assert "container" not in compile_rules([scoped(EXEC, SCOPES[2])]).source
    assert "admits" not in compile_rules([], {"shop": [scoped(EXEC, OWN[0])]}).source

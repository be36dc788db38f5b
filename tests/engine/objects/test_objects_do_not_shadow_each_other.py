# SPDX-License-Identifier: Apache-2.0
"""An object is a rules file by itself: its first rule that is true makes the alert, whatever others do."""

from __future__ import annotations

import pytest

from lanner_engine.codegen.compile import Matching, Program, compile_objects, compile_rules
from lanner_engine.codegen.reporting import Reporting
from lanner_engine.index.candidates import ALL, Candidates
from lanner_engine.index.tables import build
from lanner_engine.program.load import check as check_files
from lanner_engine.source import Source
from tests.engine.objects.falco_objects import check, cluster, rule, said, tenant
from tests.engine.plain_facts import PlainEvent, PlainProcess
from tests.engine.scopes.pods import pod

EXEC = "evt.type = execve"
SHELL = f"{EXEC} and proc.name in (sh, bash)"
SHIPPED = cluster("shipped", rule("any shell", SHELL), rule("bash", f"{EXEC} and proc.name = bash"))
OWN = cluster("own", rule("my bash", f"{EXEC} and proc.name = bash"), rule("my shell", SHELL))
SHOP = (tenant("shop", "a", rule("a", EXEC), rule("never", SHELL)), tenant("shop", "b", rule("b", EXEC)))


def execution(name: bytes, namespace: str = "shop") -> PlainEvent:
    return PlainEvent(process=PlainProcess(comm=name), container=pod(namespace))


def found(program: Program, name: bytes, namespace: str = "shop") -> list[str]:
    """What the program finds for an exec in a pod, by itself and among the candidates of the kernel."""
    event = execution(name, namespace)
    made = [one.name for one in program.match(event)]
    asked = Candidates(program, build(program.rules)).asked("execve", ALL)
    assert [one.name for one in asked.match(event)] == made
    return made


@pytest.mark.parametrize(
    ("matching", "bash", "sh"),
    [
        ("first", ["my bash", "any shell", "a", "b"], ["my shell", "any shell", "a", "b"]),
        (
            "all",
            ["my bash", "my shell", "any shell", "bash", "a", "never", "b"],
            ["my shell", "any shell", "a", "never", "b"],
        ),
    ],
)
def test_the_first_rule_of_each_object_makes_an_alert(
    matching: Matching, bash: list[str], sh: list[str]
) -> None:
    program = compile_objects(check(SHIPPED, OWN, *SHOP), matching)
    assert found(program, b"bash") == bash
    assert found(program, b"sh") == sh
    assert found(program, b"bash", "bank") == [one for one in bash if one not in ("a", "b", "never")]
    assert found(program, b"cat", "bank") == []


def test_some_rules_of_several_objects_are_asked_alone() -> None:
    """As the kernel's candidates are."""
    program = compile_objects(check(SHIPPED, OWN, *SHOP))
    tables = build(program.rules)
    some = Candidates(program, tables)
    (rules,) = {one.rules for one in tables.values()}
    event = execution(b"bash")
    own = program.rules.index(next(one for one in program.rules if one.name == "my shell"))
    bits = sum(1 << bit for bit, numbers in enumerate(rules) if own in numbers)
    assert "my shell" in [one.name for one in some.asked("execve", bits).match(event)]


def test_objects_with_one_rule_each_are_all_asked() -> None:
    program = compile_objects(check(cluster("x", rule("x", EXEC)), cluster("y", rule("y", EXEC))))
    assert program.reporting is Reporting.EACH
    assert found(program, b"cat") == ["x", "y"]


def test_rules_files_are_one_as_in_the_language() -> None:
    text = "- {{rule: {0}, desc: d, condition: evt.type = execve, output: o, priority: INFO}}\n"
    checked = check_files([Source("a.yaml", text.format("a")), Source("b.yaml", text.format("b"))])
    program = compile_rules(checked.rules)
    assert program.reporting is Reporting.FIRST
    assert found(program, b"cat") == ["a"]


def test_a_rule_that_is_always_shadowed_in_its_object_is_warned_of() -> None:
    checked = check(SHIPPED, OWN, *SHOP)
    assert "rule bash never makes an alert: any shell is true whenever it is" in said(
        checked, "ClusterFalcoRule/shipped"
    )
    assert "put it before that one" in said(checked, "ClusterFalcoRule/shipped")
    assert said(checked, "ClusterFalcoRule/own") == ""
    assert "rule never never makes an alert: a is true" in said(checked, "FalcoRule/shop/a")
    assert said(checked, "FalcoRule/shop/b") == ""
    assert {one.accepted for one in checked.verdicts.values()} == {True}


def test_a_rule_for_no_event_is_not_shadowed() -> None:
    """The idiom never_true of the public rules."""
    rules = rule("a", EXEC), rule("b", "evt.type = open and evt.num = 0")
    assert "never makes an alert" not in said(check(cluster("x", *rules)), "ClusterFalcoRule/x")


def test_a_rule_that_is_switched_off_shadows_nothing() -> None:
    assert said(check(cluster("x", rule("a", enabled=False), rule("b"))), "ClusterFalcoRule/x") == ""

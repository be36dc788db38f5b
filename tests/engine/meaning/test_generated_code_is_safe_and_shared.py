# SPDX-License-Identifier: Apache-2.0
"""Generated code: no text of rules inside, any nesting, one function for alike events, one question for many
rules.
"""

from __future__ import annotations

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or, Transformer
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.reference.evaluate import evaluate
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

HOSTILE = b"\"'''\\\n__import__('os')#{}%s"


def equals(field: str, value: bytes) -> Check:
    return Check(FieldRef(field), "=", Literal(value))


def test_text_of_rules_reaches_the_code_as_constants_only() -> None:
    argument = FieldRef("container.label", HOSTILE)
    both = Transformer("concat", (FieldRef("proc.name"), Literal(HOSTILE)))
    condition = Or(
        (
            equals("proc.name", HOSTILE),
            Check(argument, "contains", Literal(HOSTILE)),
            Check(both, "endswith", Literal(HOSTILE)),
            Check(FieldRef("fd.name"), "glob", Literal(HOSTILE)),
            Check(FieldRef("fd.name"), "pmatch", ListLiteral((Literal(HOSTILE),))),
        )
    )
    checked = rule(condition, HOSTILE.decode())
    program = compile_rules([checked])
    assert "import" not in program.source
    assert "'" not in program.source.replace("b''", "")
    assert program.match(PlainEvent(process=PlainProcess(comm=HOSTILE))) == (checked,)


def test_conditions_may_nest_deeper_than_python_expressions() -> None:
    condition: Expr = equals("proc.name", b"x")
    for level in range(100):
        other = equals("proc.name", b"%d" % level)
        condition = Or((other, condition)) if level % 2 else And((Not(other), condition))
    checked = rule(condition)
    program = compile_rules([checked])
    for name in (b"x", b"1", b"2", b"98", b"99", b"y"):
        event = PlainEvent(process=PlainProcess(comm=name))
        assert (program.match(event) == (checked,)) == evaluate(condition, event)


def test_event_types_with_the_same_rules_share_a_function() -> None:
    names = ListLiteral((Literal(b"open"), Literal(b"openat")))
    program = compile_rules(
        [rule(And((Check(FieldRef("evt.type"), "in", names), equals("proc.name", b"x"))))]
    )
    assert program.event_types == {"open", "openat"}
    assert program.functions["open"] is program.functions["openat"]
    assert program.source.count("def ") == 1


def test_a_rule_that_can_never_be_true_costs_nothing() -> None:
    program = compile_rules([rule(And((equals("evt.num", b"0"), equals("proc.name", b"x"))))])
    assert program.event_types == frozenset()
    assert program.match(PlainEvent()) == ()


def test_a_value_is_read_once_for_all_rules() -> None:
    reads: list[str] = []

    class Counting(PlainEvent):
        __slots__ = ()

        @property
        def fd(self) -> PlainDescriptor:
            reads.append("fd")
            return PlainDescriptor(name=b"/x")

    rules = [rule(Check(FieldRef("fd.name"), "startswith", Literal(b"/%d" % n))) for n in range(20)]
    stored = object.__new__(Counting)
    object.__setattr__(stored, "type", "open")
    assert compile_rules(rules).match(stored) == ()
    assert reads == ["fd"]


def test_what_neighbouring_rules_share_is_asked_once() -> None:
    shared = equals("evt.is_open_read", b"true")
    rules = [rule(And((equals("proc.name", b"%d" % n), shared))) for n in range(5)]
    assert compile_rules(rules).source.count("e.open_read") == 1

# SPDX-License-Identifier: Apache-2.0
"""What must hold whatever is written: loading raises nothing, and what loads means one thing."""

from __future__ import annotations

from collections.abc import Sequence

from lanner_engine import diagnostics
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.explain.explanation import explain
from lanner_engine.explain.text import lines
from lanner_engine.parser.condition import parse
from lanner_engine.parser.printer import print_source
from lanner_engine.program.load import Checked, check
from lanner_engine.program.rule import CheckedRule
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.source import RuleError, Source
from lanner_engine.text import plain
from tests.engine.plain_facts import PlainEvent


def condition(text: str) -> None:
    """A condition is a tree that reads as it prints, or an error that marks its text."""
    try:
        tree = parse(plain(text))
    except RuleError as error:
        for one in error.diagnostics:
            assert 0 <= one.span.start <= one.span.end <= len(text)
            assert diagnostics.render(one).replace("\n", "").isprintable()
    else:
        assert parse(plain(print_source(tree))) == tree


def rules_file(text: str, events: Sequence[PlainEvent]) -> None:
    """A file is rules and diagnostics; generated code finds of its rules what the reference finds."""
    source = Source("any.yaml", text)
    checked = check([source])
    for one in checked.diagnostics:
        assert one.span.source is source or not one.span.source.text
        assert 0 <= one.span.start <= one.span.end <= len(one.span.source.text)
        assert diagnostics.render(one).replace("\n", "").isprintable()
    _means_one_thing(checked, events)
    for name in ("r", "s", "t"):
        explanation = explain([source], name)
        if explanation is not None:
            assert all(line.isprintable() for line in lines(explanation))


def _means_one_thing(checked: Checked, events: Sequence[PlainEvent]) -> None:
    first = compile_rules(checked.rules, checked.namespaces)
    every = compile_rules(checked.rules, checked.namespaces, "all")
    for event in events:
        home = (event.container.pod_namespace or b"").decode("utf-8", "replace")
        cluster, own = (_true(rules, event) for rules in (checked.rules, checked.namespaces.get(home, ())))
        assert first.match(event) == (*cluster[:1], *own[:1])
        assert every.match(event) == (*cluster, *own)


def _true(rules: Sequence[CheckedRule], event: PlainEvent) -> tuple[CheckedRule, ...]:
    """The rules that are true of an event, in their order."""
    found = tuple(rule for rule in rules if evaluate(rule.condition, event) and _admitted(rule, event))
    assert all(event.type in rule.event_types for rule in found)
    return found


def _admitted(rule: CheckedRule, event: PlainEvent) -> bool:
    return rule.scope is None or rule.scope.admits(event.container)

# SPDX-License-Identifier: Apache-2.0
"""What must hold of the index whatever the rules are: an event that makes a rule true leaves one of its
clauses.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanner_engine.fields.model import Event
from lanner_engine.index import classes, clauses, tables
from lanner_engine.index.rows import Row
from lanner_engine.parser.printer import print_condition
from lanner_engine.program.rule import CheckedRule
from lanner_engine.reference.evaluate import evaluate
from tests.engine.index import reading


def no_rule_is_lost(
    rules: Sequence[CheckedRule], events: Sequence[Event], known: reading.Known = reading.result_only
) -> int:
    """How many times a rule was true."""
    built = tables.build(rules)
    true = 0
    for event in events:
        left = reading.left(built, event, known)
        for rule in rules:
            if _true(rule, event):
                true += 1
                own = _own(built, rule, event.type)
                assert left is None or left & own, print_condition(rule.condition)
    return true


def no_event_is_lost(rules: Sequence[CheckedRule], events: Sequence[Event]) -> None:
    """The same where the clauses of the tables are wider than the rules'."""
    built = tables.build(rules)
    for event in events:
        if any(_true(rule, event) for rule in rules):
            assert reading.left(built, event) != 0


def _true(rule: CheckedRule, event: Event) -> bool:
    if rule.scope is not None and not rule.scope.admits(event.container):
        return False
    return event.type in rule.watched and evaluate(rule.condition, event)


def _own(built: tables.Tables, rule: CheckedRule, event_type: str) -> Row:
    """The bits of a rule's clauses, of which none is missing."""
    own = set(clauses.by_type(rule.condition, [event_type], rule.scope)[event_type])
    every = built[classes.CLASS_OF[event_type]].clauses
    assert own <= {clause for shared in every for clause in shared}
    return sum(1 << bit for bit, shared in enumerate(every) if own & set(shared))

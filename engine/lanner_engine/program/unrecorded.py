# SPDX-License-Identifier: Apache-2.0
"""Rules on events that nothing records: the language knows the names, so such a rule loads; it never fires.

Called by program/load for each checked rule; reports warnings only.
"""

from __future__ import annotations

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Or
from lanner_engine.documents.definitions import RuleDefinition
from lanner_engine.fields.event_names import RECORDED
from lanner_engine.passes.pipeline import Draft
from lanner_engine.passes.report import Report
from lanner_engine.passes.traverse import collapse
from lanner_engine.source import Span

CODE = "LOAD_WARNING_EXTENSION"
_HINT = "`lanner fields --events` says which events are recorded"
_SHOWN = 10  # names before "and n more"
_NAMING = ("=", "==", "in", "intersects")
_TYPES = ("evt.type", "syscall.type")


def warn(definition: RuleDefinition, draft: Draft, report: Report) -> None:
    """What is said of the rule stands at the first name that nothing records; at the rule where its own text
    has none.
    """
    if not draft.event_types:
        return
    unseen = draft.event_types - RECORDED
    named = [one for one in _named(draft.condition) if one.value.decode("utf-8", "replace") in unseen]
    if unseen == draft.event_types:
        message = f"rule {definition.name} never fires: nothing records {_listed(named) or 'its events'}"
    elif named:
        message = f"rule {definition.name} never fires on {_listed(named)}: nothing records such events"
    else:
        return
    report.warning(CODE, message, _place(named, definition), _HINT)


def _named(condition: Expr) -> list[Literal]:
    """The names of events on which a condition in negation normal form asks to be true."""
    return collapse(condition, _visit)


def _visit(node: Expr, below: list[list[Literal]]) -> list[Literal]:
    if isinstance(node, And | Or):
        return [one for names in below for one in names]
    if not isinstance(node, Check) or not isinstance(node.left, FieldRef) or node.operator not in _NAMING:
        return []
    if node.left.name in _TYPES:
        items = node.right.items if isinstance(node.right, ListLiteral) else (node.right,)
        return [item for item in items if isinstance(item, Literal)]
    return _asked(node, node.left)


def _asked(node: Check, field: FieldRef) -> list[Literal]:
    """`evt.type.is.NAME = 1` names an event in its field."""
    holds = field.name == "evt.type.is" and isinstance(node.right, Literal) and node.right.value == b"1"
    return [Literal(field.argument or b"", span=field.span)] if holds else []


def _listed(named: list[Literal]) -> str:
    names = sorted({one.value.decode("utf-8", "replace") for one in named})
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _place(named: list[Literal], definition: RuleDefinition) -> Span:
    """In the rule's own text where there is such a name; else in a list or macro of the same owner."""
    own = definition.condition.whole
    spans = [one.span for one in named if one.span.source.owner == definition.span.source.owner]
    inside = [span for span in spans if span.source == own.source and own.start <= span.start < own.end]
    return min(inside or spans, key=lambda span: span.start, default=definition.span)

# SPDX-License-Identifier: Apache-2.0
"""Rules that ask an event for what it never has, so that they are never true of it: fs.path.name of a read,
fd.name of a close.

Reports warnings only.
"""

from __future__ import annotations

from typing import Final

from lanner_engine.ast import And, Check, Expr, FieldRef, Not, Or, Transformer, walk
from lanner_engine.documents.definitions import RuleDefinition
from lanner_engine.fields import operands
from lanner_engine.fields.absences import ABSENT_ON
from lanner_engine.fields.tables.event_names import RECORDED
from lanner_engine.passes import named_events
from lanner_engine.passes.event_types import NONE, in_all, in_any, leaf_types
from lanner_engine.passes.pipeline import Draft
from lanner_engine.passes.report import Report
from lanner_engine.passes.traverse import collapse
from lanner_engine.program import marks

_CODE: Final = "LOAD_WARNING_EXTENSION"
_HINT: Final = (
    "`lanner fields --events` says what an event has: evt.arg.NAME is what a call was given, whatever it is"
)
_SHOWN: Final = 5  # names before "and n more"


def warn(definition: RuleDefinition, draft: Draft, report: Report) -> None:
    """Of a rule that can be true of some events what is said is about those that it names."""
    asked = draft.event_types & RECORDED
    possible: frozenset[str] = collapse(draft.condition, _possible)
    never = asked - possible
    if not asked or not never:
        return
    names = {one.value.decode("utf-8", "replace") for one in named_events.named(draft.condition)}
    told = never if never == asked and len(never & names) else never & names
    checks = [one for one in _positive(draft.condition) if told & _absent_on(one)]
    if not told or not checks:
        return
    fields = _listed({ref.name for one in checks for ref in _fields(one) if told & _missing(ref)}, " or ")
    which = "fires" if never == asked else f"fires on {_listed(told)}"
    message = f"rule {definition.name} never {which}: no {_listed(told, ' or ')} has {fields}"
    report.warning(_CODE, message, marks.place((one.left.span for one in checks), definition), _HINT)


def _possible(node: Expr, below: list[frozenset[str]]) -> frozenset[str]:
    """The events on which a condition in negation normal form can be true: a check of what is absent is not,
    its negation is.
    """
    if isinstance(node, And):
        return in_all(below)
    if isinstance(node, Or):
        return in_any(below)
    types, absent = leaf_types(node), _absent_on(node)
    return types - absent if absent else types


def _positive(condition: Expr) -> list[Check]:
    negated = {id(node.child) for node in walk(condition) if isinstance(node, Not)}
    return [node for node in walk(condition) if isinstance(node, Check) and id(node) not in negated]


def _absent_on(node: Expr) -> frozenset[str]:
    """Where one side of a check is absent."""
    return NONE.union(*map(_missing, _fields(node))) if isinstance(node, Check) else NONE


def _fields(check: Check) -> list[FieldRef]:
    right = check.right if isinstance(check.right, FieldRef | Transformer) else None
    return [ref for side in (check.left, right) if side is not None for ref in operands.fields_of(side)]


def _missing(ref: FieldRef) -> frozenset[str]:
    return ABSENT_ON.get(ref.name, NONE)


def _listed(names: set[str] | frozenset[str], between: str = ", ") -> str:
    shown = sorted(names)
    more = f"{between}{len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return between.join(shown[:_SHOWN]) + more

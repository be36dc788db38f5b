# SPDX-License-Identifier: Apache-2.0
"""Event types: the events on which a condition can be true at all (specification 6.1).

A normalised condition comes in, the names of events go out; the set may be too large, never too small. The
agent collects no other events.
"""

from __future__ import annotations

from functools import reduce

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or
from lanner_engine.fields.tables.event_names import EVENT_NAMES, SYSTEM_CALLS
from lanner_engine.passes.fold import event_number
from lanner_engine.passes.traverse import collapse

EVERY = frozenset(EVENT_NAMES)
NONE: frozenset[str] = frozenset()


def event_types(condition: Expr) -> frozenset[str]:
    """The events a condition in negation normal form can be true on."""
    return collapse(condition, _visit)


def _visit(node: Expr, below: list[frozenset[str]]) -> frozenset[str]:
    if isinstance(node, And):
        return in_all(below)
    if isinstance(node, Or):
        return in_any(below)
    return leaf_types(node)


def in_all(sets: list[frozenset[str]]) -> frozenset[str]:
    """The events that all of these have; most sets are EVERY."""
    return reduce(frozenset.intersection, (one for one in sets if one is not EVERY), EVERY)


def in_any(sets: list[frozenset[str]]) -> frozenset[str]:
    """The events that one of these has."""
    return EVERY if any(one is EVERY for one in sets) else reduce(frozenset.union, sets, NONE)


def leaf_types(node: Expr) -> frozenset[str]:
    """The events on which a check, or the negation of one, can be true."""
    if isinstance(node, Not):
        return _leaf(node.child, negated=True)
    return _leaf(node, negated=False)


def _leaf(node: Expr, *, negated: bool) -> frozenset[str]:
    if not isinstance(node, Check) or not isinstance(node.left, FieldRef):
        return EVERY
    if node.left.name in ("evt.type", "syscall.type"):
        found = _named(node, EVERY if node.left.name == "evt.type" else SYSTEM_CALLS)
        return EVERY if found is None else EVERY - found if negated else found
    if node.left.name == "evt.num":
        outcome = event_number(node)
        return NONE if outcome is not None and outcome == negated else EVERY
    return EVERY


def _named(node: Check, present: frozenset[str]) -> frozenset[str] | None:
    """The events a check of the event's type is true on; None when the check is neutral.

    `present` are the events that have the field at all: syscall.type is absent on others, and checks on it
    are false.
    """
    if node.operator == "exists":
        return present
    if node.modifier is not None or node.operator not in ("=", "==", "!=", "in", "intersects"):
        return None
    right = node.right
    items = right.items if isinstance(right, ListLiteral) else (right,)
    if not all(isinstance(item, Literal) for item in items):
        return None
    names = frozenset(item.value.decode("utf-8", "replace") for item in items if isinstance(item, Literal))
    if node.operator == "!=":
        return present - names
    return present & names

# SPDX-License-Identifier: Apache-2.0
"""The events that a condition names: on which it asks to be true. A condition in negation normal form comes
in.

Hot calls, which every program makes all the time, are events of the rules that name them and of no others: a
rule that says nothing of events would make a record of every read and write of the machine.
"""

from __future__ import annotations

from lanner_engine.ast import And, Check, Expr, FieldRef, Literal, Not, Or
from lanner_engine.fields.tables.event_names import HOT
from lanner_engine.passes.traverse import collapse

_NAMING = ("=", "==", "in", "intersects")
TYPE_FIELDS = ("evt.type", "syscall.type")


def named(condition: Expr) -> list[Literal]:
    """The names, where they stand."""
    return collapse(condition, _visit)


def without_unnamed(event_types: frozenset[str], condition: Expr) -> frozenset[str]:
    """The events, without hot ones that the condition does not name."""
    if not event_types & HOT:
        return event_types
    mentioned: frozenset[str] = collapse(condition, _mentioned)
    return event_types - (HOT - mentioned)


def _mentioned(node: Expr, below: list[frozenset[str]]) -> frozenset[str]:
    """More than is named: every check of `evt.type.is.NAME`, and `not evt.type != NAME`."""
    if isinstance(node, And | Or):
        return frozenset[str]().union(*below)
    check = node.child if isinstance(node, Not) else node
    if not isinstance(check, Check) or not isinstance(check.left, FieldRef):
        return frozenset()
    if check.left.name == "evt.type.is":
        return frozenset({_text(check.left.argument or b"")})
    naming = ("!=",) if isinstance(node, Not) else _NAMING
    if check.left.name not in TYPE_FIELDS or check.operator not in naming:
        return frozenset()
    return frozenset(_text(one.value) for one in check.literals)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _visit(node: Expr, below: list[list[Literal]]) -> list[Literal]:
    if isinstance(node, And | Or):
        return [one for names in below for one in names]
    if not isinstance(node, Check) or not isinstance(node.left, FieldRef) or node.operator not in _NAMING:
        return []
    if node.left.name in TYPE_FIELDS:
        return node.literals
    return _asked(node, node.left)


def _asked(node: Check, field: FieldRef) -> list[Literal]:
    """`evt.type.is.NAME = 1` names an event in its field."""
    holds = field.name == "evt.type.is" and isinstance(node.right, Literal) and node.right.value == b"1"
    return [Literal(field.argument or b"", span=field.span)] if holds else []

# SPDX-License-Identifier: Apache-2.0
"""Fold: checks that can only have one outcome become constants, and constants disappear from and/or/not.

A constant is an empty `and` (true) or an empty `or` (false).
"""

from __future__ import annotations

from collections.abc import Callable

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Operand, Or
from lanner_engine.fields import table
from lanner_engine.passes.traverse import FALSE, TRUE, collapse, rebuild


def fold(condition: Expr, decide: Callable[[Check], bool | None] | None = None) -> Expr:
    """The condition without what is known; `decide` tells what is known of a check, None for nothing."""
    known = decide or _known

    def visit(node: Expr, below: list[Expr]) -> Expr:
        if isinstance(node, Check):
            outcome = known(node)
            return node if outcome is None else (TRUE if outcome else FALSE)
        return simplify(node, below)

    return collapse(condition, visit)


def simplify(node: Expr, below: list[Expr]) -> Expr:
    """The node with these children, of which constants disappear."""
    if isinstance(node, Not):
        child = below[0]
        if child in (TRUE, FALSE):
            return FALSE if child == TRUE else TRUE
        return child.child if isinstance(child, Not) else rebuild(node, below)
    if not isinstance(node, And | Or):
        return node
    neutral, decisive = (TRUE, FALSE) if isinstance(node, And) else (FALSE, TRUE)
    if decisive in below:
        return decisive
    kept = [child for child in below if child != neutral]
    return kept[0] if len(kept) == 1 else rebuild(node, kept)


def _known(check: Check) -> bool | None:
    """What spec 3.1 and 6.1 let us know without an event: absent fields, empty lists, evt.num >= 1."""
    if check.right == ListLiteral(()) and (check.modifier is not None or not _may_be_list(check.left)):
        return False
    if isinstance(check.left, FieldRef) and check.left.name in table.FIELDS:
        if table.code_of(check.left) == "None":
            return False
        if check.left.name == "evt.num":
            return event_number(check)
    return None


def _may_be_list(left: Operand) -> bool:
    """A list without elements lies in an empty list."""
    return not isinstance(left, FieldRef) or (left.name in table.FIELDS and table.is_list(left))


def event_number(check: Check) -> bool | None:
    """A check of evt.num against literals, decided by evt.num >= 1 where that decides it."""
    right = check.right
    items = right.items if isinstance(right, ListLiteral) else (right,)
    plain = check.modifier is None
    if not (plain and all(isinstance(item, Literal) and item.value.isdigit() for item in items)):
        return None
    numbers = [int(item.value) for item in items if isinstance(item, Literal)]
    if check.operator in ("in", "intersects"):
        return None if any(numbers) else False
    if not numbers:
        return None
    first = numbers[0]
    always = {"!=": first == 0, ">": first == 0, ">=": first <= 1}
    never = {"=": first == 0, "==": first == 0, "<": first <= 1, "<=": first == 0}
    if always.get(check.operator):
        return True
    return False if never.get(check.operator) else None

# SPDX-License-Identifier: Apache-2.0
"""Evaluate: whether a condition is true of an event, node by node, as specification section 3 says it.

A resolved condition and an event come in. `holds` asks one check or table alone, of whatever can read
operands.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from lanner_engine.ast import (
    And,
    Check,
    Expr,
    FieldRef,
    Not,
    Operand,
    Or,
    Rows,
    Transformer,
)
from lanner_engine.fields import operands
from lanner_engine.fields.model import Event
from lanner_engine.fields.types import Value, parse_literal
from lanner_engine.reference.comparison import compare, ends_compare, list_compare
from lanner_engine.reference.extraction import extract

Read = Callable[[Operand], object]  # the value of an operand, None when it is absent


def evaluate(condition: Expr, event: Event) -> bool:
    """Two-valued: absence makes a check false, and `not` of it true."""
    if isinstance(condition, And):
        return all(evaluate(child, event) for child in condition.children)
    if isinstance(condition, Or):
        return any(evaluate(child, event) for child in condition.children)
    if isinstance(condition, Not):
        return not evaluate(condition.child, event)
    if isinstance(condition, Check | Rows):
        return holds(condition, partial(_read, event))
    raise TypeError(f"macro {condition.name} is not expanded")


def _read(event: Event, operand: Operand) -> object:
    return extract(operand, event)


def holds(question: Check | Rows, read: Read) -> bool:
    """One question, which has no others inside."""
    if isinstance(question, Rows):
        return any(_row(question.fields, row, read) for row in question.rows)
    return _check(question, read)


def _row(fields: tuple[FieldRef, ...], row: tuple[bytes | int, ...], read: Read) -> bool:
    return all(read(field) == value for field, value in zip(fields, row, strict=True))


def _check(check: Check, read: Read) -> bool:
    shape = operands.shape(check.left)
    value = read(check.left)
    if value is None:
        return False
    if shape.many:
        return any(_holds(check, cast(Value, one), read) for one in cast("tuple[object, ...]", value))
    return _holds(check, value, read)


def _holds(check: Check, value: object, read: Read) -> bool:
    """One present value against the right side."""
    if check.operator == "exists":
        return True
    if isinstance(check.right, FieldRef | Transformer):
        other = read(check.right)
        return other is not None and _compare(check, value, [other])
    shape = operands.shape(check.left)
    literals = [parse_literal(shape.type, check.operator, one.value) for one in check.literals]
    if check.modifier is None:
        return _compare(check, value, literals)
    return _modified(check.modifier, [_compare(check, value, [one]) for one in literals])


def _compare(check: Check, value: object, right: list[object] | list[Value]) -> bool:
    if operands.shape(check.left).ends:
        return ends_compare(check.operator, cast("tuple[object, ...]", value), cast("list[Value]", right))
    if isinstance(value, tuple):
        flat = right[0] if right and isinstance(right[0], tuple) else right
        return list_compare(check.operator, value, list(cast("list[object]", flat)))
    return compare(check.operator, cast(Value, value), cast("list[Value]", right))


_MODIFIERS: dict[str, Callable[[list[bool]], bool]] = {
    "anyof": any,
    "allof": lambda outcomes: bool(outcomes) and all(outcomes),
    "oneof": lambda outcomes: outcomes.count(True) == 1,
}


def _modified(modifier: str, outcomes: list[bool]) -> bool:
    """An empty right side is false with every modifier."""
    return _MODIFIERS[modifier](outcomes)

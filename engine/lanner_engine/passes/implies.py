# SPDX-License-Identifier: Apache-2.0
"""Implication: whether one condition is true whenever another is.

The answer is yes only where the shape of the two proves it; no says nothing. Both are what passes/pipeline
made: macros and lists expanded, negation at the checks.
"""

from __future__ import annotations

from lanner_engine.ast import And, Check, Expr, Literal, Not, Or, Rows, literals
from lanner_engine.fields import operands
from lanner_engine.fields.types import Kind
from lanner_engine.steps import Steps

MAX_DEPTH = 30  # of one condition; deeper ones prove nothing
_ONE_OF = ("=", "==", "in")
_TEXTS = (Kind.STRING, Kind.PATH)


def implies(narrow: Expr, wide: Expr, steps: Steps, depth: int = MAX_DEPTH) -> bool:
    """Whether `wide` is true of every event that `narrow` is true of. Raises TooManyStepsError."""
    steps.take(1)
    if depth < 0:
        return False
    if isinstance(wide, And):
        return all(implies(narrow, one, steps, depth - 1) for one in wide.children)
    if isinstance(narrow, Or):
        return all(implies(one, wide, steps, depth - 1) for one in narrow.children)
    beside = wide.children if isinstance(wide, Or) else ()
    parts = narrow.children if isinstance(narrow, And) else ()
    if beside or parts:
        return any(implies(narrow, one, steps, depth - 1) for one in beside) or any(
            implies(one, wide, steps, depth - 1) for one in parts
        )
    if isinstance(narrow, Not) and isinstance(wide, Not):
        return implies(wide.child, narrow.child, steps, depth - 1)
    return _of_leaves(narrow, wide, steps)


def _of_leaves(narrow: Expr, wide: Expr, steps: Steps) -> bool:
    if isinstance(narrow, Rows) and isinstance(wide, Rows):
        steps.take(len(narrow.rows))
        same = narrow.fields == wide.fields and narrow.tenants in ("", wide.tenants)
        return same and narrow.rows <= wide.rows
    return isinstance(narrow, Check) and isinstance(wide, Check) and _of_checks(narrow, wide, steps)


def _of_checks(narrow: Check, wide: Check, steps: Steps) -> bool:
    if narrow.left.name != wide.left.name or narrow.left != wide.left:  # names alone are compared fast
        return False
    values, allowed = literals(narrow), literals(wide)
    steps.take(len(values) + len(allowed))
    if narrow == wide:
        return True
    if narrow.modifier or wide.modifier or not values or not allowed or operands.shape(wide.left).is_list:
        return False
    if narrow.operator not in _ONE_OF:
        return _text_of_text(narrow, wide)
    if wide.operator in _ONE_OF:
        return {one.value for one in values} <= {one.value for one in allowed}
    steps.take(len(values) * len(allowed))
    return _of_text(wide) and all(
        any(_part(one.value, wide.operator, other.value) for other in allowed) for one in values
    )


def _text_of_text(narrow: Check, wide: Check) -> bool:
    """A longer beginning has a shorter one, and so on."""
    if not (_of_text(narrow) and isinstance(narrow.right, Literal) and isinstance(wide.right, Literal)):
        return False
    text, other = narrow.right.value, wide.right.value
    if narrow.operator == wide.operator or (
        wide.operator == "contains" and narrow.operator in ("startswith", "endswith")
    ):
        return _part(text, wide.operator, other)
    return False


def _part(text: bytes, operator: str, other: bytes) -> bool:
    if operator == "startswith":
        return text.startswith(other)
    if operator == "endswith":
        return text.endswith(other)
    return operator == "contains" and other in text


def _of_text(check: Check) -> bool:
    """Whether the left side is one text."""
    shape = operands.shape(check.left)
    return shape == operands.Shape(shape.type) and shape.type.kind in _TEXTS

# SPDX-License-Identifier: Apache-2.0
"""Implication: whether one condition is true whenever another is.

The answer is yes only where the shape of the two proves it; no says nothing. Both are what passes/pipeline
made: macros and lists expanded, negation at the checks.
"""

from __future__ import annotations

from lanner_engine.ast import And, Check, Expr, Literal, Not, Or, literals
from lanner_engine.fields import operands
from lanner_engine.fields.types import Kind

MAX_DEPTH = 30  # of one condition; deeper ones prove nothing
_ONE_OF = ("=", "==", "in")
_TEXTS = (Kind.STRING, Kind.PATH)


class Steps:
    """How many comparisons of two parts may still be made: conditions come from anybody."""

    def __init__(self, most: int) -> None:
        self.left = most


def implies(narrow: Expr, wide: Expr, steps: Steps, depth: int = MAX_DEPTH) -> bool:
    """Whether `wide` is true of every event that `narrow` is true of, as far as the steps lead."""
    steps.left -= 1
    if steps.left < 0 or depth < 0:
        return False
    if isinstance(wide, And):
        return all(implies(narrow, one, steps, depth - 1) for one in wide.children)
    if isinstance(narrow, Or):
        return all(implies(one, wide, steps, depth - 1) for one in narrow.children)
    some: list[tuple[Expr, Expr]]
    some = [(narrow, one) for one in wide.children] if isinstance(wide, Or) else []
    some += [(one, wide) for one in narrow.children] if isinstance(narrow, And) else []
    if some:
        return any(implies(left, right, steps, depth - 1) for left, right in some)
    if isinstance(narrow, Not) and isinstance(wide, Not):
        return implies(wide.child, narrow.child, steps, depth - 1)
    return isinstance(narrow, Check) and isinstance(wide, Check) and _of_checks(narrow, wide)


def _of_checks(narrow: Check, wide: Check) -> bool:
    if narrow == wide:
        return True
    if narrow.left != wide.left or narrow.modifier or wide.modifier:
        return False
    values, allowed = literals(narrow), literals(wide)
    if not values or not allowed or operands.shape(wide.left).is_list:
        return False
    if narrow.operator in _ONE_OF:
        return all(any(_holds(one.value, wide, other) for other in allowed) for one in values)
    return _text_of_text(narrow, wide)


def _holds(value: bytes, wide: Check, other: Literal) -> bool:
    """Whether a value that equals the text makes `wide` true for this one of its values."""
    if wide.operator in _ONE_OF:
        return value == other.value
    return _of_text(wide) and _part(value, wide.operator, other.value)


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

# SPDX-License-Identifier: Apache-2.0
"""How likely a condition is to hold for an event that nothing is known of: a guess by its form alone, which
decides in what order questions are asked and nothing else.
"""

from __future__ import annotations

from math import prod
from typing import Final

from lanner_engine.ast import And, Check, Expr, FieldRef, Not, Or
from lanner_engine.fields import table
from lanner_engine.fields.types import Kind
from lanner_engine.passes.traverse import collapse

_EVEN: Final = 0.5
_RARE: Final = 0.05  # that a text is one of those that a rule names
_MOST: Final = 0.9  # that a number is above a bound: rules ask whether a descriptor is one at all
_DIFFERENT: Final = frozenset(("!=", "<>"))
_OF_TWO: Final = frozenset(("container.id",))  # asked whether it is the host's
_BOUNDS: Final = frozenset(("<", "<=", ">", ">=", "exists"))


def likelihood(condition: Expr) -> float:
    """Between 0 and 1."""
    return collapse(condition, _visit)


def _visit(node: Expr, below: list[float]) -> float:
    if isinstance(node, Not):
        return 1 - below[0]
    if isinstance(node, And):
        return prod(below)
    if isinstance(node, Or):
        return 1 - prod(1 - one for one in below)
    return _check(node) if isinstance(node, Check) else _RARE


def _check(check: Check) -> float:
    if check.operator in _BOUNDS:
        return _MOST
    if isinstance(check.left, FieldRef) and _is_even(check.left):
        return _EVEN
    return 1 - _RARE if check.operator in _DIFFERENT else _RARE


def _is_even(field: FieldRef) -> bool:
    return field.name in _OF_TWO or table.type_of(field).kind is Kind.BOOL

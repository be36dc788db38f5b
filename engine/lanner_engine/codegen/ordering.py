# SPDX-License-Identifier: Apache-2.0
"""Ordering: which question of a rule is asked first. Called by codegen/functions.

Conditions have no side effects, so conjuncts may be asked in any order: first those that many rules share
(asked once for all of them), then the cheap ones. The order of rules stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, walk
from lanner_engine.fields import table
from lanner_engine.fields.types import Kind

Conjuncts = tuple[tuple[Expr, ...], str]

_COSTLY = {"regex": 20, "glob": 15, "iglob": 15, "pmatch": 12, "icontains": 4, "contains": 3}
_RUNTIME_COST = 6  # what the container runtime or a whole ancestry must be asked for
_SMALL = 3


def ordered(rules: Sequence[tuple[Expr, str]]) -> list[Conjuncts]:
    """Each rule's conjuncts in the order to ask them."""
    split = [(_conjuncts(condition), name) for condition, name in rules]
    shared = Counter(part for parts, _ in split for part in set(parts) if _size(part) <= _SMALL)
    return [
        (tuple(sorted(parts, key=lambda part: (-max(1, shared[part]), _cost(part)))), name)
        for parts, name in split
    ]


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    return condition.children if isinstance(condition, And) else (condition,)


def _size(condition: Expr) -> int:
    return sum(1 for _ in walk(condition))


def _cost(condition: Expr) -> int:
    return sum(_check_cost(node) for node in walk(condition) if isinstance(node, Check))


def _check_cost(check: Check) -> int:
    cost = _COSTLY.get(check.operator, 2)
    if check.modifier is not None and isinstance(check.right, ListLiteral):
        cost += len(check.right.items)
    if not isinstance(check.left, FieldRef):
        return cost + _RUNTIME_COST
    if table.FIELDS[check.left.name].metadata or table.is_many(check.left):
        return cost + _RUNTIME_COST
    return cost - (table.type_of(check.left).kind in (Kind.BOOL, Kind.INTEGER))

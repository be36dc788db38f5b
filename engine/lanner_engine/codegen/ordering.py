# SPDX-License-Identifier: Apache-2.0
"""Ordering: which question of a rule is asked first. Called by codegen/functions.

Conditions have no side effects, so conjuncts may be asked in any order: first those that many rules share
(asked once for all of them), then the cheap ones, as passes/order prices them. The order of rules stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lanner_engine.ast import And, Expr, walk
from lanner_engine.passes.order import cost

Conjuncts = tuple[tuple[Expr, ...], str]

_SMALL = 3


def ordered(rules: Sequence[tuple[Expr, str]]) -> list[Conjuncts]:
    """Each rule's conjuncts in the order to ask them."""
    split = [(_conjuncts(condition), name) for condition, name in rules]
    shared = Counter(part for parts, _ in split for part in set(parts) if _size(part) <= _SMALL)
    return [
        (tuple(sorted(parts, key=lambda part: (-max(1, shared[part]), cost(part)))), name)
        for parts, name in split
    ]


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    return condition.children if isinstance(condition, And) else (condition,)


def _size(condition: Expr) -> int:
    return sum(1 for _ in walk(condition))

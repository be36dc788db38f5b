# SPDX-License-Identifier: Apache-2.0
"""Ordering: which question of a rule is asked first.

Conditions have no side effects, so conjuncts may be asked in any order: first those that many rules share
(asked once for all of them), then the cheap ones, as passes/order prices them. The order of rules stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lanner_engine.ast import And, Expr, walk
from lanner_engine.passes.order import cost

_SMALL = 3


@dataclass(frozen=True, slots=True)
class Conjuncts:
    """What is left to ask of one rule: all `parts`, then `admission` (codegen/admission; empty: nothing).
    `result` names the constant to return.
    """

    parts: tuple[Expr, ...]
    result: str
    admission: str = ""

    def without_first(self) -> Conjuncts:
        return Conjuncts(self.parts[1:], self.result, self.admission)


def conjuncts(condition: Expr, result: str, admission: str = "") -> Conjuncts:
    """A rule's condition, taken apart."""
    parts = condition.children if isinstance(condition, And) else (condition,)
    return Conjuncts(parts, result, admission)


def ordered(rules: Sequence[Conjuncts]) -> list[Conjuncts]:
    """Each rule's parts in the order to ask them."""
    shared = Counter(part for rule in rules for part in set(rule.parts) if _size(part) <= _SMALL)

    def rank(part: Expr) -> tuple[int, int]:
        return -max(1, shared[part]), cost(part)

    return [Conjuncts(tuple(sorted(rule.parts, key=rank)), rule.result, rule.admission) for rule in rules]


def _size(condition: Expr) -> int:
    return sum(1 for _ in walk(condition))

# SPDX-License-Identifier: Apache-2.0
"""Ordering: which question of a rule is asked first.

Conditions have no side effects, so conjuncts may be asked in any order. Each has the price of passes/order,
which all rules that share it pay together, and first comes what decides most for its price: the least of
price / (1 - likelihood). So exceptions, which hardly ever hold, come last. The order of rules stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from lanner_engine.ast import And, Expr, walk
from lanner_engine.codegen.likelihood import likelihood
from lanner_engine.passes.order import cost

_SMALL = 3
_ALMOST_SURE = 0.999
_TOGETHER = 3  # of the rules that share a question, those that are likely to be neighbours and ask it once


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
    """A rule's condition, taken apart, those of its macros and exceptions too."""
    return Conjuncts(tuple(dict.fromkeys(flat(condition))), result, admission)


def ordered(rules: Sequence[Conjuncts]) -> list[Conjuncts]:
    """Each rule's parts in the order to ask them."""
    shared = Counter(part for rule in rules for part in set(rule.parts) if _size(part) <= _SMALL)

    @cache
    def rank(part: Expr) -> float:
        decides = 1 - min(likelihood(part), _ALMOST_SURE)
        return cost(part) / (min(max(1, shared[part]), _TOGETHER) * decides)

    return [Conjuncts(tuple(sorted(rule.parts, key=rank)), rule.result, rule.admission) for rule in rules]


def flat(condition: Expr) -> Iterator[Expr]:
    """What must hold all together, the conjunctions within taken apart."""
    stack = [condition]
    while stack:
        node = stack.pop()
        if isinstance(node, And):
            stack.extend(reversed(node.children))
        else:
            yield node


def _size(condition: Expr) -> int:
    return sum(1 for _ in walk(condition))

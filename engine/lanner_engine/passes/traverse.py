# SPDX-License-Identifier: Apache-2.0
"""Walks over a condition without recursion, however deep it nests."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TypeVar

from lanner_engine.ast import And, Check, Expr, Not, Or

T = TypeVar("T")

TRUE = And(())
FALSE = Or(())


def children(node: Expr) -> tuple[Expr, ...]:
    if isinstance(node, Check):  # by far the most
        return ()
    if isinstance(node, Not):
        return (node.child,)
    return node.children if isinstance(node, And | Or) else ()


def collapse(root: Expr, visit: Callable[[Expr, list[T]], T]) -> T:
    """One value for the tree: `visit` gets each node with the values of its children, children first."""
    values: list[T] = []
    for node, number in reversed(_parents_first(root)):
        if number:
            below = values[-number:]
            del values[-number:]
            values.append(visit(node, below))
        else:
            values.append(visit(node, []))
    return values[0]


def _parents_first(root: Expr) -> list[tuple[Expr, int]]:
    """Every node with how many children it has; the last child's tree comes before the first one's."""
    found: list[tuple[Expr, int]] = []
    stack = [root]
    while stack:
        node = stack.pop()
        below = children(node)
        found.append((node, len(below)))
        stack += below
    return found


def rebuild(node: Expr, below: list[Expr]) -> Expr:
    """The node with these children: the same one where they are its own."""
    if isinstance(node, Not):
        return node if below[0] is node.child else Not(below[0], node.span)
    if isinstance(node, And | Or):
        return node if _same(node.children, below) else type(node)(tuple(below), node.span)
    return node


def _same(some: Sequence[Expr], others: Sequence[Expr]) -> bool:
    """Whether these are the same nodes, not only equal ones."""
    return len(some) == len(others) and all(map(operator.is_, some, others))


def map_checks(root: Expr, change: Callable[[Check], Expr]) -> Expr:
    """The tree with every check replaced."""
    return collapse(
        root, lambda node, below: change(node) if isinstance(node, Check) else rebuild(node, below)
    )


def depth(root: Expr) -> int:
    return collapse(root, lambda _, below: 1 + max(below, default=0))

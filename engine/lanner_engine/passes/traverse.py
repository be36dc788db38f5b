# SPDX-License-Identifier: Apache-2.0
"""Walks over a condition without recursion, however deep it nests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from lanner_engine.ast import And, Check, Expr, Not, Or

T = TypeVar("T")

TRUE = And(())
FALSE = Or(())


def children(node: Expr) -> tuple[Expr, ...]:
    if isinstance(node, Not):
        return (node.child,)
    return node.children if isinstance(node, And | Or) else ()


def collapse(root: Expr, visit: Callable[[Expr, list[T]], T]) -> T:
    """One value for the tree: `visit` gets each node with the values of its children, children first."""
    values: list[T] = []
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        below = children(node)
        if below and not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(below))
            continue
        made = visit(node, values[len(values) - len(below) :])
        del values[len(values) - len(below) :]
        values.append(made)
    return values[0]


def rebuild(node: Expr, below: list[Expr]) -> Expr:
    """The node with other children."""
    if isinstance(node, Not):
        return replace(node, child=below[0])
    return replace(node, children=tuple(below)) if isinstance(node, And | Or) else node


def map_checks(root: Expr, change: Callable[[Check], Expr]) -> Expr:
    """The tree with every check replaced."""
    return collapse(
        root, lambda node, below: change(node) if isinstance(node, Check) else rebuild(node, below)
    )


def depth(root: Expr) -> int:
    return collapse(root, lambda _, below: 1 + max(below, default=0))

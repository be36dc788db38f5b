# SPDX-License-Identifier: Apache-2.0
"""Normalise: `not` stands only before checks (De Morgan), and nested chains of one operator become one chain.

Evaluation is two-valued (specification 3.1), so this changes no outcome.
"""

from __future__ import annotations

from lanner_engine.ast import And, Expr, Not, Or
from lanner_engine.passes.traverse import collapse


def normalise(condition: Expr) -> Expr:
    """The condition in negation normal form."""
    return collapse(condition, _both)[0]


def _both(node: Expr, below: list[tuple[Expr, Expr]]) -> tuple[Expr, Expr]:
    """The node, and its negation."""
    if isinstance(node, Not):
        positive, negative = below[0]
        return negative, positive
    if isinstance(node, And):
        return _chain(And, [p for p, _ in below], node), _chain(Or, [n for _, n in below], node)
    if isinstance(node, Or):
        return _chain(Or, [p for p, _ in below], node), _chain(And, [n for _, n in below], node)
    return node, Not(node, span=node.span)


def _chain(kind: type[And] | type[Or], parts: list[Expr], node: Expr) -> Expr:
    if len(parts) == 1:
        return parts[0]
    flat: list[Expr] = []
    for part in parts:
        flat.extend(part.children if isinstance(part, kind) and part.children else (part,))
    return kind(tuple(flat), span=node.span)

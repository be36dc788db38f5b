# SPDX-License-Identifier: Apache-2.0
"""Combinations of values, as the kernel can be asked for them: whenever one holds, the first field has one of
the first values. Where there are many of these the kernel is asked nothing, since its tables are everybody's.
"""

from __future__ import annotations

from typing import Final

from lanner_engine.ast import And, Check, Expr, ListLiteral, Literal, Or, Rows
from lanner_engine.passes.traverse import collapse, rebuild

MOST: Final = 64


def narrowed(condition: Expr) -> Expr:
    """What holds whenever the condition does. It is in negation normal form; what is negated stays."""

    def visit(node: Expr, below: list[Expr]) -> Expr:
        return rebuild(node, list(map(_first, below)) if isinstance(node, And | Or) else below)

    return _first(collapse(condition, visit))


def _first(node: Expr) -> Expr:
    if not isinstance(node, Rows) or not 0 < len(node.firsts) <= MOST:
        return node
    values = sorted(value if isinstance(value, bytes) else str(value).encode() for value in node.firsts)
    return Check(node.fields[0], "in", ListLiteral(tuple(map(Literal, values))), span=node.span)

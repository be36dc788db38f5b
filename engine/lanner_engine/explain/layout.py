# SPDX-License-Identifier: Apache-2.0
"""A condition over several lines, one part of a chain on each, long lists cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lanner_engine.ast import (
    And,
    Check,
    Expr,
    FieldRef,
    ListLiteral,
    Literal,
    MacroRef,
    Not,
    Rows,
    Transformer,
)
from lanner_engine.fields import table
from lanner_engine.fields.operands import map_fields
from lanner_engine.parser.printer import print_condition
from lanner_engine.passes.traverse import map_checks

WIDTH = 100  # columns a chain may take before it is broken
ITEMS = 20  # of a list that are shown

Line = tuple[int, str]  # level, and what stands there


def laid_out(condition: Expr) -> list[str]:
    """The lines, indented by their level; fields by the names users write."""
    shown = map_checks(condition, lambda check: _cut(_spelled(check)))
    if isinstance(shown, And) and len(print_condition(shown)) > WIDTH:
        # The outermost chain needs no parentheses.
        parts = [_lines(child, 0, "and " if at else "") for at, child in enumerate(shown.children)]
        return ["    " * level + text for part in parts for level, text in part]
    return ["    " * level + text for level, text in _lines(shown, 0, "")]


def _lines(root: Expr, level: int, lead: str) -> Iterator[Line]:
    """Without recursion, however deep it nests; `lead` is the word in front of the first line."""
    waiting: list[tuple[Expr | str, int, str]] = [(root, level, lead)]
    while waiting:
        node, depth, word = waiting.pop()
        if isinstance(node, str):
            yield depth, node
            continue
        flat = word + print_condition(node)
        if isinstance(node, Check | MacroRef | Rows) or len(flat) + 4 * depth <= WIDTH:
            yield depth, flat
            continue
        if isinstance(node, Not):
            waiting.append((node.child, depth, f"{word}not "))
            continue
        yield depth, f"{word}("
        joint = "and " if isinstance(node, And) else "or "
        parts = [(child, depth + 1, joint if at else "") for at, child in enumerate(node.children)]
        waiting.append((")", depth, ""))
        waiting.extend(reversed(parts))


def _spelled(check: Check) -> Check:
    left = map_fields(check.left, _named)
    right = check.right
    return replace(
        check, left=left, right=map_fields(right, _named) if isinstance(right, Transformer) else right
    )


def _named(ref: FieldRef) -> FieldRef:
    known = ref.name in table.FIELDS and table.FIELDS[ref.name].tail
    return FieldRef(table.spelling(ref)) if known else ref


def _cut(check: Check) -> Check:
    right = check.right
    if not isinstance(right, ListLiteral) or len(right.items) <= ITEMS:
        return check
    more = Literal(f"…{len(right.items) - ITEMS}_more".encode())
    return replace(check, right=replace(right, items=(*right.items[:ITEMS], more)))

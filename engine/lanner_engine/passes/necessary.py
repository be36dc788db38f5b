# SPDX-License-Identifier: Apache-2.0
"""Necessary conditions: what must hold for a rule to be true, asked as the index in the kernel can answer.

A condition in negation normal form and its events come in; for each class of these events a condition goes
out that is true whenever the rule is. It may be true too often, never too seldom: a question that the index
cannot answer counts as true, asked or negated. Called by passes/pipeline; the index is built from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lanner_engine.ast import Check, Expr, FieldRef, Not
from lanner_engine.passes import indexable, kernel_classes
from lanner_engine.passes.event_types import leaf_types
from lanner_engine.passes.fold import simplify
from lanner_engine.passes.traverse import FALSE, TRUE, children, collapse

_TYPE_FIELDS = ("evt.type", "syscall.type")


def necessary(condition: Expr, event_types: frozenset[str]) -> Mapping[str, Expr]:
    """By class of events; an empty `and` says that the index lets every event of the class through. Classes
    on which the rule cannot be true are missing.
    """
    asked = [node for node in _leaves(condition) if _asks_type(_check_of(node))]
    made: dict[object, Expr] = {}
    found: dict[str, Expr] = {}
    for name, types in kernel_classes.split(event_types).items():
        # Classes that the index sees alike, and that the rule does, have the same answer.
        key = name if name in indexable.CLASSES else "", tuple(_fate(node, types) for node in asked)
        if key not in made:
            made[key] = _for_class(condition, name, types)
        found[name] = made[key]
    return {name: needed for name, needed in found.items() if needed != FALSE}


def undecided(condition: Expr, event_class: str) -> tuple[Expr, ...]:
    """The checks, negated ones as such, that the index does not decide on events of a class."""
    return tuple(dict.fromkeys(node for node in _leaves(condition) if not _decided(node, event_class)))


def _leaves(condition: Expr) -> Iterator[Check | Not]:
    """The checks, and the negations of one, in their order."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Check | Not):
            yield node
        else:
            waiting.extend(reversed(children(node)))


def _check_of(node: Check | Not) -> Check | None:
    check = node.child if isinstance(node, Not) else node
    return check if isinstance(check, Check) else None


def _decided(node: Check | Not, event_class: str) -> bool:
    check = _check_of(node)
    return check is not None and (_asks_type(check) or indexable.exactly(check, event_class) is not None)


def _fate(node: Check | Not, types: frozenset[str]) -> bool | None:
    """Whether a check of the event's type is true on all of the types, or on none; None for on some."""
    possible = leaf_types(node) & types
    return True if possible == types else None if possible else False


def _for_class(condition: Expr, event_class: str, types: frozenset[str]) -> Expr:
    def visit(node: Expr, below: list[Expr]) -> Expr:
        if isinstance(node, Check | Not):
            return _leaf(node, event_class, types)
        return simplify(node, _distinct(below))

    return collapse(condition, visit)


def _leaf(node: Check | Not, event_class: str, types: frozenset[str]) -> Expr:
    check = _check_of(node)
    if check is None:
        return TRUE
    if _asks_type(check):
        fate = _fate(node, types)
        return node if fate is None else TRUE if fate else FALSE
    if isinstance(node, Not):
        return TRUE if indexable.exactly(check, event_class) is None else node
    return indexable.nearly(check, event_class) or TRUE


def _asks_type(check: Check | None) -> bool:
    return check is not None and isinstance(check.left, FieldRef) and check.left.name in _TYPE_FIELDS


def _distinct(parts: list[Expr]) -> list[Expr]:
    """Each single question once; whole subtrees are not compared, which would take long."""
    asked: set[Expr] = set()
    kept: list[Expr] = []
    for part in parts:
        if not isinstance(part, Check | Not) or part not in asked:
            kept.append(part)
        if isinstance(part, Check | Not):
            asked.add(part)
    return kept

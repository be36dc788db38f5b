# SPDX-License-Identifier: Apache-2.0
"""Outcomes: the events on which a condition can be true when they succeeded, and those when they failed.

A normalised condition comes in, two sets of events' names go out; both may be too large, never too small.
 Most rules want what succeeded only, and most opens of a program that looks for its
libraries fail: the agent collects no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or, walk
from lanner_engine.passes.event_types import EVERY, NONE, event_types, in_all, in_any, leaf_types
from lanner_engine.passes.traverse import collapse

# Their descriptor is what they return.
OPENS = frozenset({"open", "openat", "openat2", "creat", "open_by_handle_at"})
_RESULTS = ("evt.rawres", "fd.num")
_SUCCESS = b"SUCCESS"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Names of events. A call that returns less than 0 has failed; what returns nothing succeeds."""

    succeeded: frozenset[str] = EVERY
    failed: frozenset[str] = EVERY


def outcomes(condition: Expr) -> Outcomes:
    """For a condition in negation normal form."""
    if not any(map(_asks_outcome, walk(condition))):
        types = event_types(condition)
        return Outcomes(types, types)
    return Outcomes(_types(condition, succeeded=True), _types(condition, succeeded=False))


def _asks_outcome(node: Expr) -> bool:
    return isinstance(node, Check) and isinstance(node.left, FieldRef) and node.left.name in _DECIDERS


def _types(condition: Expr, *, succeeded: bool) -> frozenset[str]:
    def visit(node: Expr, below: list[frozenset[str]]) -> frozenset[str]:
        if isinstance(node, And):
            return in_all(below)
        if isinstance(node, Or):
            return in_any(below)
        types, impossible = leaf_types(node), _impossible(node, succeeded)
        return types - impossible if impossible else types

    return collapse(condition, visit)


def _impossible(node: Expr, succeeded: bool) -> frozenset[str]:
    """The events on which a check is false by their outcome alone."""
    check = node.child if isinstance(node, Not) else node
    if not isinstance(check, Check) or not isinstance(check.left, FieldRef) or check.modifier is not None:
        return NONE
    decide = _DECIDERS.get(check.left.name)
    outcome = None if decide is None else decide(check, succeeded)
    if outcome is None or outcome != isinstance(node, Not):
        return NONE
    # What is absent makes a check false and its negation true: only where the field is sure to be there.
    if isinstance(node, Not):
        return OPENS
    return OPENS if check.left.name == "fd.num" else EVERY


def _number(check: Check, succeeded: bool) -> bool | None:
    """What a check of the result is for every success (0 and above) or failure (below); None: it depends."""
    values = _integers(check.right)
    if not values:
        return None
    least, most = min(values), max(values)
    if check.operator in (">", ">="):
        bound = least + (check.operator == ">")
        return (True if bound <= 0 else None) if succeeded else (False if bound >= 0 else None)
    if check.operator in ("<", "<="):
        bound = least - (check.operator == "<")
        return (False if bound < 0 else None) if succeeded else (True if bound >= -1 else None)
    if check.operator in ("=", "==", "in", "intersects"):
        return False if (most < 0 if succeeded else least >= 0) else None
    return None


def _text(check: Check, succeeded: bool) -> bool | None:
    """evt.res: SUCCESS, or the error's name."""
    values = _literals(check.right)
    if not values:
        return None
    if check.operator in ("=", "==", "in", "intersects"):
        if succeeded:
            return _SUCCESS in values
        return False if set(values) == {_SUCCESS} else None
    if check.operator == "!=":
        return values[0] != _SUCCESS if succeeded else (True if values[0] == _SUCCESS else None)
    return None


def _flag(check: Check, succeeded: bool) -> bool | None:
    """evt.failed: only written plainly."""
    values = _literals(check.right)
    if check.operator not in ("=", "==") or len(values) != 1 or values[0].lower() not in (b"true", b"false"):
        return None
    return (values[0].lower() == b"true") != succeeded


_DECIDERS: dict[str, Callable[[Check, bool], bool | None]] = {
    **dict.fromkeys(_RESULTS, _number),
    "evt.res": _text,
    "evt.failed": _flag,
}


def _literals(right: object) -> list[bytes]:
    items = right.items if isinstance(right, ListLiteral) else (right,)
    values = [item.value for item in items if isinstance(item, Literal)]
    return values if len(values) == len(items) else []


def _integers(right: object) -> list[int]:
    """Empty for what is no plain number."""
    try:
        return [int(value, 0) for value in _literals(right)]
    except ValueError:
        return []

# SPDX-License-Identifier: Apache-2.0
"""Copies: in how many generated functions a rule stands. Event types share a function when the same rules are
left on them with the same answers to all questions about the type (codegen/event_dispatch).

This is counted before anything is compiled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, literals, walk
from lanner_engine.program.rule import CheckedRule

TYPE_FIELDS = ("evt.type", "syscall.type", "evt.type.is")
MANY_CHECKS = 500
_EQUALITIES = frozenset({"=", "==", "!=", "in", "intersects", "exists"})


def copies(rules: Sequence[CheckedRule]) -> list[int]:
    """In how many entries each of the rules stands, at most: nothing is compiled to know it."""
    alike = dict.fromkeys(rule.event_types for rule in rules)
    checks = dict.fromkeys(check for rule in rules for check in type_checks(rule.condition))
    if len(checks) > MANY_CHECKS:
        return [len(rule.event_types) for rule in rules]
    named = [None if _by_name(check) else _names(check) for check in checks]
    entries: dict[tuple[object, ...], tuple[frozenset[str], ...]] = {}
    for name in sorted(frozenset[str]().union(*alike)):
        on = tuple(types for types in alike if name in types)
        entries.setdefault((on, *(name if one is None else name in one for one in named)), on)
    counts = Counter(types for on in entries.values() for types in on)
    return [counts[rule.event_types] for rule in rules]


def _names(check: Check) -> frozenset[str]:
    """The types that a check tells from all others."""
    if isinstance(check.left, FieldRef) and check.left.name == "evt.type.is":
        return frozenset({(check.left.argument or b"").decode("utf-8", "replace")})
    return frozenset(one.value.decode("utf-8", "replace") for one in literals(check))


def _by_name(check: Check) -> bool:
    """Whether the answer may be another for each type."""
    return check.modifier is not None or check.operator not in _EQUALITIES


def type_checks(condition: Expr) -> list[Check]:
    """The distinct checks that only the event's type decides."""
    found = (node for node in walk(condition) if isinstance(node, Check) and _asks_type(node))
    return list(dict.fromkeys(found))


def _asks_type(node: Check) -> bool:
    literal = node.right is None or isinstance(node.right, Literal | ListLiteral)
    return literal and isinstance(node.left, FieldRef) and node.left.name in TYPE_FIELDS

# SPDX-License-Identifier: Apache-2.0
"""Guards: one question in front of many rules that all of them need answered with yes.

Of each rule one conjunct is taken that only compares single fields with literals; those of all rules are
united, field by field. When the united condition is false, no rule of the run can be true, and twenty
prefixes cost one call instead of twenty.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Or
from lanner_engine.codegen.ordering import Conjuncts
from lanner_engine.fields import table

MIN_RULES = 4  # fewer are asked as fast one by one
_UNITED = {
    "=": "in",
    "==": "in",
    "in": "in",
    "intersects": "in",
    "startswith": "startswith",
    "endswith": "endswith",
}

Atoms = tuple[Check, ...]


def atoms(rule: Conjuncts) -> Atoms | None:
    """The checks of the rule's smallest conjunct of which one must be true; None when it has no such
    conjunct.
    """
    found = [made for part in rule.parts if (made := _atoms(part)) is not None]
    return min(found, key=len, default=None)


def united(rules: Sequence[Atoms]) -> Expr:
    """The condition that every rule's conjunct implies."""
    values: dict[tuple[FieldRef, str], dict[Literal, None]] = {}
    for rule in rules:
        for check in rule:
            if isinstance(check.left, FieldRef):
                key = check.left, _UNITED[check.operator]
                values.setdefault(key, {}).update(dict.fromkeys(check.literals))
    return Or(tuple(_check(left, operator, tuple(items)) for (left, operator), items in values.items()))


def _check(left: FieldRef, operator: str, items: tuple[Literal, ...]) -> Check:
    return Check(left, operator, ListLiteral(items), None if operator == "in" else "anyof")


def _atoms(part: Expr) -> Atoms | None:
    checks = part.children if isinstance(part, Or) else (part,)
    made = tuple(check for check in checks if isinstance(check, Check) and _is_atom(check))
    return made if made and len(made) == len(checks) else None


def _is_atom(check: Check) -> bool:
    if not isinstance(check.left, FieldRef) or check.operator not in _UNITED:
        return False
    if table.is_many(check.left) or table.is_list(check.left):
        return False
    return check.modifier in (None, "anyof") and bool(check.literals)

# SPDX-License-Identifier: Apache-2.0
"""Accounts: the users of which a condition over user.uid, user.name, user.loginuid or user.loginname can be
true. A check, or the negation of one, comes in; a set of numbers, or of names, goes out. Numbers stand there
in decimal digits, as values that are compared.
"""

from __future__ import annotations

from typing import Final

from lanner_engine.ast import Check, Expr, Not, literals
from lanner_engine.fields.types import TYPES, Type, parse_literal
from lanner_engine.index import names
from lanner_engine.index.names import Names

UNSET: Final = -1  # user.loginuid of a process for which no user logged in

# By field its type and its least value.
_NUMBERS: Final = {"user.uid": (TYPES["UINT32"], 0), "user.loginuid": (TYPES["INT64"], UNSET)}
_AGAINST_NEXT: Final = {">=": ">", "<": "<="}


def of_number(leaf: Expr, field: str) -> Names:
    """The numbers of users on which a check of `field`, or a negated one, can be true."""
    kind, least = _NUMBERS[field]
    check = leaf.child if isinstance(leaf, Not) else leaf
    assert isinstance(check, Check)  # noqa: S101  of a leaf's field
    if check.operator in ("<", "<=", ">", ">="):
        return _of_order(check, kind, least, negated=isinstance(leaf, Not))
    found = names.of_leaf(leaf, longest=None)
    return Names(frozenset(text(_number(kind, check, one)) for one in found.listed), found.others)


def text(number: int) -> bytes:
    """As a value of a set."""
    return b"%d" % number


def _of_order(check: Check, kind: Type, least: int, *, negated: bool) -> Names:
    """A comparison may set the least number apart from all others; else every number is possible."""
    values = literals(check)
    if check.modifier is not None or len(values) != 1:
        return names.ANY
    value = _number(kind, check, values[0].value) - (check.operator in _AGAINST_NEXT)
    if value != least:
        return names.ANY
    above = _AGAINST_NEXT.get(check.operator, check.operator) == ">"
    return Names(frozenset({text(least)}), above is not negated)


def _number(kind: Type, check: Check, value: bytes) -> int:
    found = parse_literal(kind, check.operator, value)
    assert isinstance(found, int)  # noqa: S101  of a number's field
    return found

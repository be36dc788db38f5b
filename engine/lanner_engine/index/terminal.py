# SPDX-License-Identifier: Apache-2.0
"""Whether a process has a terminal, as proc.tty asks. A check, or the negation of one, comes in; out goes
whether it can be true of a process that has none and of one that has.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final, cast

from lanner_engine.ast import Check, literals
from lanner_engine.fields.model import Event
from lanner_engine.fields.types import TYPES, parse_literal
from lanner_engine.reference.evaluate import evaluate

NONE, SOME = 1, 2  # bits
ANY: Final = NONE | SOME

_NUMBER: Final = TYPES["UINT32"]
_NONE: Final = cast(Event, SimpleNamespace(process=SimpleNamespace(tty=0)))
# What operators say of every number but 0, where 0 is on the right.
_OF_OTHERS: Final = {
    "=": False,
    "==": False,
    "in": False,
    "intersects": False,
    "!=": True,
    ">": True,
    ">=": True,
    "<": False,
    "<=": False,
}


def of_check(check: Check, *, negated: bool) -> int:
    """Of proc.tty, which is 0 without a terminal."""
    if not literals(check):
        return ANY
    none = NONE if evaluate(check, _NONE) is not negated else 0
    some = _some(check)
    return none | (0 if some is negated else SOME)


def _some(check: Check) -> bool | None:
    """Whether a check holds of every terminal, or of none; None: of some."""
    values = {parse_literal(_NUMBER, check.operator, one.value) for one in literals(check)}
    if check.modifier is not None or values != {0}:
        return None
    return _OF_OTHERS.get(check.operator)

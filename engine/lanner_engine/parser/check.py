# SPDX-License-Identifier: Apache-2.0
"""One check, `field operator value`, or the name of a macro.

Grammar: specification 2.2 (check, test).
"""

from __future__ import annotations

import re
from typing import Final

from lanner_engine import tokens
from lanner_engine.ast import Check, MacroRef, Operand, Right
from lanner_engine.parser import hints, operand, values
from lanner_engine.parser.operators import LISTED, NUMERIC, SYMBOLIC, WORDS
from lanner_engine.tokens import Scanner

# The first that stands there, in this order.
_OPERATOR: Final = re.compile("|".join(map(re.escape, ("exists", *NUMERIC, *SYMBOLIC, *WORDS, *LISTED))))


def check(scanner: Scanner) -> Check | MacroRef:
    """What stands here.

    Raises:
        RuleError: no check and no name does, or a check goes wrong.
    """
    start = scanner.at
    left = operand.operand(scanner)
    if left is not None:
        return _test(scanner, left, start)
    name = scanner.match(tokens.IDENTIFIER)
    if name is None or name in tokens.KEYWORDS:
        scanner.at = start
        raise scanner.error(f"expected a check or a macro{scanner.found()}", hints.no_check(scanner))
    return MacroRef(name, scanner.since(start))


def _test(scanner: Scanner, left: Operand, start: int) -> Check:
    scanner.blanks()
    begin = scanner.at
    operator = _operator(scanner)
    if operator is None:
        named = scanner.text.value[start:begin].rstrip()
        message = f"expected an operator after {tokens.shortened(named)}{scanner.found()}"
        raise scanner.error(message, hints.no_operator(scanner))
    marked = scanner.since(begin)
    modifier, right = _right(scanner, operator)
    return Check(left, operator, right, modifier, scanner.since(start), marked)


def _operator(scanner: Scanner) -> str | None:
    operator = scanner.match(_OPERATOR)
    behind = scanner.text.value[scanner.at : scanner.at + 1]
    if operator is not None and operator in WORDS and behind not in tokens.BLANKS:
        start = scanner.at - len(operator)
        hint = f"write {operator} and a blank, then the value"
        raise scanner.error(f"{operator} needs a blank after it", hint, start, scanner.at)
    return operator


def _right(scanner: Scanner, operator: str) -> tuple[str | None, Right | None]:
    """The modifier and the right side."""
    if operator == "exists":
        return None, None
    if operator in NUMERIC:
        return None, values.number(scanner, operator)
    if operator in LISTED:
        return None, values.listed(scanner, operator)
    modifier = values.modifier(scanner) if scanner.blanks() else None
    if modifier is None:
        return None, values.single(scanner, operator)
    return modifier, values.literals(scanner) if scanner.sees("(") else values.name(scanner)

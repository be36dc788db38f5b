# SPDX-License-Identifier: Apache-2.0
"""Right sides of checks: numbers, words, quoted text, lists, and fields in val() or a transformer.

Grammar: specification 2.2 (list, value, rhsfield) and 2.3.
"""

from __future__ import annotations

import re

from lanner_engine import tokens
from lanner_engine.ast import ListLiteral, Literal, Right, Transformer
from lanner_engine.parser import operand
from lanner_engine.source import RuleError
from lanner_engine.tokens import Scanner

MODIFIERS = ("oneof", "anyof", "allof")
ITEM_HINT = """a text with quotes, commas, parentheses or = has quotes of its own: '"a,b"'"""
_MODIFIER = re.compile(rf"(?:{'|'.join(MODIFIERS)})(?=[ \t\x08\r\n])")


def number(scanner: Scanner, operator: str) -> Right:
    """What may follow < <= > >=."""
    scanner.blanks()
    start = scanner.at
    made = compared(scanner)
    if made is not None:
        return made
    written = scanner.match(tokens.HEX) or scanner.match(tokens.NUMBER)
    if written is None:
        hint = "only numbers have an order; text is compared with =, startswith, contains, ..."
        raise scanner.error(f"expected a number after {operator}{scanner.found()}", hint)
    return Literal(tokens.encoded(written), False, scanner.since(start))


def single(scanner: Scanner, operator: str) -> Right:
    """What may follow a string operator without modifier."""
    scanner.blanks()
    made = compared(scanner) or value(scanner)
    if made is None:
        raise scanner.error(f"expected a value after {operator}{scanner.found()}", _value_hint(scanner))
    return made


def listed(scanner: Scanner, operator: str) -> Right:
    """What may follow in, intersects and pmatch."""
    scanner.blanks()
    if scanner.sees("("):
        return literals(scanner)
    made = compared(scanner) or name(scanner)
    if made is None:
        hint = "values stand in parentheses: (a, b)"
        raise scanner.error(f"expected a list after {operator}{scanner.found()}", hint)
    return made


def name(scanner: Scanner) -> Literal | None:
    """A list's name without parentheses: one literal."""
    start = scanner.at
    word = scanner.match(tokens.IDENTIFIER)
    return None if word is None else Literal(tokens.encoded(word), False, scanner.since(start))


def modifier(scanner: Scanner) -> str | None:
    """oneof, anyof or allof, when what follows makes it a modifier and not a value (specification 2.3)."""
    start = scanner.at
    word = scanner.match(_MODIFIER)
    if word is None:
        return None
    scanner.blanks()
    following = Scanner(scanner.text, scanner.at).match(tokens.IDENTIFIER)
    if scanner.sees("(") or (following is not None and following not in tokens.KEYWORDS):
        return word
    scanner.at = start
    return None


def compared(scanner: Scanner) -> Transformer | None:
    """A field to compare with: val(field), or a transformer."""
    start = scanner.at
    if not scanner.take("val("):
        return operand.transformer(scanner)
    scanner.blanks()
    inner = operand.field(scanner)
    if inner is None:
        message = f"expected a field in val(){scanner.found()}"
        raise scanner.error(message, "val() takes a plain field; transformers stand without val()")
    scanner.blanks()
    if not scanner.take(")"):
        raise scanner.error(f"expected ')' behind the field in val(){scanner.found()}")
    return Transformer("val", (inner,), None, scanner.since(start))


def value(scanner: Scanner) -> Literal | None:
    """A quoted text or a word."""
    start = scanner.at
    quoted = scanner.quoted()
    if quoted is not None:
        return Literal(quoted, True, scanner.since(start))
    word = scanner.match(tokens.BARE)
    return None if word is None else Literal(tokens.encoded(word), False, scanner.since(start))


def literals(scanner: Scanner) -> ListLiteral:
    """`(a, "b c")`, possibly empty."""
    start = scanner.at
    scanner.take("(")
    scanner.blanks()
    items: list[Literal] = []
    if not scanner.sees(")"):
        items.append(_list_value(scanner, start))
        scanner.blanks()
        while scanner.take(","):
            scanner.blanks()
            items.append(_list_value(scanner, start))
            scanner.blanks()
    if not scanner.take(")"):
        raise _unclosed(scanner, start)
    return ListLiteral(tuple(items), scanner.since(start))


def unlisted(scanner: Scanner) -> tuple[Literal, ...]:
    """Values with commas between them that are the whole text, as an item of a list may be."""
    items: list[Literal] = []
    scanner.blanks()
    while not (scanner.done and not items):
        made = value(scanner)
        if made is None:
            raise scanner.error(f"expected a value{_behind(scanner)}", ITEM_HINT)
        items.append(made)
        scanner.blanks()
        if not scanner.take(","):
            break
        scanner.blanks()
    if not scanner.done:
        raise scanner.error(f"expected ',' or the end of the item{scanner.found()}", ITEM_HINT)
    return tuple(items)


def _behind(scanner: Scanner) -> str:
    return " behind the comma" if scanner.done else scanner.found()


def _list_value(scanner: Scanner, opened: int) -> Literal:
    made = value(scanner)
    if made is not None:
        return made
    if scanner.done:
        raise _unclosed(scanner, opened)
    hint = ""
    if scanner.sees(",") or scanner.sees(")"):
        hint = "there is a comma too many, or a value is missing"
    elif scanner.sees("("):
        hint = "lists cannot hold lists"
    raise scanner.error(f"expected a value in the list{scanner.found()}", hint)


def _unclosed(scanner: Scanner, opened: int) -> RuleError:
    if scanner.done:
        return scanner.error("this parenthesis is never closed", start=opened, end=opened + 1)
    if scanner.sees("="):
        hint = "a value that holds = stands in quotes"
    else:
        hint = "a comma stands between values; a value with blanks stands in quotes"
    return scanner.error(f"expected ',' or ')' in the list{scanner.found()}", hint)


def _value_hint(scanner: Scanner) -> str:
    if scanner.sees("("):
        return "a list follows in, intersects, pmatch, or a modifier: = anyof (a, b)"
    if scanner.sees("="):
        return "equality is written = or =="
    return 'an empty value is written ""' if scanner.done else ""

# SPDX-License-Identifier: Apache-2.0
"""Operands: fields and transformers, as they stand left of an operator, in val() and in %tokens of outputs.

Grammar: specification 2.2 (operand, field, transformer, targ, tlist).
"""

from __future__ import annotations

from lanner_engine import tokens
from lanner_engine.ast import FieldRef, ListLiteral, Literal, Operand, Transformer
from lanner_engine.source import RuleError
from lanner_engine.text import Text
from lanner_engine.tokens import Scanner

MAX_NESTING = 50  # transformers in transformers; more is an attack on what walks the tree


def parse_operand(text: Text) -> Operand:
    """The operand that the whole text is.

    Raises:
        RuleError: it is none, or something follows it.
    """
    made, end = operand_prefix(text)
    if end < len(text.value):
        scanner = Scanner(text, end)
        raise scanner.error(f"nothing may follow the operand{scanner.found()}")
    return made


def operand_prefix(text: Text, offset: int = 0) -> tuple[Operand, int]:
    """The operand of the longest valid stretch from `offset`, and where it ends.

    A bracket that cannot be read is not part of it: `proc.name[` is `proc.name`.

    Raises:
        RuleError: no operand starts there.
    """
    scanner = Scanner(text, offset)
    made = operand(scanner, lenient=True)
    if made is None:
        raise scanner.error(f"expected a field or a transformer{scanner.found()}")
    return made, scanner.at


def operand(scanner: Scanner, nesting: int = 0, lenient: bool = False) -> Operand | None:
    """The field or transformer that stands here; None, without moving, when none does.

    Raises:
        RuleError: one starts here and goes wrong.
    """
    return transformer(scanner, nesting, lenient) or field(scanner, lenient)


def field(scanner: Scanner, lenient: bool = False) -> FieldRef | None:
    start = scanner.at
    name = scanner.match(tokens.FIELD)
    if name is None:
        return None
    argument = _argument(scanner, lenient)
    return FieldRef(name, argument, scanner.since(start))


def transformer(scanner: Scanner, nesting: int = 0, lenient: bool = False) -> Transformer | None:
    start = scanner.at
    name = scanner.match(tokens.TRANSFORMER)
    if name is None:
        return None
    if nesting >= MAX_NESTING:
        raise scanner.error(f"transformers nest more than {MAX_NESTING} deep", start=start, end=scanner.at)
    opened = scanner.at
    scanner.take("(")
    arguments = [_item(scanner, name, nesting)]
    while _comma(scanner):
        arguments.append(_item(scanner, name, nesting))
    _close(scanner, opened, f"the arguments of {name}")
    selector = _argument(scanner, lenient)
    return Transformer(name, tuple(arguments), selector, scanner.since(start))


def _item(scanner: Scanner, name: str, nesting: int) -> Operand | Literal | ListLiteral:
    """One argument of a transformer."""
    scanner.blanks()
    if scanner.sees("("):
        return _list(scanner, name, nesting)
    made = _element(scanner, nesting)
    if made is None:
        hint = "text stands in quotes here" if scanner.peek() not in ("", ")", ",") else ""
        raise scanner.error(f"expected an argument of {name}(){scanner.found()}", hint)
    return made


def _element(scanner: Scanner, nesting: int) -> Operand | Literal | None:
    start = scanner.at
    number = scanner.match(tokens.HEX) or scanner.match(tokens.NUMBER)
    if number is not None:
        return Literal(tokens.encoded(number), False, scanner.since(start))
    quoted = scanner.quoted()
    if quoted is not None:
        return Literal(quoted, True, scanner.since(start))
    return operand(scanner, nesting + 1)


def _list(scanner: Scanner, name: str, nesting: int) -> ListLiteral:
    """`("a", proc.name, 1)` as an argument: no bare words, no lists."""
    start = scanner.at
    scanner.take("(")
    scanner.blanks()
    items: list[Operand | Literal] = []
    if not scanner.sees(")"):
        items.append(_list_element(scanner, name, nesting))
        while _comma(scanner):
            scanner.blanks()
            items.append(_list_element(scanner, name, nesting))
    _close(scanner, start, "the list")
    return ListLiteral(tuple(items), scanner.since(start))


def _list_element(scanner: Scanner, name: str, nesting: int) -> Operand | Literal:
    made = _element(scanner, nesting)
    if made is None:
        message = f"expected an element of a list in {name}(){scanner.found()}"
        raise scanner.error(message, "elements are fields, transformers, numbers and text in quotes")
    return made


def _comma(scanner: Scanner) -> bool:
    scanner.blanks()
    return scanner.take(",")


def _close(scanner: Scanner, opened: int, what: str) -> None:
    scanner.blanks()
    if scanner.take(")"):
        return
    if scanner.done:
        raise scanner.error("this parenthesis is never closed", start=opened, end=opened + 1)
    raise scanner.error(f"expected ',' or ')' in {what}{scanner.found()}")


def _argument(scanner: Scanner, lenient: bool) -> bytes | None:
    """The text between brackets directly behind a name."""
    start = scanner.at
    if not scanner.take("["):
        return None
    try:
        return _bracketed(scanner, start)
    except RuleError:
        if not lenient:
            raise
        scanner.at = start
        return None


def _bracketed(scanner: Scanner, opened: int) -> bytes:
    value = scanner.quoted()
    if value is None:
        word = scanner.match(tokens.BARE_ARGUMENT)
        value = None if word is None else tokens.encoded(word)
    if value is None:
        hint = 'an empty argument is written [""]' if scanner.sees("]") else "no blanks may stand in brackets"
        raise scanner.error(f"expected an argument in the brackets{scanner.found()}", hint)
    if not scanner.take("]"):
        hint = "an argument with blanks, quotes or brackets stands in quotes"
        raise scanner.error("this bracket is never closed", hint, opened, opened + 1)
    return value

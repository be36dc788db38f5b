# SPDX-License-Identifier: Apache-2.0
"""Tree back to text. Called where people see a condition: command line, status, tests.

`print_condition` is the printing form of specification 2.4, which drops quotes that a value does not need and
writes an empty value as nothing. `print_source` is the same form with what it takes to read it again:
parse(print_source(x)) == x for every tree the parser makes.
"""

from __future__ import annotations

import re

from lanner_engine.ast import (
    And,
    Check,
    Expr,
    FieldRef,
    ListLiteral,
    Literal,
    MacroRef,
    Not,
    Operand,
    Or,
    Rows,
    Transformer,
)

_QUOTED = re.compile(rb"""[\x08\f\n\r\t =\\"'\x00]""")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LAST_ASCII = 0x7F
_ROWS = 4  # that are printed; the language has no word for them, so nothing reads them again


def print_condition(condition: Expr) -> str:
    """One line: `(a and not b and fd.name in (x, "y z"))`."""
    return _print(condition, exact=False)


def print_source(condition: Expr) -> str:
    """One line that parses to the same tree, quotes and nested nots included."""
    return _print(condition, exact=True)


def print_operand(operand: Operand) -> str:
    """A field or a transformer in the printing form: `join(->,(proc.name,proc.exe))`."""
    return _operand(operand, exact=False)


def print_literal(value: bytes) -> str:
    """A value in quotes, which names no list and is no word of the language; it reads as the same bytes."""
    return _quote(value, exact=True)


def _print(condition: Expr, exact: bool) -> str:
    """Without recursion: conditions may nest as deep as the parser lets them."""
    parts: list[str] = []
    waiting: list[Expr | str] = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, Not):
            # Nots in a row cancel out when they are read again.
            wrapped = exact and isinstance(node.child, Not)
            waiting += [")", node.child, "not ("] if wrapped else [node.child, "not "]
        elif isinstance(node, And | Or):
            waiting += _chain(node)
        elif isinstance(node, Rows):
            parts.append(_rows(node))
        else:
            parts.append(node.name if isinstance(node, MacroRef) else _check(node, exact))
    return "".join(parts)


def _chain(node: And | Or) -> list[Expr | str]:
    """The parts of (a and b), last one first; a constant, which no text makes, by its meaning."""
    if not node.children:
        return ["always" if isinstance(node, And) else "never"]
    word = " and " if isinstance(node, And) else " or "
    parts: list[Expr | str] = [")"]
    for child in reversed(node.children):
        parts += [child, word]
    return [*parts[:-1], "("]


def _rows(node: Rows) -> str:
    """(proc.name, fd.name) in ((a, /b), (c, /d)), the first ones."""
    fields = ", ".join(_operand(one, exact=False) for one in node.fields)
    if node.tenants:
        return f"({fields}) in ({node.tenants} of namespaces)"
    shown = [f"({', '.join(map(_plain, row))})" for row in sorted(node.rows, key=repr)[:_ROWS]]
    more = len(node.rows) - len(shown)
    return f"({fields}) in ({', '.join(shown)}{f', …{more} more' if more > 0 else ''})"


def _plain(value: bytes | int) -> str:
    return _value(Literal(value if isinstance(value, bytes) else str(value).encode()), exact=False)


def _check(node: Check, exact: bool) -> str:
    words = [_operand(node.left, exact), node.operator]
    if node.modifier is not None:
        words.append(node.modifier)
    if node.right is not None:
        words.append(_operand(node.right, exact))
    return " ".join(words)


def _operand(operand: FieldRef | Transformer | Literal | ListLiteral, exact: bool) -> str:
    if isinstance(operand, Literal):
        return _value(operand, exact)
    if isinstance(operand, FieldRef):
        return operand.name + _argument(operand.argument, exact)
    if isinstance(operand, ListLiteral):
        # A list that is a transformer's argument is printed by _inner.
        return f"({', '.join(_operand(item, exact) for item in operand.items)})"
    inner = ",".join(_inner(argument, exact) for argument in operand.arguments)
    return f"{operand.name}({inner}){_argument(operand.selector, exact)}"


def _inner(operand: FieldRef | Transformer | Literal | ListLiteral, exact: bool) -> str:
    """An argument of a transformer, or an element of a list there."""
    if isinstance(operand, ListLiteral):
        return f"({','.join(_inner(item, exact) for item in operand.items)})"
    return _operand(operand, exact)


def _value(literal: Literal, exact: bool) -> str:
    quoted = literal.quoted if exact else bool(_QUOTED.search(literal.value)) or not _readable(literal.value)
    return _quote(literal.value, exact) if quoted else literal.value.decode("utf-8", "surrogateescape")


def _argument(argument: bytes | None, exact: bool) -> str:
    if argument is None:
        return ""
    bare = re.fullmatch(rb"[^\[\]\"' \t\x08\r\n]+", argument) and not _QUOTED.search(argument)
    return f"[{argument.decode()}]" if bare and _readable(argument) else f"[{_quote(argument, exact)}]"


def _quote(value: bytes, exact: bool) -> str:
    """A value in double quotes; what is no UTF-8 text is written as \\xHH."""
    text = value.decode("utf-8", "surrogateescape")
    inside = "".join(map(_escaped, text))
    if exact and text.endswith("\\"):
        # A quote behind a backslash would not end the text, whatever that backslash means.
        inside = inside[:-2] + "\\x5c"
    return f'"{inside}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004  surrogateescape's bytes
        return f"\\x{code - 0xDC00:02x}"
    return character if code >= ord(" ") and code != _LAST_ASCII else f"\\x{code:02x}"


def _readable(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True

# SPDX-License-Identifier: Apache-2.0
"""Parse an output: text with %fields becomes a Template, or diagnostics.

Called by program/load with a rule's output. A token is the longest text after the % that is a field or a
transformer (specification 5.1). Suggested fields are appended (5.2).
"""

from __future__ import annotations

import re
from typing import cast

from lanner_engine.ast import FieldRef, Transformer
from lanner_engine.diagnostics import suggest
from lanner_engine.fields import operands, table
from lanner_engine.fields.unanswered import UNANSWERED
from lanner_engine.output.suggested import with_suggested
from lanner_engine.output.template import Template, Token
from lanner_engine.parser.operand import parse_operand
from lanner_engine.source import Diagnostic, RuleError
from lanner_engine.text import Text, plain

CODE = "LOAD_ERR_COMPILE_OUTPUT"
MAX_WIDTH = 4096

_WIDTH = re.compile(r"[0-9]*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_ARGUMENT = re.compile(r"""\[(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\]\["'\s]+)\]""")
_TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")
_CONTAINER_INFO = re.compile(r" ?%container\.info\b")


class _TokenError(Exception):
    """Why a % is no token; becomes a diagnostic."""

    def __init__(self, message: str, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.end = end
        self.hint = hint


def parse_output(text: Text) -> tuple[Template, tuple[Diagnostic, ...]]:
    """The template of an output text, with warnings.

    Raises:
        RuleError: with every wrong token, not only the first.
    """
    problems: list[Diagnostic] = []
    if not text.value:
        raise RuleError((Diagnostic("error", CODE, "the output is empty", text.whole),))
    parts = _parts(text, problems)
    appended = with_suggested(text.value)
    parts += _parts(plain(appended[len(text.value) :]), problems)
    if any(problem.severity == "error" for problem in problems):
        raise RuleError(tuple(problems))
    return Template(_CONTAINER_INFO.sub("", appended), tuple(_joined(parts))), tuple(problems)


def _parts(text: Text, problems: list[Diagnostic]) -> list[bytes | Token]:
    """Literal bytes and tokens in order."""
    parts: list[bytes | Token] = []
    value = text.value
    at = 0
    while at < len(value):
        percent = value.find("%", at)
        end = len(value) if percent < 0 else percent
        parts.append(value[at:end].encode())
        if percent < 0:
            break
        info = _CONTAINER_INFO.match(value, percent)
        if info is not None:
            problems.append(_deprecated(text, percent, info.end()))
            at = info.end()
            continue
        try:
            token, at = _token(value, percent)
            parts.append(token)
        except _TokenError as error:
            span = text.span(percent, max(error.end, percent + 1))
            problems.append(Diagnostic("error", CODE, str(error), span, error.hint))
            at = max(error.end, percent + 1)
    return parts


def _deprecated(text: Text, start: int, end: int) -> Diagnostic:
    message = "%container.info is deprecated and prints nothing"
    return Diagnostic("warning", "LOAD_DEPRECATED_ITEM", message, text.span(start, end))


def _joined(parts: list[bytes | Token]) -> list[bytes | Token]:
    """Neighbouring literals as one."""
    joined: list[bytes | Token] = []
    for part in parts:
        if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += part
        elif part != b"":
            joined.append(part)
    return joined


def _token(value: str, percent: int) -> tuple[Token, int]:
    """The token that starts at a %, and where it ends."""
    digits = _WIDTH.match(value, percent + 1)
    start = digits.end() if digits else percent + 1
    width = int(value[percent + 1 : start][:6]) if start > percent + 1 else None
    if width is not None and width > MAX_WIDTH:
        raise _TokenError(f"the width {width} is larger than {MAX_WIDTH}", start)
    if start >= len(value):
        raise _TokenError("formatting cannot end with a %", start, "there is no escape for %; leave it out")
    word = _WORD.match(value, start)
    if word is None:
        raise _TokenError("no field follows the %", start + 1, "there is no escape for %; leave it out")
    if word[0] in _TRANSFORMERS and value[word.end() : word.end() + 1] == "(":
        transformer, end = _transformer(value, start)
        return Token(transformer, value[start:end], width), end
    ref, end = _field(value, start, word[0])
    return Token(ref, table.spelling(ref), width), end


def _field(value: str, start: int, word: str) -> tuple[FieldRef, int]:
    """The longest field at `start`; an unanswered field is not cut down to a shorter one."""
    bracket = _ARGUMENT.match(value, start + len(word))
    first: ValueError | None = None
    if bracket is not None:
        try:
            ref = FieldRef(word, _unquoted(bracket[0][1:-1]))
            return _printable(table.resolve(ref)), bracket.end()
        except ValueError as error:
            first = error if word in table.FIELDS or word in UNANSWERED else None
    for length in range(len(word), 0, -1):
        try:
            return _printable(table.resolve(FieldRef(word[:length]))), start + length
        except table.UnansweredFieldError as error:
            raise _TokenError(str(error), start + length) from None
        except ValueError as error:
            first = first or error
    name = word.rstrip(".")
    hint = suggest(name, table.FIELDS.keys() | UNANSWERED)
    raise _TokenError(str(first or f"there is no field {name}"), start + len(name), hint)


def _printable(ref: FieldRef) -> FieldRef:
    if "F" in table.FIELDS[ref.name].flags:
        raise table.ArgumentError(f"field {ref.name} cannot be printed")
    return ref


def _unquoted(argument: str) -> bytes:
    """An argument in quotes is read by the grammar's rules."""
    if argument[:1] in ('"', "'"):
        made = parse_operand(plain(f"container.label[{argument}]"))
        return (made.argument or b"") if isinstance(made, FieldRef) else b""
    return argument.encode()


def _transformer(value: str, start: int) -> tuple[Transformer, int]:
    end = _closing(value, start)
    selector = _ARGUMENT.match(value, end)
    end = selector.end() if selector else end
    try:
        made = parse_operand(plain(value[start:end]))
    except RuleError as error:
        raise _TokenError(error.diagnostics[0].message, end) from None
    if not isinstance(made, Transformer):
        raise _TokenError("no transformer", end)
    try:
        resolved = operands.map_fields(made, table.resolve)
        operands.shape(resolved)
    except ValueError as error:
        raise _TokenError(str(error), end) from None
    return cast(Transformer, resolved), end


def _closing(value: str, start: int) -> int:
    """Behind the parenthesis that closes the first one, quotes skipped."""
    depth = 0
    quote = ""
    for at in range(start, len(value)):
        character = value[at]
        if quote:
            quote = "" if character == quote and value[at - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return at + 1
    raise _TokenError("the parenthesis is never closed", len(value))

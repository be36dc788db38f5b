# SPDX-License-Identifier: Apache-2.0
"""Parse an output: text with %fields becomes a Template, or diagnostics.

A token is the longest text after the % that is a field or a transformer (specification 5.1). Suggested fields
are appended (5.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from lanner_engine.ast import FieldRef, Operand, Transformer
from lanner_engine.diagnostics import suggest
from lanner_engine.fields import operands, table
from lanner_engine.output.suggested import with_suggested
from lanner_engine.output.template import Template, Token, token_of
from lanner_engine.parser.operand import operand_prefix
from lanner_engine.source import Diagnostic, LannerError, RuleError
from lanner_engine.text import Text, plain

CODE = "LOAD_ERR_COMPILE_OUTPUT"
MAX_WIDTH = 4096  # of a field, and of all fields of an output together

_WIDTH = re.compile(r"[0-9]*")
_NO_ESCAPE = "there is no escape for %; leave it out"
# Looked for anywhere in an output, longest first (specification 1.6).
_OLD_FIELD = re.compile(r"evt\.dir|evt\.wait_latency|evt\.latency(?:\.human|\.ns|\.s)?")
# What would belong to the name of a field that was meant.
_REST = re.compile(r"(?:\.?[A-Za-z0-9_])+")
_CONTAINER_INFO = re.compile(r" ?%container\.info\b")
# In front of an output: absent fields print <NA>. They always do here (specification 5.1).
LENIENT = "*"


class _TokenError(LannerError):
    """Why a % is no token; becomes a diagnostic."""

    def __init__(self, message: str, end: int, hint: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.end = end
        self.hint = hint
        self.reason = reason


def parse_output(text: Text) -> tuple[Template, tuple[Diagnostic, ...]]:
    """The template of an output text, with warnings.

    Raises:
        RuleError: with every wrong token, not only the first.
    """
    problems: list[Diagnostic] = []
    if not text.value:
        raise RuleError((Diagnostic("error", CODE, "the output is empty", text.whole),))
    parts = _parts(text, problems)
    problems += (_old_field(text, found) for found in _OLD_FIELD.finditer(text.value))
    written = text.value.removeprefix(LENIENT)
    appended = with_suggested(written)
    parts += _suggested(appended[len(written) :])
    if any(problem.severity == "error" for problem in problems):
        raise RuleError(tuple(problems))
    return Template(_CONTAINER_INFO.sub("", appended), tuple(_joined(parts))), tuple(problems)


def parse_format(text: Text) -> Template:
    """The template of a text as it is, without suggested fields.

    Raises:
        RuleError: with every wrong token.
    """
    problems: list[Diagnostic] = []
    parts = _parts(text, problems)
    if not text.value:
        problems.append(Diagnostic("error", CODE, "the format is empty", text.whole))
    if errors := tuple(one for one in problems if one.severity == "error"):
        raise RuleError(errors)
    return Template(_CONTAINER_INFO.sub("", text.value.removeprefix(LENIENT)), tuple(_joined(parts)))


def _parts(text: Text, problems: list[Diagnostic]) -> list[bytes | Token]:
    """Literal bytes and tokens in order."""
    parts: list[bytes | Token] = []
    value = text.value
    at = int(value.startswith(LENIENT))
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
            token, at = _token(text, percent)
            parts.append(token)
            problems += _clinging(text, percent, at)
        except _TokenError as error:
            span = text.span(percent, max(error.end, percent + 1))
            problems.append(Diagnostic("error", CODE, str(error), span, error.hint, error.reason))
            at = max(error.end, percent + 1)
    problems += _too_wide(text, parts)
    return parts


def _too_wide(text: Text, parts: list[bytes | Token]) -> Iterator[Diagnostic]:
    """Each width is allowed, but not all of them together: a rule fills no alert with blanks."""
    width = sum(part.width or 0 for part in parts if isinstance(part, Token))
    if width > MAX_WIDTH:
        message = f"the widths of all fields together are {width}, larger than {MAX_WIDTH}"
        yield Diagnostic("error", CODE, message, text.whole)


@lru_cache(maxsize=64)  # one for each set of suggested fields that an output lacks: there are few
def _suggested(text: str) -> tuple[bytes | Token, ...]:
    """What is appended has no problems."""
    return tuple(_parts(plain(text), []))


def _clinging(text: Text, percent: int, end: int) -> Iterator[Diagnostic]:
    """A field whose name goes on behind what is known of it was meant as another."""
    rest = _REST.match(text.value, end)
    if rest is None or text.value[end - 1] in ")]":
        return
    known, whole = text.value[percent:end], text.value[percent : rest.end()]
    meant = whole[1:].lstrip("0123456789")
    message = f"{whole} is {known} and behind it {rest[0]}: there is no field {meant}"
    hint = suggest(meant, table.FIELDS) or f"if that is meant, a blank behind {known} makes it clear"
    yield Diagnostic("warning", "LOAD_WARNING_EXTENSION", message, text.span(percent, rest.end()), hint)


def _old_field(text: Text, found: re.Match[str]) -> Diagnostic:
    message = f"field {found[0]} is deprecated"
    return Diagnostic("warning", "LOAD_DEPRECATED_ITEM", message, text.span(found.start(), found.end()))


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


def _token(text: Text, percent: int) -> tuple[Token, int]:
    """The token that starts at a %, and where it ends."""
    value = text.value
    digits = _WIDTH.match(value, percent + 1)
    start = digits.end() if digits else percent + 1
    width = int(value[percent + 1 : start].lstrip("0")[:6] or 0) or None  # none, as if it were not written
    if width is not None and width > MAX_WIDTH:
        raise _TokenError(f"the width {width} is larger than {MAX_WIDTH}", start)
    if start >= len(value):
        raise _TokenError("formatting cannot end with a %", start, _NO_ESCAPE)
    try:
        operand, end = operand_prefix(text, start)
    except RuleError as error:
        found = error.diagnostics[0]
        raise _TokenError(f"no field follows the %: {found.message}", start + 1, _NO_ESCAPE) from None
    if isinstance(operand, FieldRef):
        ref, end = _field(operand, start, end)
        return token_of(ref, width), end
    resolved, end = _longest(operand, start, end, value)
    return token_of(resolved, width), end


def _field(found: FieldRef, start: int, end: int) -> tuple[FieldRef, int]:
    """The longest field at `start`."""
    first: ValueError | None = None
    if found.argument is not None:
        try:
            return _printable(table.resolve(found)), end
        except ValueError as error:
            first = error if found.name in table.FIELDS else None
    for length in range(len(found.name), 0, -1):
        if found.name[length - 1] == ".":
            continue  # no name ends in one: it is text
        try:
            return _printable(table.resolve(FieldRef(found.name[:length]))), start + length
        except ValueError as error:
            first = first or error
    hint = suggest(found.name, table.FIELDS)
    raise _TokenError(str(first), end, hint, "UnknownField")


def _printable(ref: FieldRef) -> FieldRef:
    if "F" in table.FIELDS[ref.name].flags:
        raise table.ArgumentError(f"field {ref.name} cannot be printed")
    return ref


def _longest(found: Transformer, start: int, end: int, value: str) -> tuple[Operand, int]:
    """The transformer, and where it ends: before a bracket that is none of its own, which is text then."""
    try:
        return _transformer(found, end), end
    except _TokenError:
        if found.selector is None:
            raise
        bracket = value.rindex("[", start, end)
        return _transformer(replace(found, selector=None), bracket), bracket


def _transformer(found: Transformer, end: int) -> Operand:
    try:
        if found.name == "val":
            raise ValueError("val() has no place in an output")
        resolved = operands.map_fields(found, table.resolve)
        operands.shape(resolved)
    except ValueError as error:
        raise _TokenError(str(error), end) from None
    return resolved

# SPDX-License-Identifier: Apache-2.0
"""Recovery: a condition that does not parse is read on without the part that is wrong, so that one load finds
what is wrong with the other parts too.

The part between the `and`, `or` or parenthesis before an error and the one behind it becomes a check that
means nothing. Where quotes or parentheses do not pair the parts cannot be told, and the first error is the
only one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lanner_engine.ast import Expr
from lanner_engine.parser.condition import parse
from lanner_engine.source import Diagnostic, RuleError
from lanner_engine.text import Text, composed
from lanner_engine.tokens import Scanner

MAX_ERRORS = 20  # of one condition
_NOTHING = " evt.num>0 "
_WORD = re.compile(r"""[^()"' \t\x08\r\n]+""")


@dataclass(frozen=True, slots=True)
class Parsed:
    """`tree` stands for the whole condition only without errors; None when nothing could be read."""

    tree: Expr | None
    errors: tuple[Diagnostic, ...]


def parse_on(text: Text) -> Parsed:
    """The tree of what can be read, and everything that cannot."""
    errors: list[Diagnostic] = []
    while True:
        try:
            return Parsed(parse(text), tuple(errors))
        except RuleError as error:
            place = _part(text, error.offset)
            if errors and place is None:  # what was left out may be the reason
                return Parsed(None, tuple(errors))
            errors.extend(error.diagnostics)
            if place is None or len(errors) >= MAX_ERRORS:
                return Parsed(None, tuple(errors))
            text = _without(text, *place)


def parse_all(text: Text) -> Expr:
    """The tree of a condition.

    Raises:
        RuleError: with every part that is wrong.
    """
    parsed = parse_on(text)
    if parsed.tree is None or parsed.errors:
        raise RuleError(parsed.errors)
    return parsed.tree


def _part(text: Text, offset: int | None) -> tuple[int, int] | None:
    """The part around `offset`; None when it was left out before, is empty or cannot be told."""
    parts = _parts(text)
    if parts is None or offset is None:
        return None
    for start, end in parts:
        if start <= offset <= end:
            written = text.value[start:end].strip()
            return None if written in ("", _NOTHING.strip()) else (start, end)
    return None


def _without(text: Text, start: int, end: int) -> Text:
    return composed((_cut(text, 0, start), _NOTHING, _cut(text, end, len(text.value))), text.whole)


def _cut(text: Text, start: int, end: int) -> Text:
    seams = tuple(seam - start for seam in text.seams if start < seam < end)
    return Text(text.value[start:end], text.cut(start, end), text.whole, seams)


def _parts(text: Text) -> list[tuple[int, int]] | None:
    """Stretches between the words and parentheses that join parts; None when something does not pair."""
    scanner = Scanner(text)
    found: list[tuple[int, int]] = []
    opened: list[bool] = []  # whether each open parenthesis holds parts, rather than values
    start = behind = 0
    while not scanner.done:
        at = scanner.at
        try:
            quoted = scanner.quoted()
        except RuleError:
            return None
        word = scanner.match(_WORD) if quoted is None else None
        if word in ("and", "or", "not") and all(opened):
            found.append((start, at))
            start = scanner.at
        elif scanner.at == at:
            character = text.value[at]
            scanner.at += 1
            if character == "(":
                joins = all(opened) and not text.value[start:at].strip()
                opened.append(joins)
                start = scanner.at if joins else start
            elif character == ")":
                if not opened:
                    return None
                if opened.pop():
                    found.append((start, at))
                    start = scanner.at
        behind = scanner.at
    found.append((start, behind))
    return None if opened else found

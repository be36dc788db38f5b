# SPDX-License-Identifier: Apache-2.0
"""Reasons: the parts of a condition that made it what it is, a line each with the values they asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from lanner_engine.ast import And, FieldRef, MacroRef, Not, Or
from lanner_engine.diagnostics import visible
from lanner_engine.explain.answers import Answer
from lanner_engine.fields import form
from lanner_engine.parser.printer import print_condition

Shown = Callable[[FieldRef], str]  # a field with its value, or why there is none

MOST_LINES: Final = 40  # a screen
_WIDE: Final = 100
_WORDS: Final = {True: "true", False: "false", None: "unknown"}
_VALUE: Final = 80


def lines(answer: Answer, shown: Shown) -> Iterator[str]:
    """Why the whole is true, or false; at most a screen."""
    found = list(islice(_lines(answer, shown, 0), MOST_LINES + 1))
    yield from found[:MOST_LINES]
    if len(found) > MOST_LINES:
        yield "         … and more: a shorter condition, or one with macros, would show all of it"


def value(ref: FieldRef, found: object) -> str:
    """A value as a terminal can show it; of a list its elements."""
    if found is None:
        return "absent"
    text = form.printed(ref, found).decode("utf-8", "replace")
    return shorten(text) or '""'


def shorten(text: str) -> str:
    """Text of an event or a rule on one line."""
    return cut(visible(text), _VALUE)


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _lines(answer: Answer, shown: Shown, depth: int) -> Iterator[str]:
    node = answer.node
    if isinstance(node, And | Or):
        yield from _group(answer, shown, depth)
        return
    text = cut(visible(print_condition(node)), _WIDE - 2 * depth)
    word = _WORDS[answer.outcome]
    if answer.follows:
        word += "*"
    yield f"{word:<9}{'  ' * depth}{text}" + _values(answer, shown)
    inner = answer.below[0] if answer.below else None
    if isinstance(node, Not) and inner is not None and not isinstance(inner.node, And | Or):
        if not inner.below:
            return
        inner = inner.below[0] if isinstance(inner.node, MacroRef) else inner
    if inner is not None:
        yield from _lines(inner, shown, depth + 1)


def _values(answer: Answer, shown: Shown) -> str:
    asked = answer
    while isinstance(asked.node, Not):
        asked = asked.below[0]
    return "".join(f"   [{shown(ref)}]" for ref in asked.refs)


def _group(answer: Answer, shown: Shown, depth: int, inside: bool = False) -> Iterator[str]:
    """All parts of what they all decide, else those that decided. `inside` another group it has a line of
    its own.
    """
    parts = deciding(answer)
    joined = len(parts) == 1 or (isinstance(answer.node, And) and not inside)
    if not joined:
        word = "all of" if isinstance(answer.node, And) else "one of"
        yield f"{_WORDS[answer.outcome]:<9}{'  ' * depth}{word}"
    for part in parts:
        deeper = depth if joined else depth + 1
        if isinstance(part.node, And | Or):
            yield from _group(part, shown, deeper, inside=True)
        else:
            yield from _lines(part, shown, deeper)


def deciding(answer: Answer) -> tuple[Answer, ...]:
    """The parts of a group that are shown: they made it what it is."""
    every = answer.outcome is isinstance(answer.node, And)
    if every:
        return answer.below
    return tuple(one for one in answer.below if one.outcome is answer.outcome) or answer.below

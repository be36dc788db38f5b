# SPDX-License-Identifier: Apache-2.0
"""Candidates: of many rules, those that an event leaves possible, found by a few look-ups.

Of each rule one conjunct is taken that asks single fields for values, beginnings, ends or parts; those of all
rules become one table for each field and kind of question. A rule that no table names cannot be true, so that
a thousand rules cost what their tables cost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from lanner_engine.ast import Check, Expr, ListLiteral, Literal, Operand, Or
from lanner_engine.codegen import lookups
from lanner_engine.codegen.lookups import Part
from lanner_engine.codegen.ordering import Conjuncts
from lanner_engine.fields import operands
from lanner_engine.fields.model import Event
from lanner_engine.fields.regex import needed_text
from lanner_engine.fields.types import Kind, Value, parse_literal

TELLING = 3  # characters that a regular expression must need to be worth looking for
MAX_VALUES = 1_000  # of one rule in the tables; a longer list is asked fast enough by itself
_COMPARED = (Kind.INTEGER, Kind.STRING, Kind.PATH)
_TEXT = (Kind.STRING, Kind.PATH)
_PLAIN = re.compile(rb"[^*?\[\]\\]+")  # stretches of a glob that stand for themselves


class Question(IntEnum):
    """What a table is asked, cheapest first."""

    VALUE = 0
    PREFIX = 1
    SUFFIX = 2
    PART = 3


_QUESTIONS = {
    "=": Question.VALUE,
    "==": Question.VALUE,
    "in": Question.VALUE,
    "intersects": Question.VALUE,
    "startswith": Question.PREFIX,
    "endswith": Question.SUFFIX,
    "contains": Question.PART,
    "icontains": Question.PART,
}


@dataclass(frozen=True, slots=True)
class Atom:
    """One thing that makes a conjunct possible: this value, beginning, end or part of an operand."""

    operand: Operand
    question: Question
    key: Value | Part


@dataclass(frozen=True, slots=True)
class Table:
    """Rules by what they ask of an operand."""

    operand: Operand
    question: Question
    masks: Mapping[Value | Part, int]

    def lookup(self) -> Callable[..., int]:
        """The function from a present value to rules; a table of values is asked as a dictionary."""
        makers: dict[Question, Callable[..., Callable[..., int]]] = {
            Question.PREFIX: lookups.prefixes,
            Question.SUFFIX: lookups.suffixes,
            Question.PART: lookups.parts,
        }
        return makers[self.question](self.masks)


def chosen(rules: Sequence[Conjuncts]) -> list[tuple[Atom, ...]]:
    """For each rule the atoms of its most telling conjunct, of which one must hold; () when it has none."""
    options = [[atoms for part in rule.parts if (atoms := _atoms(part))] for rule in rules]
    common = Counter(atom for conjuncts in options for atoms in conjuncts for atom in set(atoms))

    def rank(atoms: tuple[Atom, ...]) -> tuple[int, int, int]:
        return max(common[atom] for atom in atoms), max(atom.question for atom in atoms), len(atoms)

    return [min(conjuncts, key=rank, default=()) for conjuncts in options]


def worth(choice: Sequence[tuple[Atom, ...]], few: int, many: int) -> bool:
    """Whether look-ups are faster than asking in turn: for many rules, and for a few that look into texts."""
    costly = sum(any(atom.question is Question.PART for atom in atoms) for atoms in choice)
    return costly >= few or sum(map(bool, choice)) >= many


def looked_for(choice: Sequence[tuple[Atom, ...]]) -> int:
    """Characters of the texts that automata would look for."""
    wanted = {(atom.operand, atom.key) for atoms in choice for atom in atoms}
    return sum(len(key.text) for _, key in wanted if isinstance(key, Part))


def tables(choice: Sequence[tuple[Atom, ...]]) -> list[Table]:
    """One table for each operand and question; rule number n is bit n."""
    found: dict[tuple[Operand, Question], dict[Value | Part, int]] = {}
    for number, atoms in enumerate(choice):
        for atom in atoms:
            masks = found.setdefault((atom.operand, atom.question), {})
            masks[atom.key] = masks.get(atom.key, 0) | 1 << number
    return [Table(operand, question, masks) for (operand, question), masks in found.items()]


def first_of(event: Event, mask: int, functions: Sequence[Callable[[Event], tuple[object, ...]]]) -> object:
    """Ask the rules of a mask in order: what the first that matches returns, or (). For generated code."""
    while mask:
        lowest = mask & -mask
        found = functions[lowest.bit_length() - 1](event)
        if found:
            return found
        mask ^= lowest
    return ()


def all_of(
    event: Event, mask: int, functions: Sequence[Callable[[Event], tuple[object, ...]]]
) -> tuple[object, ...]:
    """Ask the rules of a mask in order: what all that match return, joined. For generated code."""
    joined: tuple[object, ...] = ()
    while mask:
        lowest = mask & -mask
        joined += functions[lowest.bit_length() - 1](event)
        mask ^= lowest
    return joined


def _atoms(part: Expr) -> tuple[Atom, ...]:
    """The atoms of a conjunct, () when something else may make it true."""
    found: list[Atom] = []
    for check in part.children if isinstance(part, Or) else (part,):
        made = _of_check(check) if isinstance(check, Check) else ()
        if not made or len(found) + len(made) > MAX_VALUES:
            return ()
        found.extend(made)
    return tuple(found)


def _of_check(check: Check) -> tuple[Atom, ...]:
    shape = operands.shape(check.left)
    listed = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    literals = [item for item in listed if isinstance(item, Literal)]
    if shape != operands.Shape(shape.type) or shape.type.kind not in _COMPARED:
        return ()
    if len(literals) < len(listed) or check.modifier not in (None, "anyof"):
        return ()
    made = [_atom(check, shape.type.kind, literal) for literal in literals]
    kept = tuple(atom for atom in made if atom is not None)
    return kept if len(kept) == len(made) else ()


def _atom(check: Check, kind: Kind, literal: Literal) -> Atom | None:
    question = _QUESTIONS.get(check.operator)
    if question is Question.VALUE:
        value = parse_literal(operands.shape(check.left).type, check.operator, literal.value)
        return Atom(check.left, question, value)
    return _of_text(check, literal.value) if kind in _TEXT and literal.value else None


def _of_text(check: Check, text: bytes) -> Atom | None:
    left, question = check.left, _QUESTIONS.get(check.operator)
    if check.operator == "glob":
        return _of_glob(left, text)
    if check.operator == "regex":
        needed = needed_text(text)
        return Atom(left, Question.PART, Part(needed)) if len(needed) >= TELLING else None
    if question is not Question.PART:
        return None if question is None else Atom(left, question, text)
    any_case = check.operator == "icontains"
    return Atom(left, question, Part(text, any_case)) if text.isascii() or not any_case else None


def _of_glob(left: Operand, pattern: bytes) -> Atom | None:
    """The longest stretch of a pattern that stands for itself must be in the value."""
    if b"[" in pattern or b"\\" in pattern:
        return None
    longest = max(_PLAIN.findall(pattern), key=len, default=b"")
    if not longest:
        return None
    if pattern.startswith(longest):
        return Atom(left, Question.PREFIX, longest)
    if pattern.endswith(longest):
        return Atom(left, Question.SUFFIX, longest)
    return Atom(left, Question.PART, Part(longest))

# SPDX-License-Identifier: Apache-2.0
"""Answers: each part of a rule's condition with whether it is true of an event, by the reference evaluator.

What is known of the event may be little: an alert holds the fields of its output only. A part that asks for
others has no answer, unless the whole is known to be true and leaves it no choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from lanner_engine.ast import And, Check, Expr, FieldRef, MacroRef, Not, Operand, Or, Rows
from lanner_engine.explain.written import Written
from lanner_engine.fields import operands
from lanner_engine.reference.evaluate import holds


class Known(Protocol):
    """What is known of an event."""

    def knows(self, ref: FieldRef) -> bool: ...
    def read(self, operand: Operand) -> object: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """`node` as it is written; `outcome` None is not known. `refs` are the fields that a check asks for.

    `follows`: nothing that is known says so, but the rule was true as a whole.
    """

    node: Expr
    outcome: bool | None
    below: tuple[Answer, ...] = ()
    refs: tuple[FieldRef, ...] = ()
    follows: bool = False


def answers(rule: Written, known: Known) -> Answer:
    """Of the whole condition, every part below it."""
    return _Asking(rule, known).ask(rule.condition)


class _Asking:
    """Macros are asked once."""

    def __init__(self, rule: Written, known: Known) -> None:
        self._shelf = rule.shelf
        self._known = known
        self._macros: dict[str, Answer] = {}

    def ask(self, node: Expr) -> Answer:
        if isinstance(node, Check | Rows):
            return self._question(node)
        below: tuple[Answer, ...]
        if isinstance(node, MacroRef):
            below = (self._macro(node),)
        elif isinstance(node, Not):
            below = (self.ask(node.child),)
        else:
            below = tuple(map(self.ask, node.children))
        return Answer(node, _outcome(node, below), below)

    def _macro(self, ref: MacroRef) -> Answer:
        if ref.name not in self._macros:
            self._macros[ref.name] = self.ask(self._shelf.macro(ref))
        return self._macros[ref.name]

    def _question(self, node: Check | Rows) -> Answer:
        asked = self._shelf.question(node) if isinstance(node, Check) else node
        if isinstance(asked, bool):
            return Answer(node, asked)
        refs = fields_of(asked)
        known = all(map(self._known.knows, refs))
        return Answer(node, holds(asked, self._known.read) if known else None, (), refs)


def fields_of(asked: Check | Rows) -> tuple[FieldRef, ...]:
    """Each once, in the order of writing."""
    if isinstance(asked, Rows):
        return asked.fields
    sides = (asked.left, asked.right) if asked.right is not None else (asked.left,)
    return tuple(dict.fromkeys(ref for side in sides for ref in operands.fields_of(side)))


def _outcome(node: Expr, below: tuple[Answer, ...]) -> bool | None:
    outcomes = [one.outcome for one in below]
    if isinstance(node, Not):
        return None if outcomes[0] is None else not outcomes[0]
    if isinstance(node, MacroRef):
        return outcomes[0]
    deciding = not isinstance(node, And)
    if deciding in outcomes:
        return deciding
    return None if None in outcomes else not deciding


def following(answer: Answer, outcome: bool = True) -> Answer:
    """The same with what follows from the outcome of the whole."""
    if answer.outcome is not None and answer.outcome is not outcome:
        return answer  # what is known contradicts it: the reader is told both
    node, below = answer.node, answer.below
    follows = answer.follows or answer.outcome is None
    if isinstance(node, Not):
        below = (following(below[0], not outcome),)
    elif isinstance(node, MacroRef):
        below = (following(below[0], outcome),)
    elif isinstance(node, And | Or):
        below = _parts(below, outcome, all_of=isinstance(node, And) is outcome)
    return replace(answer, outcome=outcome, below=below, follows=follows)


def _parts(below: tuple[Answer, ...], outcome: bool, all_of: bool) -> tuple[Answer, ...]:
    """All of them have the outcome, or the only one that can."""
    if all_of:
        return tuple(following(one, outcome) for one in below)
    possible = [one for one in below if one.outcome is not (not outcome)]
    if len(possible) != 1:
        return below
    return tuple(following(one, outcome) if one is possible[0] else one for one in below)

# SPDX-License-Identifier: Apache-2.0
"""Functions: the source of one Python function for an ordered list of conditions.

Called by codegen/compile. The function takes an event and returns the constant of the first condition that
is true, or None. What neighbouring rules have in common is asked once, in an `if` around them. Subtrees too
deep for one expression become functions of their own that share no locals.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import count, takewhile

from lanner_engine.ast import And, Expr
from lanner_engine.codegen.access import Known
from lanner_engine.codegen.checks import Emitter
from lanner_engine.codegen.constants import Constants
from lanner_engine.codegen.ordering import Conjuncts, ordered

MAX_EXPRESSION_DEPTH = 20  # each level costs parentheses, of which Python allows 200
MAX_BLOCKS = 12  # nested ifs, of which Python allows 100


class Functions:
    """The growing source of one generated module."""

    def __init__(self) -> None:
        self.constants = Constants()
        self._parts: list[str] = []
        self._numbers = count()

    @property
    def source(self) -> str:
        return "\n".join(self._parts)

    def first_match(self, rules: Iterable[tuple[Expr, Hashable]]) -> str:
        """Add a function over conditions in order; returns its name."""
        emitter = self._emitter()
        named = [(condition, self.constants.add(result)) for condition, result in rules]
        lines, _ = self._block(emitter, ordered(named), set(), 1)
        return self._define(emitter, [*lines, "    return None"])

    def _block(
        self, emitter: Emitter, rules: Sequence[Conjuncts], known: Known, level: int
    ) -> tuple[list[str], Known]:
        """The lines for rules in order, and what is sure when none of them matched."""
        pad = "    " * level
        lines: list[str] = []
        at = 0
        while at < len(rules):
            parts, result = rules[at]
            if not parts:
                return [*lines, f"{pad}return {result}"], known
            alike = _alike(rules[at:]) if level < MAX_BLOCKS else 1
            if alike > 1:
                head = emitter.emit(parts[0], known)
                rest = [(one[1:], name) for one, name in rules[at : at + alike]]
                inner, fell_through = self._block(emitter, rest, head.true, level + 1)
                lines += [f"{pad}if {head.text}:", *inner]
                known = head.false & fell_through
            else:
                whole = emitter.emit(And(parts), known)
                lines += [f"{pad}if {whole.text}:", f"{pad}    return {result}"]
                known = whole.false
            at += alike
        return lines, known

    def _split(self, condition: Expr) -> str:
        emitter = self._emitter()
        emitted = emitter.emit(condition, set())
        return f"{self._define(emitter, [f'    return {emitted.text}'])}(e)"

    def _emitter(self) -> Emitter:
        return Emitter(self.constants, MAX_EXPRESSION_DEPTH, self._split)

    def _define(self, emitter: Emitter, lines: list[str]) -> str:
        name = f"f{next(self._numbers)}"
        unset = [f"    {' = '.join(sorted(emitter.locals.unset))} = UNSET"] if emitter.locals.unset else []
        self._parts.append("\n".join([f"def {name}(e):", *unset, *lines, ""]))
        return name


def _alike(rules: Sequence[Conjuncts]) -> int:
    """How many rules from the first on ask the same first question."""
    first = rules[0][0][0]
    return sum(1 for _ in takewhile(lambda rule: rule[0] and rule[0][0] == first, rules))

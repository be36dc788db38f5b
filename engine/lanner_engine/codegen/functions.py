# SPDX-License-Identifier: Apache-2.0
"""Functions: the source of one Python function for an ordered list of conditions.

The function takes an event and returns the constant of the first condition that is true and admitted, or
those of all of them in one tuple, or (). What neighbouring rules have in common is asked once, in an `if`
around them. Subtrees too deep for one expression become functions of their own that share no locals.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, groupby, takewhile

from lanner_engine.ast import And, Expr
from lanner_engine.codegen import candidates, guards
from lanner_engine.codegen.access import Known
from lanner_engine.codegen.checks import Emitter, weight
from lanner_engine.codegen.constants import Constants
from lanner_engine.codegen.ordering import Conjuncts, ordered

MAX_EXPRESSION_DEPTH = 20  # each level costs parentheses, of which Python allows 200
FEW = 12  # rules that look into texts, from which looking up is faster than asking in turn
MANY = 32  # other rules, from which it is
MANY_CHECKS = 1_000  # in the ifs of one function
# Characters that the automata of all functions look for, each of up to 700 bytes when values have been
# through it; the functions beyond ask their rules in turn.
MAX_LOOKED_FOR = 128 << 10
MAX_BLOCKS = 12  # nested ifs, of which Python allows 100

Block = tuple[list[str], Known]  # lines, and what is sure when they were passed without a match


class Functions:
    """The growing source of one generated module; with `every` its functions find all rules that are true,
    not only the first.
    """

    def __init__(self, every: bool = False) -> None:
        self.every = every
        self.constants = Constants()
        self._parts: list[str] = []
        self._numbers = count()
        self._single: dict[Conjuncts, str] = {}
        self._looked_for = 0

    @property
    def parts(self) -> Sequence[str]:
        """The text of each function and table."""
        return self._parts

    @property
    def source(self) -> str:
        return "\n".join(self._parts)

    def match(self, rules: Sequence[Conjuncts]) -> str:
        """Add a function over rules in order; returns its name."""
        emitter = self._emitter()
        lines, _ = self._block(emitter, ordered(rules), set(), 1)
        return self._define(emitter, self._whole(lines))

    def _whole(self, lines: list[str]) -> list[str]:
        """The lines of a function that returns what was found."""
        if self.every:
            return ["    found = ()", *lines, "    return found"]
        return [*lines, "    return ()"]

    def _found(self, level: int, what: str) -> str:
        """What to do with a rule that is true."""
        return f"{_pad(level)}found += {what}" if self.every else f"{_pad(level)}return {what}"

    def _block(self, emitter: Emitter, rules: Sequence[Conjuncts], known: Known, level: int) -> Block:
        """The lines for rules in order, and what is sure when none of them matched."""
        if len(rules) >= FEW and _alike(rules) < len(rules):
            choice = candidates.chosen(rules)
            if candidates.worth(choice, FEW, MANY) and self._has_room(choice):
                return self._looked_up(emitter, rules, choice, known, level)
        return self._in_turn(emitter, rules, known, level)

    def _has_room(self, choice: Sequence[tuple[candidates.Atom, ...]]) -> bool:
        """Whether there is room for the automata of one function more, which is taken then."""
        size = candidates.looked_for(choice)
        if size and self._looked_for + size > MAX_LOOKED_FOR:
            return False
        self._looked_for += size
        return True

    def _looked_up(
        self,
        emitter: Emitter,
        rules: Sequence[Conjuncts],
        choice: Sequence[tuple[candidates.Atom, ...]],
        known: Known,
        level: int,
    ) -> Block:
        """Many rules: look up which are possible, and ask these alone. Rules that no table can name are asked
        in turn as long as no other is possible.
        """
        known = set(known)
        terms = [self._term(emitter, table, known) for table in candidates.tables(choice)]
        rest = [number for number, atoms in enumerate(choice) if not atoms]
        always = self.constants.add(sum(1 << number for number in rest))
        alone = ", ".join(self._function_of(rule) for rule in rules)
        pad, mask, found = _pad(level), f"m{level}", f"r{level}"
        inner, _ = self._in_turn(emitter, [rules[number] for number in rest], known, level + 1)
        ask = "ALL_OF" if self.every else "FIRST_OF"
        lines = [
            f"{pad}{mask} = {' | '.join(terms)}",
            f"{pad}if {mask}:",
            f"{pad}    {found} = {ask}(e, {mask} | {always}, {self._table(alone)})",
            f"{pad}    if {found}:",
            self._found(level + 2, found),
        ]
        return [*lines, *([f"{pad}else:", *inner] if inner else [])], known

    def _term(self, emitter: Emitter, table: candidates.Table, known: Known) -> str:
        """The rules that one table leaves possible."""
        value = emitter.locals.read(table.operand, known)
        if table.question is candidates.Question.VALUE:
            return f"{self.constants.keep(dict(table.masks))}.get({value.first}, 0)"
        look_up = self.constants.keep(table.lookup())
        if value.total:
            return f"{look_up}({value.first})"
        return f"(0 if {value.first} is None else {look_up}({value.again}))"

    def _function_of(self, rule: Conjuncts) -> str:
        """The name of a function for one rule; rules with the same questions and result share it."""
        name = self._single.get(rule)
        if name is None:
            emitter = self._emitter()
            lines, _ = self._each(emitter, [rule], set(), 1)
            name = self._single[rule] = self._define(emitter, self._whole(lines))
        return name

    def _table(self, names: str) -> str:
        name = f"t{next(self._numbers)}"
        self._parts.append(f"{name} = ({names},)\n")
        return name

    def _in_turn(self, emitter: Emitter, rules: Sequence[Conjuncts], known: Known, level: int) -> Block:
        """Rules one after the other, questions that neighbours share around them."""
        lines: list[str] = []
        at = 0
        while at < len(rules):
            if not rules[at].parts and not rules[at].admission:
                lines.append(self._found(level, rules[at].result))
                if not self.every:
                    return lines, known
                at += 1
                continue
            alike = _alike(rules[at:]) if level < MAX_BLOCKS else 1
            if alike > 1:
                part, known = self._shared(emitter, rules[at : at + alike], known, level)
                at += alike
            else:
                run = _unlike(rules[at:])
                part, known = self._guarded(emitter, rules[at : at + run], known, level)
                at += run
            lines += part
        return lines, known

    def _shared(self, emitter: Emitter, rules: Sequence[Conjuncts], known: Known, level: int) -> Block:
        """Rules with the same first question: it is asked once, around them."""
        head = emitter.emit(rules[0].parts[0], known)
        rest = [rule.without_first() for rule in rules]
        inner, fell_through = self._block(emitter, rest, head.true, level + 1)
        return [f"{_pad(level)}if {head.text}:", *inner], head.false & fell_through

    def _guarded(self, emitter: Emitter, rules: Sequence[Conjuncts], known: Known, level: int) -> Block:
        """Rules without a common question: those with a necessary one get a guard around them."""
        lines: list[str] = []
        for guarded, group in groupby(rules, key=lambda rule: guards.atoms(rule) is not None):
            run = list(group)
            if guarded and len(run) >= guards.MIN_RULES:
                needed = [found for rule in run if (found := guards.atoms(rule)) is not None]
                guard = emitter.emit(guards.united(needed), known)
                inner, fell_through = self._each(emitter, run, guard.true, level + 1)
                lines += [f"{_pad(level)}if {guard.text}:", *inner]
                known = guard.false & fell_through
            else:
                part, known = self._each(emitter, run, known, level)
                lines += part
        return lines, known

    def _each(self, emitter: Emitter, rules: Sequence[Conjuncts], known: Known, level: int) -> Block:
        """One `if` per rule."""
        lines: list[str] = []
        size = 0
        for rule in rules:
            size += sum(map(weight, rule.parts))
            if size > MANY_CHECKS and len(rules) > 1:
                lines += self._called(rule, level)
                continue
            whole = emitter.emit(And(rule.parts), known)
            text = (
                f"{whole.text} and {_admission(emitter, rule, whole.true)}" if rule.admission else whole.text
            )
            lines += [f"{_pad(level)}if {text}:", self._found(level + 1, rule.result)]
            known = whole.false & whole.true if rule.admission or self.every else whole.false
        return lines, known

    def _called(self, rule: Conjuncts, level: int) -> list[str]:
        """Asked by a function of its own, in a function that is large already."""
        call = f"{self._function_of(rule)}(e)"
        if self.every:
            return [f"{_pad(level)}found += {call}"]
        return [
            f"{_pad(level)}o{level} = {call}",
            f"{_pad(level)}if o{level}:",
            self._found(level + 1, f"o{level}"),
        ]

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


def _admission(emitter: Emitter, rule: Conjuncts, known: Known) -> str:
    """The last question; what it reads is not sure afterwards, since it may not be asked."""
    return rule.admission.format(c=emitter.locals.container(set(known)))


def _alike(rules: Sequence[Conjuncts]) -> int:
    """How many rules from the first on ask the same first question; 0 when the first has none."""
    first = rules[0].parts[:1]
    return sum(1 for _ in takewhile(lambda rule: first and rule.parts[:1] == first, rules))


def _unlike(rules: Sequence[Conjuncts]) -> int:
    """How many rules from the first on share no first question with the next one; one that is always true
    ends it.
    """
    number = 0
    while number < len(rules) and (number == 0 or _alone(rules[number:])):
        number += 1
    return number


def _alone(rules: Sequence[Conjuncts]) -> bool:
    return _alike(rules) <= 1 and bool(rules[0].parts or rules[0].admission)


def _pad(level: int) -> str:
    return "    " * level

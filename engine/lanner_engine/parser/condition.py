# SPDX-License-Identifier: Apache-2.0
"""Parse a condition: text to tree. and, or, not and parentheses stand here, checks in parser/check.

Grammar: specification 2.2 and 2.3. Open parentheses are kept in a list, not on Python's stack, so that no
input can exhaust it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lanner_engine.ast import And, Expr, Not, Or
from lanner_engine.parser import hints
from lanner_engine.parser.check import check
from lanner_engine.source import RuleError
from lanner_engine.text import Text
from lanner_engine.tokens import Scanner

# The language's limit of 1,000 levels, of which each pair of parentheses takes five (specification 2.1).
MAX_PARENTHESES = 199


@dataclass(slots=True)
class _Level:
    """What has been read inside one pair of parentheses; the outermost has none."""

    opened: int  # offset of the parenthesis
    start: int  # offset of the node that this pair is part of: of `not` in not(a)
    behind_or: bool = False  # or(a): a chain of its own, `and` cannot follow
    ors: list[Expr] = field(default_factory=list)
    ands: list[Expr] = field(default_factory=list)
    first: int = -1  # offset of the or chain
    chain: int = -1  # offset of the and chain
    negated: bool = False
    negation: int = 0  # offset of the first not
    closed: bool = False  # only `or` may follow


def parse(text: Text) -> Expr:
    """The tree of a condition. Names of lists and macros stay what they are.

    Raises:
        RuleError: with one diagnostic, LOAD_ERR_COMPILE_CONDITION, that marks the text in its file.
    """
    return _Parser(text).run()


class _Parser:
    def __init__(self, text: Text) -> None:
        self._scanner = Scanner(text)
        self._levels = [_Level(opened=-1, start=0)]

    def run(self) -> Expr:
        while True:
            self._operand()
            while not self._operator():
                done = self._close()
                if done is not None:
                    return done

    def _operand(self) -> None:
        """Read nots and parentheses up to a check, and the check."""
        while True:
            self._nots()
            start = self._scanner.at
            if self._scanner.sees("("):
                self._open(start)
                continue
            node = check(self._scanner)
            self._add(node, start)
            return

    def _nots(self) -> None:
        """Any number of nots; two cancel out. The last may stand directly in front of a parenthesis."""
        scanner, level = self._scanner, self._levels[-1]
        scanner.blanks()
        level.negated, level.negation = False, scanner.at
        while scanner.sees("not"):
            behind = Scanner(scanner.text, scanner.at + len("not"))
            if not (behind.sees("(") or behind.blanks()):
                return
            level.negated = not level.negated
            scanner.at = behind.at

    def _open(self, start: int, behind_or: bool = False) -> None:
        scanner = self._scanner
        if len(self._levels) > MAX_PARENTHESES:
            message = f"parentheses nest more than {MAX_PARENTHESES} deep"
            raise scanner.error(message, "move a part into a macro", scanner.at, scanner.at + 1)
        self._levels.append(_Level(scanner.at, start, behind_or))
        scanner.take("(")

    def _add(self, node: Expr, start: int) -> None:
        """A check or a closed parenthesis becomes part of the and chain it stands in."""
        level = self._levels[-1]
        if level.negated:
            node = Not(node, self._scanner.since(level.negation))
            start = level.negation
            level.negated = False
        if not level.ands:
            level.chain = start
        if level.first < 0:
            level.first = start
        level.ands.append(node)

    def _operator(self) -> bool:
        """Read `and` or `or` and stand where an operand is expected; whether there was one."""
        scanner, level = self._scanner, self._levels[-1]
        end = scanner.at
        scanner.blanks()
        for word in ("and", "or"):
            if not scanner.sees(word):
                continue
            if word == "and" and level.closed:
                hint = "put a blank between or and the parenthesis"
                raise scanner.error("and cannot follow or(...)", hint, end=scanner.at + 3)
            if word == "or":
                self._fold(end)
            self._behind(word)
            return True
        scanner.at = end
        return False

    def _behind(self, word: str) -> None:
        """Behind and/or stands a blank or a parenthesis."""
        scanner = self._scanner
        start = scanner.at
        scanner.take(word)
        if scanner.sees("("):
            self._open(scanner.at, behind_or=word == "or")
        elif not scanner.blanks():
            message = f"{word} needs a blank or a parenthesis after it"
            raise scanner.error(message, _joined_hint(scanner), start, start + len(word))

    def _fold(self, end: int) -> None:
        """The and chain that ends here becomes one part of the or chain."""
        level = self._levels[-1]
        span = self._scanner.text.span(level.chain, end)
        level.ors.append(And(tuple(level.ands), span) if len(level.ands) > 1 else level.ands[0])
        level.ands = []
        level.closed = False

    def _close(self) -> Expr | None:
        """End a level: the whole condition at the end of the text, or a pair of parentheses (then None)."""
        scanner, level = self._scanner, self._levels[-1]
        self._fold(scanner.at)
        span = scanner.text.span(level.first, scanner.at)
        node = Or(tuple(level.ors), span) if len(level.ors) > 1 else level.ors[0]
        scanner.blanks()
        if len(self._levels) == 1:
            self._require_end()
            return node
        if not scanner.take(")"):
            raise self._unclosed(level)
        self._levels.pop()
        self._add(node, level.start)
        self._levels[-1].closed = level.behind_or
        return None

    def _require_end(self) -> None:
        scanner = self._scanner
        if scanner.done:
            return
        if scanner.sees(")"):
            raise scanner.error("no parenthesis is open that this one could close")
        raise scanner.error(f"expected and, or, or the end{scanner.found()}", hints.no_end(scanner))

    def _unclosed(self, level: _Level) -> RuleError:
        scanner = self._scanner
        if scanner.done:
            return scanner.error("this parenthesis is never closed", start=level.opened, end=level.opened + 1)
        return scanner.error(f"expected and, or, or ')'{scanner.found()}", hints.no_end(scanner))


def _joined_hint(scanner: Scanner) -> str:
    if scanner.done:
        return "a check is missing"
    return "not stands behind a blank: and not(...)" if scanner.sees("not") else ""

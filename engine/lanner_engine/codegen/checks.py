# SPDX-License-Identifier: Apache-2.0
"""Checks and conditions as Python expressions.

A condition in negation normal form comes in with the set of locals that are sure to be read; its text goes
out with what is sure when it is true and when it is false. Absence makes every check false (specification
3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice

from lanner_engine.ast import (
    And,
    Check,
    Expr,
    FieldRef,
    ListLiteral,
    Literal,
    Not,
    Or,
    Rows,
    Transformer,
    walk,
)
from lanner_engine.codegen import operators
from lanner_engine.codegen.access import Known, Locals, Text
from lanner_engine.codegen.constants import Constants
from lanner_engine.codegen.operators import Template
from lanner_engine.fields import operands
from lanner_engine.fields.operands import Shape
from lanner_engine.fields.types import Kind, Value, parse_literal

HEAVY = 256  # checks of one generated function's expression; more become several functions
LONG = 32  # values that a modifier asks one by one; more are asked in a loop
_NEVER_NONE = frozenset({"=", "==", "in", "intersects"})  # false on None without being asked


Split = Callable[[Expr], str]


@dataclass(frozen=True, slots=True)
class Emitted:
    """Python text, and the locals that hold a value after it was true or false."""

    text: str
    true: Known
    false: Known


class Emitter:
    """Emits the conditions of one generated function in evaluation order.

    `split` takes subtrees that nest too deep for one Python expression and returns the text that stands for
    them.
    """

    def __init__(self, constants: Constants, max_depth: int, split: Split) -> None:
        self.locals = Locals(constants)
        self._constants = constants
        self._max_depth = max_depth
        self._split = split

    def emit(self, node: Expr, sure: Known, depth: int = 0) -> Emitted:
        """The text of a condition at this point of the function."""
        if isinstance(node, Check):
            known = set(sure)
            return Emitted(self._check(node, known), known, known)
        if isinstance(node, Rows):
            return self._rows(node, sure)
        if isinstance(node, Not):
            inner = self.emit(node.child, sure, depth + 1)
            return Emitted(f"(not {inner.text})", inner.false, inner.true)
        if isinstance(node, And | Or):
            if depth >= self._max_depth:
                return Emitted(self._split(node), sure, sure)
            return self._chain(node, sure, depth)
        raise TypeError(f"{type(node).__name__} cannot be compiled")

    def _rows(self, node: Rows, sure: Known) -> Emitted:
        """The first field is looked up alone: the others are read where its value stands in some row."""
        known = set(sure)
        first = self.locals.read(node.fields[0], known)
        after = set(known)
        rest = [self.locals.read(one, after).first for one in node.fields[1:]]
        firsts, rows = self._constants.add(node.firsts), self._constants.add(node.rows)
        text = f"({first.first} in {firsts} and ({first.again}, {', '.join(rest)}) in {rows})"
        return Emitted(text, after, known)

    def _chain(self, node: And | Or, sure: Known, depth: int) -> Emitted:
        if not node.children:
            return Emitted("True" if isinstance(node, And) else "False", sure, sure)
        texts: list[str] = []
        leaving: list[Known] = []
        known = sure
        conjunction = isinstance(node, And)
        for child in _lightened(node) if heavy(node) else node.children:
            part = self._part(child, known, depth)
            texts.append(part.text)
            leaving.append(part.false if conjunction else part.true)
            known = part.true if conjunction else part.false
        left = reduce(set.intersection, leaving)
        text = f"({(' and ' if conjunction else ' or ').join(texts)})"
        return Emitted(text, known, left) if conjunction else Emitted(text, left, known)

    def _part(self, child: Expr, known: Known, depth: int) -> Emitted:
        """What is heavy in a chain is a function of its own: Python takes a hundred times its text to compile
        one.
        """
        if isinstance(child, And | Or) and weight(child) > HEAVY // 2:
            return Emitted(self._split(child), known, known)
        return self.emit(child, known, depth + 1)

    def _check(self, node: Check, sure: Known) -> str:
        shape = operands.shape(node.left)
        if node.modifier is not None and node.right == ListLiteral(()):
            return "False"
        value = self.locals.read(node.left, sure)
        if node.operator == "exists":
            return _exists(value, shape)
        if isinstance(node.right, FieldRef | Transformer):
            return self._against_field(node, shape, value, node.right, sure)
        values = _values(node, shape)
        template = self._template(node, shape, values)
        if shape.many:
            return _any_ancestor(node, value, values, template, self._constants)
        return _guard(node, shape, value, template)

    def _against_field(
        self, node: Check, shape: Shape, left: Text, other: FieldRef | Transformer, sure: Known
    ) -> str:
        """The right side is read only where the left one is present."""
        right = self.locals.read(other, sure if left.total else set(sure))
        body = operators.fields(node.operator, right.again, lists=shape.is_list)(left.again)
        return f"({left.first} is not None and {right.first} is not None and {body})"

    def _template(self, node: Check, shape: Shape, values: list[Value]) -> Template:
        if shape.ends:
            return self._of_ends(node, values)
        if shape.is_list:
            return operators.of_list(node.operator, values, self._constants)
        if node.modifier is not None:
            return self._modified(node, shape, values)
        if isinstance(node.right, ListLiteral) or node.operator in ("in", "intersects", "pmatch"):
            return operators.several(node.operator, values, self._constants)
        return operators.of_literal(node.operator, values[0], shape.type.kind, self._constants)

    def _of_ends(self, node: Check, values: list[Value]) -> Template:
        if node.modifier is None:
            return operators.of_ends(node.operator, values, self._constants)
        return _joined(node, [operators.of_ends(node.operator, [one], self._constants) for one in values])

    def _modified(self, node: Check, shape: Shape, values: list[Value]) -> Template:
        operator = node.operator
        if node.modifier == "anyof" and operator in ("=", "==", "startswith", "endswith"):
            return operators.several("in" if operator[0] == "=" else operator, values, self._constants)
        if len(values) > LONG and operators.can_loop(operator, shape.type.kind):
            return operators.looped(operator, values, node.modifier or "", self._constants)
        each = [operators.of_literal(operator, value, shape.type.kind, self._constants) for value in values]
        return _joined(node, each)


def weight(condition: Expr) -> int:
    """Nodes, or what is more than HEAVY of them."""
    return sum(1 for _ in islice(walk(condition), HEAVY + 1))


def heavy(condition: Expr) -> bool:
    return weight(condition) > HEAVY


def _lightened(node: And | Or) -> Iterator[Expr]:
    """The children of a heavy chain, neighbours together in chains that are not."""
    run: list[Expr] = []
    size = 1
    for child in node.children:
        size += weight(child)
        if run and size > HEAVY:
            yield run[0] if len(run) == 1 else type(node)(tuple(run))
            run, size = [], 1 + weight(child)
        run.append(child)
    yield run[0] if len(run) == 1 else type(node)(tuple(run))


def _joined(node: Check, each: list[Template]) -> Template:
    """What a modifier makes of the comparisons with each literal."""
    if node.modifier == "oneof":
        return lambda x: f"([{', '.join(f'bool({t(x)})' for t in each)}].count(True) == 1)"
    joint = " or " if node.modifier == "anyof" else " and "
    return lambda x: f"({joint.join(t(x) for t in each)})"


def _values(node: Check, shape: Shape) -> list[Value]:
    items = node.right.items if isinstance(node.right, ListLiteral) else (node.right,)
    return [
        parse_literal(shape.type, node.operator, item.value) for item in items if isinstance(item, Literal)
    ]


def _exists(value: Text, shape: Shape) -> str:
    if shape.many:
        return f"({value.first} != ())"
    return f"({value.first} is not None)"


def _guard(node: Check, shape: Shape, value: Text, template: Template) -> str:
    """The comparison, asked only of a present value; operators that are false on None need no question."""
    asked = shape.is_list or shape.ends or shape.type.kind is Kind.NETWORK  # these cannot be asked of None
    if node.modifier is None and not asked and (value.total or node.operator in _NEVER_NONE):
        body = template(value.first)
        if value.total or not body.startswith("not "):
            return f"({body})"
    return f"({value.first} is not None and {template(value.again)})"


def _any_ancestor(
    node: Check, value: Text, values: list[Value], template: Template, constants: Constants
) -> str:
    """Some ancestor satisfies the operator."""
    if node.modifier is None and node.operator in _NEVER_NONE:
        if len(values) == 1:
            return f"({constants.add(values[0])} in {value.first})"
        return f"(not {constants.add(frozenset(values))}.isdisjoint({value.first}))"
    return f"({value.first} and any([{template('x')} for x in {value.again}]))"

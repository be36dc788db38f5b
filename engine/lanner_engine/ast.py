# SPDX-License-Identifier: Apache-2.0
"""The frozen tree of a condition: the parser makes it, passes rewrite it, codegen and the reference evaluate
it.

Strings are bytes, as the language compares them. Every node knows where it stands in the text (`span`);
spans never take part in equality, so that two conditions are equal when they mean the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lanner_engine.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Literal:
    """One value on the right of an operator: the unescaped bytes, and whether it was written in quotes."""

    value: bytes
    quoted: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FieldRef:
    """`proc.aname[2]`: name `proc.aname`, argument b"2"; `[""]` is an argument that is present and empty.

    The parser keeps dotted tails in the name (`evt.arg.flags`); passes/resolve splits them into name and
    argument.
    """

    name: str
    argument: bytes | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`(a, b)` on the right of a list operator, or as a transformer's argument."""

    items: tuple[Literal | FieldRef | Transformer, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Transformer:
    """`tolower(proc.name)`, `getopt(proc.args, "a:")[a]`; `val(f)` on the right side has the name "val"."""

    name: str
    arguments: tuple[Operand | Literal | ListLiteral, ...]
    selector: bytes | None = None
    span: Span = field(default=NOWHERE, compare=False)


Operand = FieldRef | Transformer
Right = Literal | ListLiteral | FieldRef | Transformer


@dataclass(frozen=True, slots=True)
class Check:
    """`left operator [modifier] right`; `exists` has no right side.

    `operator_span` marks the operator's text.
    """

    left: Operand
    operator: str
    right: Right | None = None
    modifier: str | None = None
    span: Span = field(default=NOWHERE, compare=False)
    operator_span: Span = field(default=NOWHERE, compare=False)

    @property
    def literals(self) -> list[Literal]:
        """The values on the right, without fields and lists that are not resolved."""
        items = self.right.items if isinstance(self.right, ListLiteral) else (self.right,)
        return [item for item in items if isinstance(item, Literal)]


@dataclass(frozen=True, slots=True)
class Rows:
    """Many combinations of values: the fields, two or more, have the values of one row.

    Made of a rule's exceptions by program/combinations: as text, with a check for each value, they would cost
    ten times that.

    Fields are resolved, each has one plain value or none, and values are of its type. `firsts` are those of
    the first field. `tenants`: the list that namespaces give values for, with their names in the last field;
    "" for none.
    """

    fields: tuple[FieldRef, ...]
    rows: frozenset[tuple[bytes | int, ...]]
    span: Span = field(default=NOWHERE, compare=False)
    tenants: str = ""

    @property
    def firsts(self) -> frozenset[bytes | int]:
        return frozenset(row[0] for row in self.rows)


@dataclass(frozen=True, slots=True)
class MacroRef:
    """A bare identifier where a check could stand; gone after passes/expand."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    child: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    children: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False)


Expr = Check | Rows | MacroRef | Not | And | Or


def walk(root: Expr) -> Iterator[Expr]:
    """Every node of the tree, parents before children, without recursion (conditions may nest 1,000 deep)."""
    stack: list[Expr] = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Not):
            stack.append(node.child)
        elif isinstance(node, And | Or):
            stack.extend(reversed(node.children))


def literals(check: Check) -> tuple[Literal, ...]:
    """The values on the right; none when a field stands there, or nothing."""
    items = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    found = tuple(item for item in items if isinstance(item, Literal))
    return found if len(found) == len(items) else ()

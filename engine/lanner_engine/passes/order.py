# SPDX-License-Identifier: Apache-2.0
"""Order by cost: in every chain of and/or the cheap questions come first.

Conditions have no side effects, so their parts may be asked in any order; parts that cost the same keep the
writer's. codegen/ordering asks `cost` when rules share questions.
"""

from __future__ import annotations

from operator import itemgetter

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Rows
from lanner_engine.fields import table
from lanner_engine.fields.types import Kind
from lanner_engine.passes.traverse import collapse, rebuild

_COSTLY = {"regex": 20, "glob": 15, "iglob": 15, "pmatch": 12, "icontains": 4, "contains": 3}
_PLAIN = 2
# On top: what is read from files of other processes; an id that is looked for in the path of a cgroup; what
# is compared with all of the agent's numbers; what is cut out of another field, if that is a file's.
_ON_TOP = {"proc.aenv": 60, "container.id": 10, "evt.is_on_agent": 20, "fd.directory": 1, "fd.filename": 1}
_RUNTIME = 6  # on top, for what the container runtime or a whole ancestry must be asked for

_Priced = tuple[Expr, int]


def order(condition: Expr) -> Expr:
    """The condition, cheapest parts first."""
    return collapse(condition, _visit)[0]


def cost(condition: Expr) -> int:
    """What asking all of a condition costs; one look at a number is 1."""
    return collapse(condition, _total)


def _visit(node: Expr, below: list[_Priced]) -> _Priced:
    total = _total(node, [price for _, price in below])
    cheapest = sorted(below, key=itemgetter(1))
    return rebuild(node, [child for child, _ in cheapest]), total


def _total(node: Expr, below: list[int]) -> int:
    if isinstance(node, Rows):
        return sum(_check(Check(one, "=", Literal(b""))) for one in node.fields)
    return _check(node) if isinstance(node, Check) else sum(below)


def _check(check: Check) -> int:
    price = _COSTLY.get(check.operator, _PLAIN)
    if check.modifier is not None and isinstance(check.right, ListLiteral):
        price += len(check.right.items)
    if not isinstance(check.left, FieldRef):
        return price + _RUNTIME
    price += _ON_TOP.get(check.left.name, 0)
    if table.FIELDS[check.left.name].metadata or table.is_many(check.left):
        return price + _RUNTIME
    return price - (table.type_of(check.left).kind in (Kind.BOOL, Kind.INTEGER))

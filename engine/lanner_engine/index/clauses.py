# SPDX-License-Identifier: Apache-2.0
"""Clauses: when a rule can be true on an event at all, said in what the kernel knows of it.

A condition and an event type come in; clauses go out of which at least one holds whenever the condition does.
A clause is a conjunction over dimensions: the process' name, its parent's, in a container or not, how the
event happened, which path it is about. What no dimension answers counts as true, asked or negated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or
from lanner_engine.fields import table
from lanner_engine.index import places, variants
from lanner_engine.index.places import PathTest
from lanner_engine.passes.event_types import leaf_types
from lanner_engine.passes.kernel_classes import CLASSES
from lanner_engine.passes.traverse import collapse

MOST_CLAUSES: Final = 8  # of one condition and event type; beyond that they become one that is wider


class Dimension(Enum):
    """What a part of a clause is about."""

    NAME = "process name"
    PARENT = "parent's name"
    CONTAINER = "container"
    VARIANT = "how it happened"
    PATH = "path"


Parts = Mapping[Dimension, tuple[Expr, ...]]  # conjunctions
CLASS_OF: Final = {event_type: name for name, members in CLASSES.items() for event_type in members}
_HOST: Final = b"host"
_VALUES: Final = frozenset({"=", "==", "!=", "in", "intersects"})
_HOST_HAS: Final = frozenset(f"container.{what}" for what in ("id", "full_id", "name", "type"))


@dataclass(frozen=True, slots=True)
class Clause:
    """A conjunction of conditions over checks of one dimension each; None where there is none."""

    name: Expr | None
    parent: Expr | None
    container: Expr | None
    variant: Expr | None
    path: PathTest


def clauses(condition: Expr, event_type: str) -> tuple[Clause, ...]:
    """Of a condition in negation normal form; none when it cannot be true on the event type."""
    event_class = CLASS_OF[event_type]
    same: dict[Expr, Expr] = {}  # equal checks are one object, so that objects can be compared

    def visit(node: Expr, below: list[tuple[Parts, ...]]) -> tuple[Parts, ...]:
        if isinstance(node, Check | Not):
            return _leaf(same.setdefault(node, node), event_type, event_class)
        return _conjunction(below) if isinstance(node, And) else _disjunction(below)

    return tuple(clause for parts in collapse(condition, visit) for clause in _clauses(parts))


def _clauses(parts: Parts) -> Iterator[Clause]:
    found = {dimension: _all(every) for dimension, every in parts.items()}
    path = found.get(Dimension.PATH)
    for test in places.tests(path) if path is not None else (places.ANYTHING,):
        yield Clause(
            found.get(Dimension.NAME),
            found.get(Dimension.PARENT),
            found.get(Dimension.CONTAINER),
            found.get(Dimension.VARIANT),
            test,
        )


def _leaf(node: Expr, event_type: str, event_class: str) -> tuple[Parts, ...]:
    """No parts at all: never true; empty parts: always, as far as is known here."""
    check = node.child if isinstance(node, Not) else node
    if not isinstance(check, Check) or not isinstance(check.left, FieldRef):
        return ({},)
    if check.left.name in ("evt.type", "syscall.type"):
        return ({},) if event_type in leaf_types(node) else ()
    for dimension, asks in _ASKS:
        if asks(node, check, event_class):
            return ({dimension: (node,)},)
    return ({Dimension.CONTAINER: (_INSIDE,)},) if node is check and _needs_container(check) else ({},)


def _asks_name(field: str) -> Callable[[Expr, Check, str], bool]:
    return lambda _, check, __: check.left == FieldRef(field) and bool(literals(check))


def _asks_host(_: Expr, check: Check, __: str) -> bool:
    """Whether a process is in a container is known, not in which."""
    values = {literal.value for literal in literals(check)}
    plain = check.modifier is None and check.operator in _VALUES
    return plain and check.left == FieldRef("container.id") and values == {_HOST}


def _asks_path(node: Expr, _: Check, event_class: str) -> bool:
    return event_class == "open" and places.asks_path(node)


_ASKS: Final[tuple[tuple[Dimension, Callable[[Expr, Check, str], bool]], ...]] = (
    (Dimension.NAME, _asks_name("proc.name")),
    (Dimension.PARENT, _asks_name("proc.pname")),
    (Dimension.CONTAINER, _asks_host),
    (Dimension.VARIANT, lambda _, check, event_class: variants.asks(check, event_class)),
    (Dimension.PATH, _asks_path),
)
_INSIDE: Final = Check(FieldRef("container.id"), "!=", Literal(_HOST))


def _needs_container(check: Check) -> bool:
    """What the runtime tells is absent or empty outside containers, but for what is `host` there."""
    assert isinstance(check.left, FieldRef)  # noqa: S101  _leaf
    field = table.FIELDS[check.left.name]
    if not field.metadata or field.total or field.name in _HOST_HAS:
        return False
    return not field.name.startswith("container.image") or not _holds_of_nothing(check)


def _holds_of_nothing(check: Check) -> bool:
    """Whether a check may hold of an empty text."""
    values = literals(check) if check.operator in ("=", "==", "in") else ()
    return not values or not all(one.value for one in values)


def literals(check: Check) -> tuple[Literal, ...]:
    """The values on the right; none when a field stands there, or nothing."""
    items = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    found = tuple(item for item in items if isinstance(item, Literal))
    return found if len(found) == len(items) else ()


def _conjunction(parts: Sequence[tuple[Parts, ...]]) -> tuple[Parts, ...]:
    found: tuple[Parts, ...] = ({},)
    for part in parts:
        found = _bounded([_both(one, other) for one in found for other in part])
    return found


def _both(one: Parts, other: Parts) -> Parts:
    made = dict(one)
    for dimension, every in other.items():
        known = made.get(dimension, ())
        made[dimension] = (*known, *(part for part in every if not any(part is own for own in known)))
    return made


def _disjunction(parts: Sequence[tuple[Parts, ...]]) -> tuple[Parts, ...]:
    """Alternatives about one and the same dimension are one clause."""
    single: dict[Dimension, list[Expr]] = {}
    found: list[Parts] = []
    for one in (one for part in parts for one in part):
        if not one:
            return ({},)
        if len(one) == 1:
            ((dimension, every),) = one.items()
            single.setdefault(dimension, []).append(_all(every))
        else:
            found.append(one)
    found += [{dimension: (_either(alternatives),)} for dimension, alternatives in single.items()]
    return _bounded(found)


def _either(parts: Sequence[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _bounded(found: list[Parts]) -> tuple[Parts, ...]:
    """Each once; of too many the one that holds when any of them does."""
    every = {_identity(one): one for one in found} if len(found) > 1 else dict(enumerate(found))
    if len(every) <= MOST_CLAUSES:
        return tuple(every.values())
    shared = frozenset[Dimension].intersection(*(frozenset(one) for one in every.values()))
    return (
        {
            dimension: (_either([_all(one[dimension]) for one in every.values()]),)
            for dimension in Dimension
            if dimension in shared
        },
    )


def _all(parts: tuple[Expr, ...]) -> Expr:
    return parts[0] if len(parts) == 1 else And(parts)


def _identity(one: Parts) -> object:
    return frozenset((dimension, frozenset(map(id, every))) for dimension, every in one.items())

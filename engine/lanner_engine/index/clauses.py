# SPDX-License-Identifier: Apache-2.0
"""Clauses: when a rule can be true on an event at all, said in what the kernel knows of it.

A condition and an event type come in; clauses go out of which at least one holds whenever the condition does.
A clause is a conjunction over dimensions: the process' name, its parent's, in a container or not, who acts
besides, how the event happened, numbers that a call has, which path it is about. What no dimension answers
counts as true, asked or negated.

Between the two a condition is a list of parts, each a clause whose path is still a list of tests. All that is
in a part is a set, and as large as the values that the condition names, however it nests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter, ne
from typing import Final, cast

from lanner_engine import steps
from lanner_engine.ast import And, Check, Expr, FieldRef, Not, Rows
from lanner_engine.fields import table
from lanner_engine.fields.types import Kind
from lanner_engine.index import (
    actors,
    arguments,
    first_values,
    names,
    numbers,
    places,
    sockets,
    text_paths,
    variants,
)
from lanner_engine.index.actors import Actor
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.names import Names, values
from lanner_engine.index.numbers import Numbers
from lanner_engine.index.places import PathTest
from lanner_engine.passes.event_types import leaf_types
from lanner_engine.passes.named_events import TYPE_FIELDS
from lanner_engine.passes.traverse import collapse
from lanner_engine.program.scope import Scope

MAX_PARTS: Final = 8  # of a condition and event type; beyond that they become fewer that are wider
MAX_CLAUSES: Final = 16
HOST, INSIDE = 1, 2  # bits: where a clause can be true
ANYWHERE: Final = HOST | INSIDE

_ADMITTED: Final = {"Exclude": INSIDE, "Include": ANYWHERE, "Only": HOST}
# None of them holds of an empty text, but for an empty one.
_NEED_TEXT: Final = frozenset({"=", "==", "in", "contains", "icontains", "startswith", "endswith"})
_HOST_VALUES: Final = frozenset({"=", "==", "!=", "in", "intersects"})
_HOST_HAS: Final = frozenset(f"container.{what}" for what in ("id", "full_id", "name", "type"))
_EMPTY_ON_HOST: Final = frozenset(
    (
        *("container.image", "container.image.id", "container.image.repository", "container.image.tag"),
        *("container.image.digest", "container.ip", "container.mounts", "container.labels"),
    )
)


@dataclass(frozen=True, slots=True)
class Clause:
    """`container`: bits of HOST and INSIDE. `variant`: a bit for each variant of index/variants."""

    name: Names
    parent: Names
    container: int
    variant: int
    numbers: Numbers
    path: PathTest
    actor: Actor = actors.ANY


@dataclass(frozen=True, slots=True)
class _Part:
    """A clause with several tests of the path, one of which holds."""

    name: Names = names.ANY
    parent: Names = names.ANY
    container: int = ANYWHERE
    variant: int = variants.EVERY
    numbers: Numbers = numbers.ANYTHING
    path: tuple[PathTest, ...] = (places.ANYTHING,)
    actor: Actor = actors.ANY

    @property
    def possible(self) -> bool:
        known = self.name.possible and self.parent.possible and self.actor.possible
        return known and numbers.possible(self.numbers) and bool(self.container and self.variant)


_Parts = tuple[_Part, ...]  # none: never true
_EVERYTHING: Final = _Part()
_OWN: Final = tuple(one.name for one in fields(_Part) if one.name != "actor")
_NUMBERS: Final = _OWN.index("numbers")
_own: Final = attrgetter(*_OWN)


def _dimensions(part: _Part) -> tuple[object, ...]:
    return cast("tuple[object, ...]", _own(part)) + part.actor.dimensions


_EVERY_DIMENSION: Final = _dimensions(_EVERYTHING)


def clauses(condition: Expr, event_type: str) -> tuple[Clause, ...]:
    """Of a condition in negation normal form; none when it cannot be true on the event type."""
    return by_type(condition, (event_type,))[event_type]


def by_type(
    condition: Expr, event_types: Iterable[str], scope: Scope | None = None
) -> dict[str, tuple[Clause, ...]]:
    """The clauses for each of the event types, where the scope admits the event. Types of one class that the
    condition does not tell apart are looked at once.
    """
    condition = first_values.narrowed(condition)
    asked = tuple(leaf_types(node) for node in _leaves(condition) if _asks_type(node))
    numbered = _numbered(condition)
    admitted = _Part(container=ANYWHERE if scope is None else _ADMITTED[scope.host])
    known: dict[object, tuple[Clause, ...]] = {}
    same: dict[int, _Part] = {}
    found = {}
    for name in event_types:
        key = CLASS_OF[name], tuple(name in types for types in asked), _signature(numbered, name)
        if key not in known:
            known[key] = _of_type(condition, name, admitted, same)
        found[name] = known[key]
    return found


def _of_type(condition: Expr, event_type: str, admitted: _Part, same: dict[int, _Part]) -> tuple[Clause, ...]:
    """`same`: of checks by their identity, which mean the same on all events."""
    event_class = CLASS_OF[event_type]

    def visit(node: Expr, below: list[_Parts]) -> _Parts:
        if isinstance(node, Check | Rows | Not):
            return _leaf(node, event_type, event_class, same)
        return _conjunction(below) if isinstance(node, And) else _disjunction(below)

    parts = _conjunction([collapse(condition, visit), (admitted,)])
    if sum(len(part.path) for part in parts) > MAX_CLAUSES:
        parts = tuple(replace(part, path=(places.widest(part.path),)) for part in parts)
    return tuple(dict.fromkeys(clause for part in parts for clause in _clauses(part)))


def _clauses(part: _Part) -> Iterator[Clause]:
    known = part.name, part.parent, part.container, part.variant, part.numbers
    return (Clause(*known, test, part.actor) for test in part.path)


def _leaves(condition: Expr) -> Iterator[Expr]:
    """The checks, and the negations of one."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Check | Not):
            yield node
        else:
            waiting.extend(getattr(node, "children", ()))


def _field(node: Expr) -> str | None:
    found = _reference(node)
    return None if found is None else found.name


def _reference(node: Expr) -> FieldRef | None:
    check = node.child if isinstance(node, Not) else node
    return check.left if isinstance(check, Check) and isinstance(check.left, FieldRef) else None


def _numbered(condition: Expr) -> tuple[FieldRef, ...]:
    """The fields whose numbers lie elsewhere on other event types."""
    found = (_reference(node) for node in _leaves(condition))
    return tuple(dict.fromkeys(one for one in found if one is not None and _asks_number(one.name)))


def _signature(numbered: Sequence[FieldRef], event_type: str) -> object:
    return tuple(
        arguments.signature(field, event_type)
        if arguments.asks(field.name)
        else sockets.signature(event_type)
        for field in numbered
    )


def _asks_number(field: str) -> bool:
    return arguments.asks(field) or sockets.asks(field)


def _asks_type(node: Expr) -> bool:
    return _field(node) in TYPE_FIELDS


def _leaf(node: Expr, event_type: str, event_class: str, same: dict[int, _Part]) -> _Parts:
    field = _field(node)
    if field is None:
        return (_EVERYTHING,)
    if field in TYPE_FIELDS:
        return (_EVERYTHING,) if event_type in leaf_types(node) else ()
    part = same.get(id(node))
    if part is None:
        part = _of_names(node, field)
        if part is not None:
            same[id(node)] = part
        else:
            part = _of_check(node, field, event_type)
    return (part,) if part.possible else ()


def _of_names(node: Expr, field: str) -> _Part | None:
    above = actors.ancestor(node)
    if field == "proc.name" or above == 0:
        return _Part(name=names.of_leaf(node))
    if field == "proc.pname" or above == 1:
        return _Part(parent=names.of_leaf(node))
    actor = actors.of_leaf(node)
    return None if actor is None else _Part(actor=actor)


def _of_check(node: Expr, field: str, event_type: str) -> _Part:
    negated, event_class = isinstance(node, Not), CLASS_OF[event_type]
    check = node.child if isinstance(node, Not) else node
    assert isinstance(check, Check)  # noqa: S101  _field
    if field == "container.id":
        return _Part(container=_whereabouts(check, negated=negated))
    variant, path = variants.EVERY, _EVERYTHING.path
    if variants.asks(check, event_class):
        variant = variants.possible(check, event_class, negated=negated)
    if event_class == "open" and not negated and places.asks_path(check):
        path = places.of_check(check)
    if not negated and text_paths.asks(check, event_class):
        path = text_paths.of_check(check)
    container = INSIDE if not negated and _needs_container(check) else ANYWHERE
    found = _of_number(check, field, event_type, negated=negated)
    return _Part(container=container, variant=variant, numbers=found, path=path)


def _of_number(check: Check, field: str, event_type: str, *, negated: bool) -> Numbers:
    if arguments.asks(field):
        return arguments.of_check(check, event_type, negated=negated)
    return sockets.of_check(check, event_type, negated=negated) if sockets.asks(field) else numbers.ANYTHING


def _whereabouts(check: Check, *, negated: bool) -> int:
    """Whether a process is in a container is known, not in which."""
    plain = check.modifier is None and check.operator in _HOST_VALUES
    if not plain or frozenset(values(check)) != {b"host"}:
        return ANYWHERE
    return HOST if (check.operator == "!=") is negated else INSIDE


def _needs_container(check: Check) -> bool:
    """What the runtime tells is absent, empty or false outside containers, but for what is `host` there."""
    assert isinstance(check.left, FieldRef)  # noqa: S101  _leaf
    field = table.FIELDS[check.left.name]
    if not field.metadata or field.total or field.name in _HOST_HAS:
        return False
    if field.type.kind is Kind.BOOL:
        return check.operator in ("=", "==") and frozenset(values(check)) == {b"true"}
    return field.name not in _EMPTY_ON_HOST or not _holds_of_nothing(check)


def _holds_of_nothing(check: Check) -> bool:
    """Whether a check may hold of an empty text."""
    listed = values(check) if check.operator in _NEED_TEXT else ()
    return not listed or not all(listed)


def _conjunction(below: Sequence[_Parts]) -> _Parts:
    """What is one part is met at once; the others one by one, since their number multiplies."""
    if not all(below):
        return ()
    found = _possible([_both([parts[0] for parts in below if len(parts) == 1])])
    for parts in below:
        if len(parts) > 1:
            found = _bounded(_possible([_both((one, other)) for one in found for other in parts]))
    return found


def _possible(parts: Sequence[_Part]) -> _Parts:
    return tuple(part for part in parts if part.possible)


def _both(parts: Sequence[_Part]) -> _Part:
    asking = [part for part in parts if part != _EVERYTHING]
    if len(asking) < 2:  # noqa: PLR2004
        return asking[0] if asking else _EVERYTHING
    container, variant = ANYWHERE, variants.EVERY
    for part in asking:
        container &= part.container
        variant &= part.variant
    return _Part(
        names.every_one(part.name for part in asking),
        names.every_one(part.parent for part in asking),
        container,
        variant,
        numbers.conjunction(part.numbers for part in asking),
        places.conjunction(part.path for part in asking),
        actors.every_one(part.actor for part in asking),
    )


def _disjunction(below: Sequence[_Parts]) -> _Parts:
    found = [part for parts in below for part in parts]
    return (_EVERYTHING,) if _EVERYTHING in found else _bounded(found)


def _either(parts: Sequence[_Part]) -> _Part:
    """What holds whenever one of them does."""
    if len(parts) == 1:
        return parts[0]
    container = variant = 0
    for part in parts:
        container |= part.container
        variant |= part.variant
    return _Part(
        names.any_one(part.name for part in parts),
        names.any_one(part.parent for part in parts),
        container,
        variant,
        numbers.disjunction(part.numbers for part in parts),
        places.disjunction(part.path for part in parts),
        actors.any_one(part.actor for part in parts),
    )


def _bounded(parts: Sequence[_Part]) -> _Parts:
    """Parts that differ in one dimension are one; of too many those that ask in the same dimensions are, and
    then all.
    """
    if len(parts) > 1:
        steps.take(steps.PART * len(parts))
    for number in range(len(_EVERY_DIMENSION)):
        if len(parts) > 1:
            parts = _grouped(parts, {part: _others(part, number) for part in parts})
    if len(parts) > MAX_PARTS:
        parts = _grouped(parts, {part: _shape(part) for part in parts})
    return tuple(parts) if len(parts) <= MAX_PARTS else (_either(parts),)


def _grouped(parts: Sequence[_Part], keys: Mapping[_Part, object]) -> list[_Part]:
    groups: dict[object, list[_Part]] = {}
    for part in dict.fromkeys(parts):
        groups.setdefault(keys[part], []).append(part)
    return [_either(group) for group in groups.values()]


def _others(part: _Part, number: int) -> object:
    """All dimensions but one. Numbers that are joined ask the same questions."""
    every = _dimensions(part)
    rest = every[:number] + every[number + 1 :]
    return (rest, numbers.shape(part.numbers)) if number == _NUMBERS else rest


def _shape(part: _Part) -> object:
    return tuple(map(ne, _dimensions(part), _EVERY_DIMENSION))

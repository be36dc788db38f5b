# SPDX-License-Identifier: Apache-2.0
"""Tables: the clauses of many rules as bits, by what the kernel finds out of an event.

Each class of events has its own bits, one a clause. For each dimension there is a row of bits for each value
that some clause names and one for all others: a set bit says that the clause may hold as far as this
dimension goes. An event whose rows have no bit in common is of interest to no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final, cast

from lanner_engine.ast import And, Check, Expr, Not
from lanner_engine.fields.facts import Event
from lanner_engine.index import variants
from lanner_engine.index.clauses import CLASS_OF, Clause, clauses, literals
from lanner_engine.index.places import PLACES, Key
from lanner_engine.passes.kernel_classes import CLASSES
from lanner_engine.passes.traverse import collapse
from lanner_engine.program.rule import CheckedRule
from lanner_engine.reference.evaluate import evaluate

MOST_BITS: Final = 512  # of a class; more clauses share bits
COMM_BYTES: Final = 15
_NAMED: Final = frozenset({"=", "==", "!=", "in", "intersects"})  # by single values
_EXACT: Final = frozenset({"=", "==", "in", "intersects"})

Row = int  # bit n: clause n


@dataclass(frozen=True, slots=True)
class ByValue:
    """A row for each value that is named, and one for all others."""

    default: Row
    values: Mapping[bytes, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Names at one place of a path. A clause that asks nothing there is in `free`; one that does is in the
    rows of the keys that satisfy it.
    """

    free: Row
    keys: Mapping[Key, Row]


@dataclass(frozen=True, slots=True)
class ClassTables:
    """All that is asked of the events of one class. `dotted`: the clauses that ask for two dots in the path
    as given. `clauses`: what each bit stands for.
    """

    events: Mapping[tuple[str, int], Row]  # event type and variant
    name: ByValue
    parent: ByValue
    host: Row
    container: Row
    places: Mapping[str, Place]
    dotted: Row
    clauses: tuple[tuple[Clause, ...], ...]

    @property
    def all(self) -> Row:
        """Every clause."""
        return (1 << len(self.clauses)) - 1


Tables = Mapping[str, ClassTables]  # by class of events


def build(rules: Iterable[CheckedRule]) -> Tables:
    """By class of events; classes on which no rule can be true are missing."""
    found: dict[str, dict[Clause, set[str]]] = {}
    known: dict[tuple[int, str], tuple[Clause, ...]] = {}
    for rule in rules:
        for event_type in sorted(rule.watched):
            for clause in _of_rule(rule, event_type, known):
                found.setdefault(CLASS_OF[event_type], {}).setdefault(clause, set()).add(event_type)
    return {name: _tables(name, found[name]) for name in CLASSES if name in found}


def _of_rule(
    rule: CheckedRule, event_type: str, known: dict[tuple[int, str], tuple[Clause, ...]]
) -> tuple[Clause, ...]:
    return known.setdefault((id(rule), event_type), clauses(rule.condition, event_type))


def _tables(event_class: str, found: Mapping[Clause, set[str]]) -> ClassTables:
    bits = _bits(tuple(found))
    return ClassTables(
        events=_events(event_class, bits, found),
        name=_by_name(bits, lambda clause: clause.name, _with_name),
        parent=_by_name(bits, lambda clause: clause.parent, _with_parent),
        host=_row(bits, lambda clause: _may_be_in(clause.container, inside=False)),
        container=_row(bits, lambda clause: _may_be_in(clause.container, inside=True)),
        places={place: _place(bits, place) for place in PLACES},
        dotted=_row(bits, lambda clause: clause.path.dots, every=True),
        clauses=bits,
    )


def _events(
    event_class: str, bits: Sequence[tuple[Clause, ...]], types: Mapping[Clause, set[str]]
) -> dict[tuple[str, int], Row]:
    every = tuple(variants.of_class(event_class))
    known: dict[Expr | None, tuple[int, ...]] = {}
    rows = {(name, variant): 0 for name in frozenset[str]().union(*types.values()) for variant in every}
    for bit, shared in enumerate(bits):
        for clause in shared:
            if clause.variant not in known:
                known[clause.variant] = tuple(
                    variant for variant in every if _may_be_variant(clause.variant, event_class, variant)
                )
            for name in types[clause]:
                for variant in known[clause.variant]:
                    rows[name, variant] |= 1 << bit
    return rows


def _bits(found: Sequence[Clause]) -> tuple[tuple[Clause, ...], ...]:
    """A bit for each clause, or for several."""
    return tuple(tuple(found[bit::MOST_BITS]) for bit in range(min(len(found), MOST_BITS)))


def _row(bits: Sequence[tuple[Clause, ...]], may: Callable[[Clause], bool], *, every: bool = False) -> Row:
    of = all if every else any
    return sum(1 << bit for bit, shared in enumerate(bits) if of(map(may, shared)))


def _may(condition: Expr | None, leaf: Callable[[Expr], bool]) -> bool:
    """Whether a condition may be true, by whether its checks, asked or negated, may be."""
    if condition is None:
        return True

    def visit(node: Expr, below: list[bool]) -> bool:
        if isinstance(node, Check | Not):
            return leaf(node)
        return all(below) if isinstance(node, And) else any(below)

    # The child of a `not` is visited too; its answer is not used.
    return collapse(condition, visit)


def _may_be_variant(condition: Expr | None, event_class: str, variant: int) -> bool:
    def leaf(node: Expr) -> bool:
        check = node.child if isinstance(node, Not) else node
        assert isinstance(check, Check)  # noqa: S101  normal form
        found = variants.answer(check, event_class, variant)
        return found is None or found != isinstance(node, Not)

    return _may(condition, leaf)


def _may_be_in(condition: Expr | None, *, inside: bool) -> bool:
    """In a container with any id, or on the host."""
    event = SimpleNamespace(container=SimpleNamespace(id=b"" if inside else b"host"))
    return condition is None or evaluate(condition, cast(Event, event))


def _with_name(name: bytes) -> Event:
    return cast(Event, SimpleNamespace(process=SimpleNamespace(comm=name)))


def _with_parent(name: bytes) -> Event:
    parent = SimpleNamespace(comm=name)
    return cast(Event, SimpleNamespace(process=SimpleNamespace(parent=parent)))


def _by_name(
    bits: Sequence[tuple[Clause, ...]],
    part: Callable[[Clause], Expr | None],
    event: Callable[[bytes], Event],
) -> ByValue:
    """A clause is asked about the names that it gives, and about every name where it asks for more than
    names.
    """
    default = _row(bits, lambda clause: _may(part(clause), _unless_named))
    asked = [{name for clause in shared for name in _named(part(clause))} for shared in bits]
    rows = dict.fromkeys(sorted(frozenset[bytes]().union(*asked)), default)
    for bit, shared in enumerate(bits):
        for name in rows if any(_asks_more(part(clause)) for clause in shared) else asked[bit]:
            holds = any(_holds(part(clause), event(name)) for clause in shared)
            rows[name] = rows[name] & ~(1 << bit) | holds << bit
    return ByValue(default, {name: row for name, row in rows.items() if row != default})


def _holds(condition: Expr | None, event: Event) -> bool:
    return condition is None or evaluate(condition, event)


def _named(condition: Expr | None) -> Iterator[bytes]:
    """The names that a process can have and that a condition asks for."""
    for check in _checks(condition):
        if check.operator in _NAMED:
            yield from (one.value for one in literals(check) if len(one.value) <= COMM_BYTES)


def _asks_more(condition: Expr | None) -> bool:
    return any(check.operator not in _NAMED for check in _checks(condition))


def _checks(condition: Expr | None) -> Iterator[Check]:
    waiting: list[Expr] = [] if condition is None else [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Check):
            yield node
        elif isinstance(node, Not):
            waiting.append(node.child)
        else:
            waiting.extend(getattr(node, "children", ()))


def _unless_named(node: Expr) -> bool:
    """Whether a check may hold of a name that no check gives as a value."""
    return not (
        isinstance(node, Check) and node.operator in _EXACT and node.modifier in (None, "anyof", "oneof")
    )


def _place(bits: Sequence[tuple[Clause, ...]], place: str) -> Place:
    keys: dict[Key, Row] = {}
    free = 0
    for bit, shared in enumerate(bits):
        for clause in shared:
            wanted = getattr(clause.path, place)
            if wanted is None:
                free |= 1 << bit
            else:
                for key in wanted:
                    keys[key] = keys.get(key, 0) | 1 << bit
    return Place(free, keys)

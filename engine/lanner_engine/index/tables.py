# SPDX-License-Identifier: Apache-2.0
"""Tables: the clauses of many rules as bits, by what the kernel finds out of an event.

Each class of events has its own bits, one a clause. For each dimension there is a row of bits for each value
that some clause names and one for all others: a set bit says that the clause may hold as far as this
dimension goes. An event whose rows have no bit in common is of interest to no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from lanner_engine import steps
from lanner_engine.index import actor_tables, actors, names, numbers, room, variants
from lanner_engine.index.actor_tables import ActorTables
from lanner_engine.index.classes import CLASS_OF, CLASSES, split
from lanner_engine.index.clauses import HOST, INSIDE, Clause, by_type
from lanner_engine.index.numbers import Question
from lanner_engine.index.places import PLACES, Key
from lanner_engine.index.room import Found
from lanner_engine.index.rows import ByValue, Row, by_value
from lanner_engine.passes.traverse import TRUE
from lanner_engine.program.rule import CheckedRule, Priority
from lanner_engine.steps import Steps, TooManyStepsError

LEAST_URGENT: Final = Priority.CRITICAL
MAX_BITS: Final = 512  # of a class; more clauses share bits
MAX_QUESTIONS: Final = 6  # about the numbers of an event; what else is asked of them is not
MAX_ROWS: Final = 8176  # of all classes; the kernel has 16 more, for what is made of these

Bits = Sequence[tuple[Clause, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """Names at one place of a path. A clause that asks nothing there is in `free`; one that does is in the
    rows of the keys that satisfy it.
    """

    free: Row
    keys: Mapping[Key, Row]


@dataclass(frozen=True, slots=True)
class ClassTables:
    """All that is asked of the events of one class. `questions`: those about numbers, by event type; their
    answers are in `numbers`. `dotted`: the clauses that ask for two dots in the path as given. `clauses`:
    what each bit stands for; `rules`: the rules that have a clause of it, by their place among all, which are
    the only ones that can be true where no other bit is left.
    """

    events: Mapping[tuple[str, int], Row]  # event type and variant
    name: ByValue
    parent: ByValue
    host: Row
    container: Row
    actor: ActorTables
    places: Mapping[str, Place]
    dotted: Row
    questions: Mapping[str, Sequence[Question]]
    numbers: Mapping[Question, ByValue]
    clauses: tuple[tuple[Clause, ...], ...]
    rules: tuple[frozenset[int], ...]
    urgent: Row

    @property
    def all(self) -> Row:
        """Every clause."""
        return (1 << len(self.clauses)) - 1


Tables = Mapping[str, ClassTables]  # by class of events; those that no rule watches are missing


def build(rules: Iterable[CheckedRule]) -> Tables:
    """Rules that come first weigh more. Where the kernel has too little room, clauses are asked less: those
    with the longest lists, and of alike ones those of the last rules.
    """
    every = tuple(rules)
    found = _found(every)
    watched = split(frozenset[str]().union(*(rule.watched for rule in every)))
    urgent = frozenset(number for number, rule in enumerate(every) if rule.priority <= LEAST_URGENT)
    most = room.MAX_VALUES
    while True:
        fitted = room.made(found, most)
        classes = {name: _tables(name, one, watched[name], urgent) for name, one in fitted.items()}
        if not most or rows_of(classes) <= MAX_ROWS:
            return classes
        most //= 2


def _found(rules: Iterable[CheckedRule]) -> dict[str, Found]:
    """By class the clauses, each with whose they are; of a class on whose events no rule can be true none."""
    found: dict[str, Found] = {}
    left: dict[str, Steps] = {}
    for number, rule in enumerate(rules):
        for event_type, clauses in _clauses(rule, left).items():
            own = found.setdefault(CLASS_OF[event_type], {})
            for clause in clauses:
                own.setdefault(clause, set()).add((event_type, number))
    return {name: found[name] for name in CLASSES if name in found}


def _clauses(rule: CheckedRule, left: dict[str, Steps]) -> Mapping[str, tuple[Clause, ...]]:
    """By event type. Who writes the rules of a namespace does not choose how long every agent makes tables:
    when its steps are used up, the rest of its rules ask no more than where the process is.
    """
    namespace, types = rule.owner.namespace if rule.owner else "", sorted(rule.watched)
    if not namespace:
        return by_type(rule.condition, types, rule.scope)
    own = left.setdefault(namespace, Steps(steps.INDEX, "the index of a namespace"))
    try:
        with steps.counted(own):
            return by_type(rule.condition, types, rule.scope)
    except TooManyStepsError:
        return by_type(TRUE, types, rule.scope)


def rows_of(classes: Tables) -> int:
    """How many different rows there are at most, however names fall together in the kernel."""
    rows: set[Row] = set()
    keys = 0
    for one in classes.values():
        rows.update(one.events.values(), one.name.values.values(), one.parent.values.values())
        rows.update((one.name.default, one.parent.default, one.host, one.container, one.all & ~one.dotted))
        rows.add(one.urgent)
        rows.update(place.free for place in one.places.values())
        for by in one.numbers.values():
            rows.update((by.default, one.all & ~asking(by), *by.values.values()))
        keys += sum(len(place.keys) for place in one.places.values())
    return len(rows) + keys


def _tables(event_class: str, found: Found, watched: frozenset[str], urgent: frozenset[int]) -> ClassTables:
    bits = _bits(tuple(found))
    rules = tuple(frozenset(rule for clause in shared for _, rule in found[clause]) for shared in bits)
    questions = _questions(found)
    return ClassTables(
        events=_events(event_class, bits, found, watched),
        name=by_value([names.any_one(clause.name for clause in shared) for shared in bits]),
        parent=by_value([names.any_one(clause.parent for clause in shared) for shared in bits]),
        host=_row(bits, lambda clause: bool(clause.container & HOST)),
        container=_row(bits, lambda clause: bool(clause.container & INSIDE)),
        actor=actor_tables.made([[clause.actor for clause in shared] for shared in bits]),
        places={place: _place(bits, place) for place in PLACES},
        dotted=_row(bits, lambda clause: clause.path.dots, every=True),
        questions=questions,
        numbers={one: _by_number(bits, one) for one in sorted({*chain(*questions.values())})},
        clauses=tuple(bits),
        rules=rules,
        urgent=sum(1 << bit for bit, of in enumerate(rules) if of & urgent),
    )


def _bits(found: Sequence[Clause]) -> Bits:
    """A bit for each clause, or for several. Those that ask who acts come first: it is asked of few."""
    ordered = sorted(found, key=lambda clause: clause.actor == actors.ANY)
    return tuple(tuple(ordered[bit::MAX_BITS]) for bit in range(min(len(ordered), MAX_BITS)))


def _events(
    event_class: str, bits: Bits, types: Found, watched: frozenset[str]
) -> dict[tuple[str, int], Row]:
    """Of every type that a rule watches, though it may be true of none."""
    by_mask: dict[tuple[str, int], Row] = {}
    for bit, shared in enumerate(bits):
        for clause in shared:
            for name in {event_type for event_type, _ in types[clause]}:
                asked = name, clause.variant
                by_mask[asked] = by_mask.get(asked, 0) | 1 << bit
    every = tuple(variants.of_class(event_class))
    rows = {(name, variant): 0 for name in sorted(watched) for variant in every}
    for (name, mask), row in by_mask.items():
        for variant in every:
            if mask >> variant & 1:
                rows[name, variant] |= row
    return rows


def _row(bits: Bits, may: Callable[[Clause], bool], *, every: bool = False) -> Row:
    of = all if every else any
    return sum(1 << bit for bit, shared in enumerate(bits) if of(map(may, shared)))


def _questions(found: Found) -> dict[str, tuple[Question, ...]]:
    """By event type; of too many the first ones."""
    asked: dict[str, dict[Question, None]] = {}
    for clause, owners in found.items():
        for question, _ in clause.numbers:
            for name, _ in owners:
                asked.setdefault(name, {})[question] = None
    return {name: tuple(islice(one, MAX_QUESTIONS)) for name, one in asked.items()}


def _by_number(bits: Bits, question: Question) -> ByValue:
    return by_value(
        [names.any_one(numbers.asked(clause.numbers, question) for clause in shared) for shared in bits]
    )


def asking(table: ByValue) -> Row:
    """The clauses that some value of a table decides on."""
    found = 0
    for row in table.values.values():
        found |= row ^ table.default
    return found


def _place(bits: Bits, place: str) -> Place:
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

# SPDX-License-Identifier: Apache-2.0
"""What the kernel asks before it reports an event: the clauses of a rule, class by class, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lanner_engine.diagnostics import visible
from lanner_engine.explain import clause_words
from lanner_engine.index.classes import split
from lanner_engine.index.clauses import Clause

THROUGH = "nothing in the kernel holds these events back: all of them go to user space"

Alike = dict[tuple[Clause, ...], list[str]]  # clauses, and the event types that have them


def lines(clauses: Mapping[str, tuple[Clause, ...]]) -> Iterator[str]:
    """By event type the clauses, in words. Types of one class with the same clauses stand together."""
    for event_class, types in split(frozenset(clauses)).items():
        alike: Alike = {}
        for event_type in sorted(types):
            alike.setdefault(clauses[event_type], []).append(event_type)
        for found, names in alike.items():
            yield f"{event_class} ({', '.join(names)})"
            yield from ("    " + line for line in in_words(found, event_class))


def in_words(found: Sequence[Clause], event_class: str) -> Iterator[str]:
    """One of the clauses holds whenever the rule does."""
    if not found:
        yield "cannot be true on these"
    for number, clause in enumerate(found):
        if number:
            yield "or else"
        asked = list(clause_words.asked(clause, event_class)) or [THROUGH]
        for at, line in enumerate(asked):
            yield f"    {'and ' if at else ''}{visible(line)}"

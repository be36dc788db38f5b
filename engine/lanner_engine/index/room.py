# SPDX-License-Identifier: Apache-2.0
"""Room: the kernel's maps hold so many names of processes and of paths, whoever wrote the rules.

Clauses come in, of all classes; they go out with at most so many different values. Those with the fewest
keep theirs; what has no room is not asked any more, which lets more events through and holds none back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lanner_engine.index import names
from lanner_engine.index.clauses import Clause
from lanner_engine.index.names import Names
from lanner_engine.index.numbers import Numbers, Question
from lanner_engine.index.places import PLACES, Key, Keys, PathTest

MOST_VALUES: Final = 8192  # names of processes, and as many names of paths and numbers

Found = dict[Clause, set[str]]  # each with the event types that it is about


def made(found: Mapping[str, Found], most: int) -> dict[str, Found]:
    """The clauses of each class with no more than so many values of either kind."""
    if sum(_size(clause) for one in found.values() for clause in one) <= most:
        return dict(found)
    room = _Room(most)
    fitted: dict[str, Found] = {}
    every = [(name, clause) for name, one in found.items() for clause in one]
    for name, clause in sorted(every, key=lambda one: _size(one[1])):
        own = fitted.setdefault(name, {})
        own.setdefault(room.fit(clause, name), set()).update(found[name][clause])
    return {name: fitted.get(name, {}) for name in found}


def _size(clause: Clause) -> int:
    keys = sum(len(getattr(clause.path, place) or ()) for place in PLACES)
    values = sum(len(asked.listed) for _, asked in clause.numbers)
    return len(clause.name.listed) + len(clause.parent.listed) + keys + values


class _Room:
    """What is taken of it so far."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[bytes] = set()
        self._keys: set[tuple[str, Key]] = set()
        self._numbers: set[tuple[str, Question, bytes]] = set()

    def fit(self, clause: Clause, event_class: str) -> Clause:
        return replace(
            clause,
            name=self._fit_names(clause.name),
            parent=self._fit_names(clause.parent),
            numbers=self._fit_numbers(event_class, clause.numbers),
            path=self._fit_path(clause.path),
        )

    def _fit_path(self, test: PathTest) -> PathTest:
        last, parent, top, some = (self._fit_keys(place, getattr(test, place)) for place in PLACES)
        return PathTest(last, parent, top, some, test.dots)

    def _fit_names(self, asked: Names) -> Names:
        new = asked.listed - self._names
        if len(self._names) + len(new) > self._most:
            return names.ANY
        self._names |= new
        return asked

    def _fit_numbers(self, event_class: str, tests: Numbers) -> Numbers:
        fitted = []
        for question, asked in tests:
            new = {(event_class, question, value) for value in asked.listed} - self._numbers
            if len(self._numbers) + len(new) <= self._most:
                self._numbers |= new
                fitted.append((question, asked))
        return tuple(fitted)

    def _fit_keys(self, place: str, keys: Keys | None) -> Keys | None:
        if keys is None:
            return None
        new = {(place, key) for key in keys} - self._keys
        if len(self._keys) + len(new) > self._most:
            return None
        self._keys |= new
        return keys

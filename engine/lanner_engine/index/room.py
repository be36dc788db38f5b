# SPDX-License-Identifier: Apache-2.0
"""Room: the kernel's maps hold so many names of processes and of paths, for all rules together.

Clauses come in, of all classes; they go out with at most so many different values. Those with the fewest
keep theirs; what has no room is not asked any more, which lets more events through and holds none back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lanner_engine.index import forebears, names
from lanner_engine.index.actors import Actor
from lanner_engine.index.clauses import Clause
from lanner_engine.index.forebears import Forebears
from lanner_engine.index.names import Names
from lanner_engine.index.numbers import Numbers, Question
from lanner_engine.index.places import PLACES, Key, Keys, PathTest

MAX_VALUES: Final = 8192  # names of processes, as many of forebears, of users, of paths, and numbers

Owner = tuple[str, int]  # event type, and which rule
Found = dict[Clause, set[Owner]]  # each with whose it is


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
    actor = clause.actor
    sets = (clause.name, clause.parent, actor.uid, actor.user, actor.login, actor.login_name)
    values = sum(len(asked.listed) for _, asked in clause.numbers)
    return sum(len(one.listed) for one in sets) + len(actor.forebears.listed) + keys + values


class _Room:
    """What is taken of it so far."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[bytes] = set()
        self._forebears: set[bytes] = set()
        self._users: set[bytes] = set()
        self._keys: set[tuple[str, Key]] = set()
        self._numbers: set[tuple[str, Question, bytes]] = set()

    def fit(self, clause: Clause, event_class: str) -> Clause:
        return replace(
            clause,
            name=self._fit_names(clause.name, self._names),
            parent=self._fit_names(clause.parent, self._names),
            numbers=self._fit_numbers(event_class, clause.numbers),
            path=self._fit_path(clause.path),
            actor=self._fit_actor(clause.actor),
        )

    def _fit_actor(self, asked: Actor) -> Actor:
        return replace(
            asked,
            forebears=self._fit_forebears(asked.forebears),
            uid=self._fit_names(asked.uid, self._users),
            user=self._fit_names(asked.user, self._users),
            login=self._fit_names(asked.login, self._users),
            login_name=self._fit_names(asked.login_name, self._users),
        )

    def _fit_forebears(self, asked: Forebears) -> Forebears:
        listed = Names(asked.listed, False)
        return forebears.ANY if self._fit_names(listed, self._forebears) == names.ANY else asked

    def _fit_path(self, test: PathTest) -> PathTest:
        last, parent, top, some = (self._fit_keys(place, getattr(test, place)) for place in PLACES)
        return PathTest(last, parent, top, some, test.dots)

    def _fit_names(self, asked: Names, taken: set[bytes]) -> Names:
        new = asked.listed - taken
        if len(taken) + len(new) > self._most:
            return names.ANY
        taken |= new
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

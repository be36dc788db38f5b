# SPDX-License-Identifier: Apache-2.0
"""Clauses in words: what each dimension asks. What stands in rules may come from an attacker: the caller
escapes the words where it shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lanner_engine.explain import actor_words, number_words, value_words, ways
from lanner_engine.index import names, places
from lanner_engine.index.clauses import ANYWHERE, HOST, Clause
from lanner_engine.index.places import EXACT, PREFIX, SUFFIX, Keys, PathTest

_PLACES: Final = {
    "last": "the path's last name",
    "parent": "the name before the last",
    "top": "the path's first name",
    "some": "a name in the path",
}
_OF_EXECUTABLE: Final = {
    "last": "the executable's last name",
    "parent": "the name before the executable's last",
    "top": "the executable's first name",
    "some": "a name in the executable's path",
}
_KINDS: Final = {EXACT: "is", PREFIX: "begins with", SUFFIX: "ends with"}


def asked(clause: Clause, event_class: str) -> Iterator[str]:
    """A line for each dimension that is asked; none: every event of the type is let through."""
    if clause.name != names.ANY:
        yield f"the process is {value_words.of_names(clause.name)}"
    if clause.parent != names.ANY:
        yield f"its parent is {value_words.of_names(clause.parent)}"
    if clause.container != ANYWHERE:
        yield "it is on the host" if clause.container == HOST else "it is in a container"
    yield from actor_words.asked(clause.actor)
    yield from ways.asked(clause.variant, event_class)
    yield from number_words.asked(clause.numbers)
    names_asked = list(_names(clause.path))
    yield from names_asked
    if names_asked and not _named(clause, event_class):
        yield "these names are asked of opens that worked only"
    if clause.path.dots:
        yield "the path as given holds two dots in a row"


def selective(clause: Clause, event_class: str) -> bool:
    """Whether few events satisfy it: it asks for names or numbers, or for what is rare. All but some are most
    of them, and so are all opens that fail.
    """
    known = not (clause.name.others and clause.parent.others)
    asked_besides = actor_words.selective(clause.actor) or number_words.selective(clause.numbers)
    named = clause.path.dots or (clause.path != places.ANYTHING and _named(clause, event_class))
    return known or named or asked_besides or ways.rare(clause.variant, event_class)


def _named(clause: Clause, event_class: str) -> bool:
    """Whether the names of its path are asked of all that it lets through: what was not opened has none."""
    return event_class != "open" or not ways.may_fail(clause.variant, event_class)


def _names(test: PathTest) -> Iterator[str]:
    for place in places.PLACES:
        keys: Keys | None = getattr(test, place)
        if keys is not None:
            yield " or ".join(_of_place(keys, place))


def _of_place(keys: Keys, place: str) -> Iterator[str]:
    for called, own in ((_PLACES, False), (_OF_EXECUTABLE, True)):
        some = frozenset(key for key in keys if key.executable is own)
        if some:
            yield f"{called[place]} {' or '.join(_keys(some, place))}"


def _keys(keys: Keys, place: str) -> Iterator[str]:
    """A path with one name has none before it. One that ends in a slash has an empty last name."""
    named = {key for key in keys if key.text}
    if len(named) < len(keys):
        yield "is missing" if place == "parent" else "is empty"
    for kind, verb in _KINDS.items():
        texts = {key.text for key in named if key.kind == kind}
        if texts:
            yield f"{verb} {'one of ' if len(texts) > 1 else ''}{value_words.listing(texts)}"

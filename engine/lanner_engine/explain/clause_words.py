# SPDX-License-Identifier: Apache-2.0
"""Clauses in words: what each dimension asks. What stands in rules may come from an attacker: whoever shows
the words makes them visible text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lanner_engine.explain import ways
from lanner_engine.index import names, places
from lanner_engine.index.clauses import ANYWHERE, HOST, Clause
from lanner_engine.index.names import Names
from lanner_engine.index.places import EXACT, PREFIX, SUFFIX, Keys, PathTest

SHOWN: Final = 20  # of a list

_PLACES: Final = {
    "last": "the path's last name",
    "parent": "the name before the last",
    "top": "the path's first name",
    "some": "a name in the path",
}
_KINDS: Final = {EXACT: "is", PREFIX: "begins with", SUFFIX: "ends with"}


def asked(clause: Clause, event_class: str) -> Iterator[str]:
    """A line for each dimension that is asked; none: every event of the type is let through."""
    if clause.name != names.ANY:
        yield f"the process is {_names(clause.name)}"
    if clause.parent != names.ANY:
        yield f"its parent is {_names(clause.parent)}"
    if clause.container != ANYWHERE:
        yield "it is on the host" if clause.container == HOST else "it is in a container"
    yield from ways.asked(clause.variant, event_class)
    yield from _path(clause.path)


def selective(clause: Clause, event_class: str) -> bool:
    """Whether few events satisfy it: it asks for names, or for what is rare. All names but some are most of
    them.
    """
    named = not (clause.name.others and clause.parent.others and clause.path == places.ANYTHING)
    return named or ways.rare(clause.variant, event_class)


def _names(asked_for: Names) -> str:
    listed = _listing(asked_for.listed)
    if len(asked_for.listed) == 1:
        return f"not {listed}" if asked_for.others else listed
    return f"none of {listed}" if asked_for.others else f"one of {listed}"


def _path(test: PathTest) -> Iterator[str]:
    for place, called in _PLACES.items():
        keys: Keys | None = getattr(test, place)
        if keys is not None:
            yield f"{called} {' or '.join(_keys(keys, place))}"
    if test.dots:
        yield "the path as given holds two dots in a row"


def _keys(keys: Keys, place: str) -> Iterator[str]:
    """A path with one name has none before it. One that ends in a slash has an empty last name."""
    if places.ROOT in keys:
        yield "is missing" if place == "parent" else "is empty"
    for kind, verb in _KINDS.items():
        texts = {key.text for key in keys if key.kind == kind and key != places.ROOT}
        if texts:
            yield f"{verb} {'one of ' if len(texts) > 1 else ''}{_listing(texts)}"


def _listing(values: Iterable[bytes]) -> str:
    """Sorted, and cut when they are many."""
    texts = [value.decode("utf-8", "backslashreplace") or '""' for value in sorted(values)]
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more

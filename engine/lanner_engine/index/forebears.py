# SPDX-License-Identifier: Apache-2.0
"""Forebears: the ancestors of a process and those who made it or one of them, asked for by their names as
proc.aname does. A check, or the negation of one, comes in; a test of all their names together goes out.

Which of them is the second or third is not known: an ancestor that is asked for by its place is asked for at
any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lanner_engine.index.names import Names


@dataclass(frozen=True, slots=True)
class Forebears:
    """One at least has a name of `some` (None: any name will do), and none has a name of `none`."""

    some: frozenset[bytes] | None = None
    none: frozenset[bytes] = frozenset()

    @property
    def possible(self) -> bool:
        return self.some is None or bool(self.some)

    @property
    def listed(self) -> frozenset[bytes]:
        return self.none if self.some is None else self.some | self.none


ANY: Final = Forebears()


def of_names(found: Names, *, negated: bool) -> Forebears:
    """Where one of them, by a check without index, has a name of `found`; `negated`: where none has a name
    outside of `found`. Whether all have names of a list is not asked.
    """
    if negated:
        return Forebears(none=found.listed) if found.others else ANY
    return ANY if found.others else Forebears(some=found.listed)


def of_one(found: Names, *, negated: bool) -> Forebears:
    """Where the one at some place has a name of `found`. A negated check is true where it is missing, too."""
    return ANY if negated or found.others else Forebears(some=found.listed)


def every_one(tests: Iterable[Forebears]) -> Forebears:
    """What holds when all do. Of names of which one must be there, those that are fewest are asked."""
    asked = [one for one in dict.fromkeys(tests) if one != ANY]
    if len(asked) < 2:  # noqa: PLR2004
        return asked[0] if asked else ANY
    none = frozenset[bytes]().union(*(one.none for one in asked))
    some = [one.some - none for one in asked if one.some is not None]
    return Forebears(min(some, key=_size) if some else None, none)


def any_one(tests: Iterable[Forebears]) -> Forebears:
    """What holds whenever one does."""
    found = list(dict.fromkeys(tests))
    if len(found) == 1:
        return found[0]
    some = [one.some for one in found if one.some is not None]
    every = len(some) == len(found)
    return Forebears(
        frozenset[bytes]().union(*some) if every else None,
        frozenset.intersection(*(one.none for one in found)),
    )


def _size(names: frozenset[bytes]) -> tuple[int, list[bytes]]:
    """Of as many the first ones, so that the same rules always give the same."""
    return len(names), sorted(names)

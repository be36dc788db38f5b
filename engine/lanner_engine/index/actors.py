# SPDX-License-Identifier: Apache-2.0
"""Actors: which process a condition is about beyond its name and its parent's: by the names of its forebears,
by its user and the one who logged in, by its terminal. A check, or the negation of one, comes in; tests go
out, that are joined and met test by test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final, cast

from lanner_engine.ast import Check, Expr, FieldRef, Not
from lanner_engine.index import accounts, forebears, names, terminal
from lanner_engine.index.forebears import Forebears
from lanner_engine.index.names import Names

_ANCESTOR: Final = "proc.aname"


@dataclass(frozen=True, slots=True)
class Actor:
    """`uid` and `login` are numbers in decimal digits. What a user is called is known on the host only: in
    containers `user` and `login_name` may be any. `terminal`: bits of index/terminal.
    """

    forebears: Forebears = forebears.ANY
    uid: Names = names.ANY
    user: Names = names.ANY
    login: Names = names.ANY
    login_name: Names = names.ANY
    terminal: int = terminal.ANY

    @property
    def possible(self) -> bool:
        sets = (self.uid, self.user, self.login, self.login_name)
        return self.forebears.possible and all(one.possible for one in sets) and bool(self.terminal)

    @property
    def dimensions(self) -> tuple[object, ...]:
        return cast("tuple[object, ...]", _dimensions(self))


ANY: Final = Actor()
_dimensions: Final = attrgetter(*(one.name for one in fields(Actor)))

_OF: Final[dict[str, Callable[[Expr], Actor]]] = {
    "user.uid": lambda leaf: Actor(uid=accounts.of_number(leaf, "user.uid")),
    "user.name": lambda leaf: Actor(user=names.of_leaf(leaf, longest=None)),
    "user.loginuid": lambda leaf: Actor(login=accounts.of_number(leaf, "user.loginuid")),
    "user.loginname": lambda leaf: Actor(login_name=names.of_leaf(leaf, longest=None)),
    "proc.tty": lambda leaf: Actor(terminal=_of_terminal(leaf)),
    _ANCESTOR: lambda leaf: Actor(forebears=_of_forebears(leaf)),
}


def of_leaf(leaf: Expr) -> Actor | None:
    """On which a check, or a negated one, can be true; None: it asks nothing of these."""
    field = _check(leaf).left
    asked = _OF.get(field.name) if isinstance(field, FieldRef) else None
    return None if asked is None else asked(leaf)


def ancestor(leaf: Expr) -> int | None:
    """Which ancestor a check of a name is about: 0 the process, 1 its parent; None: it names none."""
    field = _check(leaf).left
    if not isinstance(field, FieldRef) or field.name != _ANCESTOR or field.argument is None:
        return None
    return int(field.argument)


def every_one(actors: Iterable[Actor]) -> Actor:
    """What holds when all do."""
    asked = [one for one in actors if one != ANY]
    if len(asked) < 2:  # noqa: PLR2004
        return asked[0] if asked else ANY
    found = terminal.ANY
    for one in asked:
        found &= one.terminal
    return _joined(asked, forebears.every_one, names.every_one, found)


def any_one(actors: Iterable[Actor]) -> Actor:
    """What holds whenever one does."""
    asked = list(dict.fromkeys(actors))
    if len(asked) == 1:
        return asked[0]
    found = 0
    for one in asked:
        found |= one.terminal
    return _joined(asked, forebears.any_one, names.any_one, found)


def _joined(
    asked: Sequence[Actor],
    tests: Callable[[Iterable[Forebears]], Forebears],
    sets: Callable[[Iterable[Names]], Names],
    found: int,
) -> Actor:
    return Actor(
        tests(one.forebears for one in asked),
        sets(one.uid for one in asked),
        sets(one.user for one in asked),
        sets(one.login for one in asked),
        sets(one.login_name for one in asked),
        found,
    )


def _of_terminal(leaf: Expr) -> int:
    return terminal.of_check(_check(leaf), negated=isinstance(leaf, Not))


def _of_forebears(leaf: Expr) -> Forebears:
    found, negated = names.of_leaf(leaf), isinstance(leaf, Not)
    if ancestor(leaf) is None:
        return forebears.of_names(found, negated=negated)
    return forebears.of_one(found, negated=negated)


def _check(leaf: Expr) -> Check:
    check = leaf.child if isinstance(leaf, Not) else leaf
    assert isinstance(check, Check)  # noqa: S101  what a leaf is
    return check

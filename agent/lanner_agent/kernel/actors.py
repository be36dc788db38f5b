# SPDX-License-Identifier: Apache-2.0
"""The actor in the kernel's index (bpf/index/actor.h): what clauses ask of ancestors, users and terminals, as
entries of maps.

In: the tables of lanner_engine.index, and the names of the host's users. A user without a known name may have
any name, and so may every user in a container.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel.halves import Entries
from lanner_agent.kernel.record_layout import (
    INDEX_ACTORS,
    INDEX_FOREBEAR,
    INDEX_NAME_KEY,
    INDEX_USER,
    INDEX_USER_KEY,
    INDEX_USERS,
    EventClass,
    IndexActorsAt,
)
from lanner_engine.index import accounts
from lanner_engine.index.actor_tables import ActorTables
from lanner_engine.index.rows import ByValue, Row
from lanner_engine.index.tables import ClassTables, Tables

Names = Mapping[int, bytes]  # what the host's users are called, by their numbers

_WORD: Final = (1 << 64) - 1
_UNSET: Final = 0xFFFFFFFF  # how the kernel has accounts.UNSET


def asks_names(classes: Tables) -> bool:
    """Whether any clause asks what a user is called."""
    return any(one.actor.user.values or one.actor.login_name.values for one in classes.values())


def head(classes: Tables) -> bytes:
    """What stands once."""
    other_user = _words(classes, lambda one: one.actor.uid.default)
    other_login = _words(classes, lambda one: one.actor.login.default)
    found = bytearray(INDEX_ACTORS.size)
    INDEX_ACTORS.pack_into(
        found,
        0,
        *_words(classes, lambda one: one.actor.free),
        *_words(classes, lambda one: one.actor.terminal),
        *_words(classes, lambda one: one.actor.no_terminal),
        *_words(classes, lambda one: one.actor.asks_forebears),
        *_words(classes, lambda one: one.actor.asks_user),
        *_words(classes, lambda one: one.actor.asks_login),
        *_words(classes, lambda one: one.actor.asks_terminal),
        *_words(classes, lambda one: one.all >> 64),
    )
    INDEX_USER.pack_into(found, IndexActorsAt.other_user, *other_user, *other_user)
    INDEX_USER.pack_into(found, IndexActorsAt.other_login, *other_login, *other_login)
    return bytes(found)


def forebears(classes: Tables, half: int) -> Entries:
    """By name, for each that a clause asks for."""
    named = {name for one in classes.values() for name in (*one.actor.some, *one.actor.none)}
    return {INDEX_NAME_KEY.pack(name, half): _forebear(classes, name) for name in sorted(named)}


def _forebear(classes: Tables, name: bytes) -> bytes:
    some = _words(classes, lambda one: one.actor.some.get(name, 0))
    return INDEX_FOREBEAR.pack(*some, *_words(classes, lambda one: one.actor.none.get(name, 0)))


def users(classes: Tables, names: Names, half: int) -> Entries:
    """By number, for each that a clause asks for. Those whose name is known follow, while there is room."""
    sides = (
        _Side(classes, names, 0, lambda one: one.uid, lambda one: one.user),
        _Side(classes, names, 1, lambda one: one.login, lambda one: one.login_name),
    )
    found = dict(entry for side in sides for entry in side.listed(half))
    rest = (entry for side in sides for entry in side.known(half))
    found.update(itertools.islice(rest, max(0, INDEX_USERS - len(found))))
    return found


@dataclass(frozen=True, slots=True)
class _Side:
    """The users of processes, or those who logged in."""

    classes: Tables
    names: Names
    login: int
    ids: Callable[[ActorTables], ByValue]
    called: Callable[[ActorTables], ByValue]

    def listed(self, half: int) -> Iterator[tuple[bytes, bytes]]:
        """Those whose numbers clauses ask for; which are no numbers of users is left out."""
        values = {int(text) for one in self.classes.values() for text in self.ids(one.actor).values}
        return (self._entry(one, half) for one in sorted(values) if accounts.UNSET <= one < _UNSET)

    def known(self, half: int) -> Iterator[tuple[bytes, bytes]]:
        """Those whose name is known, where a clause asks for names."""
        asked = any(self.called(one.actor).values for one in self.classes.values())
        return (self._entry(one, half) for one in sorted(self.names) if asked)

    def _entry(self, id: int, half: int) -> tuple[bytes, bytes]:
        inside = _words(self.classes, lambda one: _row(self.ids(one.actor), accounts.text(id)))
        host = inside
        if id in self.names:
            called = _words(self.classes, lambda one: _row(self.called(one.actor), self.names[id]))
            host = [one & other for one, other in zip(inside, called, strict=True)]
        return INDEX_USER_KEY.pack(half, self.login, id & _UNSET), INDEX_USER.pack(*host, *inside)


def _row(table: ByValue, value: bytes) -> Row:
    return table.values.get(value, table.default)


def _words(classes: Tables, row: Callable[[ClassTables], Row]) -> Sequence[int]:
    """The first 64 bits of a row of each class; nothing is asked of a class without tables."""
    found = [0] * len(EventClass)
    for name, one in classes.items():
        found[EventClass[name.upper()]] = row(one) & _WORD
    return found

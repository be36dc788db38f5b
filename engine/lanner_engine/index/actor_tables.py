# SPDX-License-Identifier: Apache-2.0
"""Tables of actors: what the clauses of a class ask of a process' forebears, users and terminal, as rows.

A process has many forebears and its user's name is known to user space only, so these rows are put together
when the process is met, in one word of 64 bits: the first clauses of a class are asked, all others may hold
whoever acts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_engine.index import actors, forebears, names, terminal
from lanner_engine.index.actors import Actor
from lanner_engine.index.rows import ByValue, Row, by_value

ACTOR_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class ActorTables:
    """A clause is left when a forebear's name has it in `some`, or it is in `free`, and none has it in
    `none`; when a row of the user has it, and one of who logged in; when it is in the row for a process with
    a terminal, or without one. `asks_…`: the clauses that ask at all.
    """

    free: Row
    some: Mapping[bytes, Row]
    none: Mapping[bytes, Row]
    uid: ByValue
    user: ByValue
    login: ByValue
    login_name: ByValue
    terminal: Row
    no_terminal: Row
    asks_forebears: Row
    asks_user: Row
    asks_login: Row
    asks_terminal: Row


def made(bits: Sequence[Sequence[Actor]]) -> ActorTables:
    """A bit for each, or for several."""
    asked = [actors.any_one(shared) if bit < ACTOR_BITS else actors.ANY for bit, shared in enumerate(bits)]
    return ActorTables(
        free=_row(asked, lambda one: one.forebears.some is None),
        some=_by_name([one.forebears.some or frozenset() for one in asked]),
        none=_by_name([one.forebears.none for one in asked]),
        uid=by_value([one.uid for one in asked]),
        user=by_value([one.user for one in asked]),
        login=by_value([one.login for one in asked]),
        login_name=by_value([one.login_name for one in asked]),
        terminal=_row(asked, lambda one: bool(one.terminal & terminal.SOME)),
        no_terminal=_row(asked, lambda one: bool(one.terminal & terminal.NONE)),
        asks_forebears=_row(asked, lambda one: one.forebears != forebears.ANY),
        asks_user=_row(asked, lambda one: one.uid != names.ANY or one.user != names.ANY),
        asks_login=_row(asked, lambda one: one.login != names.ANY or one.login_name != names.ANY),
        asks_terminal=_row(asked, lambda one: one.terminal != terminal.ANY),
    )


def _row(asked: Sequence[Actor], may: Callable[[Actor], bool]) -> Row:
    return sum(1 << bit for bit, one in enumerate(asked) if may(one))


def _by_name(asked: Sequence[frozenset[bytes]]) -> Mapping[bytes, Row]:
    found: dict[bytes, Row] = {}
    for bit, listed in enumerate(asked):
        for name in listed:
            found[name] = found.get(name, 0) | 1 << bit
    return found

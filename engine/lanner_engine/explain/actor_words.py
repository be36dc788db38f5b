# SPDX-License-Identifier: Apache-2.0
"""Actors in words: what a clause asks of forebears, users and the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lanner_engine.explain import value_words
from lanner_engine.index import accounts, names, terminal
from lanner_engine.index.actors import Actor
from lanner_engine.index.forebears import Forebears
from lanner_engine.index.names import Names

_NAMED: Final = "is in a container or has no account on the host"
_COMMON: Final = {accounts.text(0), accounts.text(accounts.UNSET)}  # ids that most processes have


def asked(actor: Actor) -> Iterator[str]:
    """A line for each test."""
    yield from _of_forebears(actor.forebears)
    if actor.uid != names.ANY:
        yield f"the user's id is {value_words.of_names(actor.uid)}"
    if actor.user != names.ANY:
        yield f"the user is {value_words.of_names(actor.user)}, or {_NAMED}"
    if actor.login != names.ANY:
        yield f"the id of the user that logged in is {value_words.of_names(actor.login)}"
    if actor.login_name != names.ANY:
        yield f"the user that logged in is {value_words.of_names(actor.login_name)}, or {_NAMED}"
    if actor.terminal != terminal.ANY:
        yield "it has a terminal" if actor.terminal == terminal.SOME else "it has no terminal"


def selective(actor: Actor) -> bool:
    """Whether few processes satisfy it."""
    ids = (actor.uid, actor.login)
    return (
        actor.forebears.some is not None
        or actor.terminal == terminal.SOME
        or not (actor.user.others and actor.login_name.others)
        or any(_few(one) for one in ids)
    )


def _few(ids: Names) -> bool:
    return not ids.others and not ids.listed & _COMMON


def _of_forebears(test: Forebears) -> Iterator[str]:
    called = "ancestor, or creator of it or of one,"
    if test.some is not None:
        yield f"some {called} is {value_words.of_names(Names(test.some, False))}"
    if test.none:
        yield f"no {called} is {value_words.of_names(Names(test.none, False))}"

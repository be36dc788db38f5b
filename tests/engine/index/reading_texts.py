# SPDX-License-Identifier: Apache-2.0
"""The names in texts read in Python as bpf/index/texts.bpf.c reads them: the texts of an event in, the
clauses that are left out.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lanner_engine.index.places import PLACES
from lanner_engine.index.rows import Row
from lanner_engine.index.tables import ClassTables, Place
from tests.engine.plain_facts import PlainEvent

LOOKED_AT = 254  # bytes of a text; of a longer one nothing is known
_DOTTED = (b"", b".", b"..")


class Meaning(enum.Enum):
    """What a text is of a path that a field has: enum text_meaning."""

    ITSELF = enum.auto()
    MEANT = enum.auto()
    FOLDER = enum.auto()
    EXECUTABLE = enum.auto()


@dataclass(frozen=True, slots=True)
class Text:
    text: bytes
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class CallEvent(PlainEvent):
    """With the paths that the kernel has as text."""

    texts: tuple[Text, ...] = ()


def by_texts(
    tables: ClassTables, texts: Sequence[Text], at_place: Callable[[Place, bytes, bool], Row]
) -> Row:
    """`at_place`: the clauses that a name satisfies at a place, one of the executable's or another."""
    rows = {place: tables.places[place].free for place in PLACES}
    unknown: set[str] = set()
    for one in texts:
        unknown.update(_unknown(one))
        for place, name in _names(one):
            rows[place] |= at_place(tables.places[place], name, one.meaning is Meaning.EXECUTABLE)
    left = tables.all
    for place in PLACES:
        left &= tables.all if place in unknown else rows[place]
    return left


def _split(text: bytes) -> list[bytes]:
    return text[text.startswith(b"/") :].split(b"/")


def _names(one: Text) -> Iterator[tuple[str, bytes]]:
    names = _split(one.text)
    whole = [name for name in names if name]
    yield from (("some", name) for name in names)
    yield from (("top", name) for name in whole[:1])
    if one.meaning is Meaning.FOLDER:
        yield "parent", names[-1]
        return
    yield "last", names[-1]
    if one.text.startswith(b"/") or any(names[:-1]):
        yield "parent", names[-2] if names[1:] else b""


def _unknown(one: Text) -> Sequence[str]:
    names = _split(one.text)
    if len(one.text) > LOOKED_AT or (one.meaning is Meaning.MEANT and names[-1] in _DOTTED):
        return PLACES
    if one.meaning is Meaning.MEANT and any(name in _DOTTED for name in names[:-1]):
        return ("parent", "top", "some")
    return ()

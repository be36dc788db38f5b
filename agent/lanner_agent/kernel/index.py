# SPDX-License-Identifier: Apache-2.0
"""The rules' index in the kernel (bpf/index/): tables of clauses into maps, one generation beside the other.

In: what lanner_engine.index made of the rules. The kernel asks the tables of the generation in force; those
of the next one are filled in the other half of each map, and one store puts them in force.
"""

from __future__ import annotations

import functools
import operator
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from lanner_agent.kernel import (
    actors,
    halves,
    index_numbers,
    index_slots,
    index_texts,
    record_layout,
    syscall_bpf,
    tables,
)
from lanner_agent.kernel.halves import Entries, Hash, TooLargeError
from lanner_agent.kernel.index_slots import PLACES
from lanner_agent.kernel.record_layout import (
    INDEX_BYTES,
    INDEX_EVENT,
    INDEX_HEAD,
    INDEX_NAME,
    INDEX_NAME_KEY,
    INDEX_ROW,
    INDEX_ROWS,
    INDEX_SLOTS,
    INDEX_VARIANTS,
    INDEX_WORDS,
    EventClass,
    IndexHeadAt,
    NameEnd,
)
from lanner_engine.index.places import EXACT, PREFIX, SUFFIX, Key
from lanner_engine.index.rows import Row
from lanner_engine.index.tables import ClassTables, Tables

_CLASSES: Final = len(EventClass)
_NUMBER: Final = struct.Struct("=I")
_WORD: Final = (1 << 64) - 1
_EVERYTHING: Final = (1 << 64 * INDEX_WORDS) - 1
# Rows with all bits: of what is not known, which is no row of a name in a path, and in place of too many.
_OVERFLOWN: Final = 1
_OWN: Final = 2
_FOLDED: Final = struct.Struct("=Q")
_ENDS: Final = len(PLACES) * NameEnd.ENDS * INDEX_BYTES
_NO_FOLDED: Final = [0] * (2 * len(PLACES) + 1)
_NO_LENGTHS: Final = [bytes(len(PLACES))] * 2


class Index:
    """`maps`: descriptors by name; `settle` returns when no program asks tables any more that were replaced
    before. One of them belongs to the probes of a process.
    """

    def __init__(self, maps: Mapping[str, int], settle: Callable[[], None]) -> None:
        self._maps = maps
        self._settle = settle
        self.generation = 0  # in force; 0: none
        self._newest = 0

    def fill(self, classes: Tables | None, names: actors.Names) -> str:
        """Put these tables in force for every event from now on; None: all events are of interest. So they
        are where the tables are too large, which the answer says. `names`: of the host's users.
        """
        why = ""
        generation = 0 if classes is None else self._newest + 1
        if classes is not None:
            self._settle()
            try:
                _Half(self._maps, generation & 1).write(classes, names)
                # Not before: where this fails, the next try must not fill the half that is in force.
                self._newest = generation
            except TooLargeError as error:
                why, generation = str(error), 0
        syscall_bpf.map_update(self._maps["index_generation"], _NUMBER.pack(0), _NUMBER.pack(generation))
        self.generation = generation
        return why


class _Half:
    """One generation's, in one half of each map."""

    def __init__(self, maps: Mapping[str, int], half: int) -> None:
        self._maps = maps
        self._half = half
        self._rows: dict[Row, int] = {}

    def write(self, classes: Tables, users: actors.Names) -> None:
        events = self._events(classes)
        names = self._names(classes)
        opens = [(0, classes["open"])] if "open" in classes else []
        slots = index_slots.packed(opens, self._row)
        texts = index_texts.slots(classes, self._row)
        text_heads = list(index_texts.heads(classes, self._row))
        questions = list(index_numbers.questions(classes, self._row))
        numbers = index_numbers.rows(classes, self._half, self._row)
        head = self._head(classes)
        rows = [_EVERYTHING] * _OWN + list(self._rows)
        self._put("index_rows", INDEX_ROWS, (INDEX_ROW.pack(*_words(row)) for row in rows))
        self._put("index_folded", INDEX_ROWS, (_FOLDED.pack(_folded(row)) for row in rows))
        self._put("index_events", record_layout.EVENTS * INDEX_VARIANTS, events)
        self._put("index_slots", INDEX_SLOTS, slots)
        self._put("index_questions", record_layout.EVENTS, questions)
        self._put("index_text_slots", INDEX_SLOTS, texts)
        self._put("index_text_heads", _CLASSES, text_heads)
        self._put("index_ends", _ENDS, _ends(classes.get("open")))
        self._replace(halves.NAMES, names)
        self._replace(halves.FOREBEARS, actors.forebears(classes, self._half))
        self._replace(halves.USERS, actors.users(classes, users, self._half))
        self._put("index_actors", 1, [actors.head(classes)])
        self._replace(halves.NUMBERS, {key: _NUMBER.pack(row) for key, row in numbers.items()})
        self._put("index_heads", 1, [head])

    def _row(self, row: Row) -> int:
        """Its number; of too many the last ones are a row that has all bits."""
        number = self._rows.get(row)
        if number is None:
            number = len(self._rows) + _OWN
            if number >= INDEX_ROWS:
                return _OVERFLOWN
            self._rows[row] = number
        return number

    def _events(self, classes: Tables) -> Iterator[bytes]:
        """Of an event that no table names everything is of interest: its class is none."""
        found = {
            (tables.EVENTS[event_type], variant): (_folded(row), self._row(row), EventClass[name.upper()], 0)
            for name, one in classes.items()
            for (event_type, variant), row in one.events.items()
        }
        return iter(
            [
                INDEX_EVENT.pack(*found.get((event, variant), (0, 0, _CLASSES, 0)))
                for event in range(record_layout.EVENTS)
                for variant in range(INDEX_VARIANTS)
            ]
        )

    def _names(self, classes: Tables) -> Entries:
        """By comm, for each name of some class."""
        every = {name for one in classes.values() for name in (*one.name.values, *one.parent.values)}
        return {INDEX_NAME_KEY.pack(name, self._half): self._name(classes, name) for name in sorted(every)}

    def _name(self, classes: Tables, name: bytes | None) -> bytes:
        rows = [0] * (2 * _CLASSES)
        for class_name, one in classes.items():
            number = EventClass[class_name.upper()]
            for at, by in ((number, one.name), (_CLASSES + number, one.parent)):
                rows[at] = self._row(by.default if name is None else by.values.get(name, by.default))
        return INDEX_NAME.pack(*rows)

    def _head(self, classes: Tables) -> bytes:
        words, host, container, urgent = ([0] * _CLASSES for _ in range(4))
        for name, one in classes.items():
            number = EventClass[name.upper()]
            words[number] = (len(one.clauses) + 63) // 64
            host[number], container[number] = self._row(one.host), self._row(one.container)
            urgent[number] = self._row(one.urgent)
        opens = classes.get("open")
        folded, free, undotted, lengths = _NO_FOLDED, [0] * len(PLACES), 0, _NO_LENGTHS
        if opens is not None:
            places = [opens.places[place] for place in PLACES]
            undotted = self._row(opens.all & ~opens.dotted)
            free = [self._row(place.free) for place in places]
            rows = (
                *(place.free for place in places),
                *(_of_parts(place.keys) for place in places),
                opens.dotted,
            )
            folded = [_folded(row) for row in rows]
            lengths = [
                bytes(index_slots.lengths(place.keys, kind) for place in places) for kind in (PREFIX, SUFFIX)
            ]
        head = bytearray(INDEX_HEAD.size)
        INDEX_HEAD.pack_into(head, 0, *folded, *words, *host, *container, *free, *urgent, undotted, *lengths)
        head[IndexHeadAt.other_name : IndexHeadAt.other_name + INDEX_NAME.size] = self._name(classes, None)
        return bytes(head)

    def _put(self, name: str, size: int, values: Iterable[bytes]) -> None:
        """From the beginning of this half of a map."""
        found = list(values)
        first = self._half * size
        keys = b"".join(_NUMBER.pack(first + at) for at in range(len(found)))
        put = syscall_bpf.map_update_all(self._maps[name], keys, b"".join(found), len(found))
        halves.require_all(put, found, name)

    def _replace(self, hashed: Hash, entries: Entries) -> None:
        hashed.replace(self._maps[hashed.name], self._half, entries)


def _of_parts(keys: Mapping[Key, Row]) -> Row:
    """The clauses that ask how a name begins or ends."""
    return functools.reduce(operator.or_, (row for key, row in keys.items() if key.kind != EXACT), 0)


def _ends(one: ClassTables | None) -> Iterator[bytes]:
    """By place, end of a name and byte there: the clauses that ask for a name which begins or ends so."""
    found = [0] * _ENDS
    for place, at in PLACES.items() if one is not None else ():
        assert one is not None  # noqa: S101  the line above
        for key, row in one.places[place].keys.items():
            if key.kind != EXACT:
                end, byte = (NameEnd.FIRST, 0) if key.kind == PREFIX else (NameEnd.LAST, -1)
                found[(at * NameEnd.ENDS + end) * INDEX_BYTES + key.text[byte]] |= row
    return map(_FOLDED.pack, map(_folded, found))


def _folded(row: Row) -> int:
    """Its words ORed."""
    return functools.reduce(operator.or_, _words(row))


def _words(row: Row) -> Sequence[int]:
    return [row >> 64 * at & _WORD for at in range(INDEX_WORDS)]

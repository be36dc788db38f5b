# SPDX-License-Identifier: Apache-2.0
"""What the rules' index asks of numbers of calls (bpf/index/arguments.bpf.c): questions by event, and tables
of rows by number, as bytes of the maps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

from lanner_agent.kernel import record_layout, tables
from lanner_agent.kernel.record_layout import (
    INDEX_NUMBER_KEY,
    INDEX_QUESTION,
    INDEX_QUESTIONS,
    NumberSource,
)
from lanner_engine.index.numbers import NONE, SOME, WATCHER, Question, as_number
from lanner_engine.index.rows import ByValue, Row
from lanner_engine.index.tables import ClassTables, Tables, asking

Numbered = Callable[[Row], int]  # the number of a row in the kernel

SIZE: Final = INDEX_QUESTION.size * INDEX_QUESTIONS
_OF_BITS: Final = 0  # in place of a table


def questions(classes: Tables, numbered: Numbered) -> Iterator[bytes]:
    """For each event."""
    number = _tables(classes)
    found = {
        tables.EVENTS[event_type]: [
            _question(one, asked, number[name, asked], numbered) for asked in one.questions[event_type]
        ]
        for name, one in classes.items()
        for event_type in one.questions
    }
    for event in range(record_layout.EVENTS):
        yield b"".join(found.get(event, ())).ljust(SIZE, b"\0")


def rows(classes: Tables, half: int, numbered: Numbered) -> dict[bytes, int]:
    """Key in the map -> number of the row, for each number that some clause lists."""
    number = _tables(classes)
    return {
        INDEX_NUMBER_KEY.pack(*_words(value), number[name, asked], half): numbered(row)
        for name, one in classes.items()
        for asked, table in one.numbers.items()
        if not asked.bits
        for value, row in table.values.items()
    }


def _tables(classes: Tables) -> dict[tuple[str, Question], int]:
    """Numbered from 1."""
    every = [(name, asked) for name, one in classes.items() for asked in one.numbers]
    return {one: at for at, one in enumerate(every, 1)}


def _question(one: ClassTables, asked: Question, table: int, numbered: Numbered) -> bytes:
    by = one.numbers[asked]
    free = numbered(one.all & ~asking(by))
    other, some = (_row(by, NONE), _row(by, SOME)) if asked.bits else (by.default, by.default)
    of = _OF_BITS if asked.bits else table
    source = NumberSource[asked.source.name]
    return INDEX_QUESTION.pack(asked.mask, source, of, free, numbered(other), numbered(some), 0, 0, 0)


def _row(by: ByValue, value: bytes) -> Row:
    return by.values.get(value, by.default)


def _words(value: bytes) -> tuple[int, int]:
    if as_number(value) == WATCHER:
        return os.getpid(), 0
    return int.from_bytes(value[:8], "little"), int.from_bytes(value[8:], "little")

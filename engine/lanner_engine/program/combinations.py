# SPDX-License-Identifier: Apache-2.0
"""Exceptions with many values become sets: what takes a look-up costs neither text, nor a tree, nor code.

Taken before an exception becomes text (program/exceptions). Taken are comparisons by = and in of fields that
have one plain value, with words and texts that mean themselves. All else, and all about which something is to
be said to the user, stays for the text, whose checks say it with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import Final

from lanner_engine import steps
from lanner_engine.ast import Check, FieldRef, ListLiteral, Literal, Rows
from lanner_engine.documents.definitions import ExceptionValue, RuleDefinition, RuleException
from lanner_engine.fields import host_names, operands, table
from lanner_engine.fields.types import Kind, Type, parse_literal
from lanner_engine.parser.operand import parse_operand
from lanner_engine.passes import misuse
from lanner_engine.passes.lists import Lists
from lanner_engine.passes.misuse import UNSAFE_CLASSES
from lanner_engine.passes.named_events import TYPE_FIELDS
from lanner_engine.source import RuleError
from lanner_engine.text import Text
from lanner_engine.tokens import BARE, encoded

FEW: Final = 16  # values of an exception that stay text: the kernel's index learns more from checks
MAX_PRODUCTS: Final = 64  # rows that lists in one value make
_COMPARED: Final = (Kind.INTEGER, Kind.STRING, Kind.PATH)
_DISPATCHED: Final = (*TYPE_FIELDS, "evt.num")
_EQUAL: Final = ("=", "==")

Table = Check | Rows
Row = tuple[bytes | int, ...]
Read = Callable[[Text], "bytes | int | None"]  # the value of a text that means itself


def taken(definition: RuleDefinition, lists: Lists) -> tuple[RuleDefinition, list[Table]]:
    """The definition with what is left of its exceptions, and the tables of the others."""
    tables: list[Table] = []
    left: list[RuleException] = []
    for exception in definition.exceptions:
        made = _Taken(exception, lists) if len(exception.values) >= FEW else None
        rest = exception.values if made is None else tuple(made.rest())
        if made is not None and made.rows:
            tables.append(made.table())
        if rest:
            left.append(replace(exception, values=rest))
    return (replace(definition, exceptions=tuple(left)), tables) if tables else (definition, [])


class _Taken:
    """What is taken of one exception: `rows`, filled by `rest`."""

    def __init__(self, exception: RuleException, lists: Lists) -> None:
        self.rows: dict[Row, None] = {}
        self._exception = exception
        self._lists = lists
        self._comparisons = [" ".join(one.value.split()) for one in exception.comparisons]
        self._fields = [_field(one) for one in exception.fields]
        self._same: dict[bytes | int, bytes | int] = {}  # equal values are one object

    def rest(self) -> Iterator[ExceptionValue]:
        """The values that are not taken."""
        fields = [one for one in self._fields if one is not None]
        plain = all(one in (*_EQUAL, "in") for one in self._comparisons)
        if not plain or len(fields) < len(self._fields):
            yield from self._exception.values
            return
        readers = [self._reader(one) for one in fields]
        for value in self._exception.values:
            steps.take(steps.ROW * len(fields))
            rows = self._rows(value, readers)
            if rows is None:
                yield value
            else:
                self.rows.update(dict.fromkeys(rows))

    def table(self) -> Table:
        fields = tuple(one for one in self._fields if one is not None)
        if len(fields) > 1:
            return Rows(fields, frozenset(self.rows))
        return Check(fields[0], "in", ListLiteral(tuple(_literal(one) for (one,) in self.rows)))

    def _rows(self, value: ExceptionValue, readers: list[Read]) -> list[Row] | None:
        entries = (value,) if isinstance(value, Text) else value
        columns: list[list[bytes | int]] = []
        for entry, comparison, read in zip(entries, self._comparisons, readers, strict=True):
            column = self._column(entry, comparison, read)
            if column is None:
                return None
            columns.append(column)
        return list(product(*columns)) if prod(map(len, columns)) <= MAX_PRODUCTS else None

    def _column(
        self, entry: Text | tuple[Text, ...], comparison: str, read: Read
    ) -> list[bytes | int] | None:
        listed = comparison == "in"
        if isinstance(entry, tuple) != listed and (isinstance(entry, tuple) or self._exception.listed):
            return None
        values: list[bytes | int] = []
        for text in entry if isinstance(entry, tuple) else (entry,):
            made = read(text)
            if made is None or not self._means_itself(text, listed):
                return None
            values.append(self._same.setdefault(made, made))
        return values

    def _means_itself(self, text: Text, listed: bool) -> bool:
        """Whether it is no list's name; the suspicion that it should be one is noted as for a text."""
        bare = " " not in text.value
        if bare and self._lists.has(text.value):
            return False
        if listed and bare:
            self._lists.misspelt.suspect(text.value, text.whole)
        else:
            self._lists.misspelt.clear(Literal(encoded(text.value)))
        return True

    def _reader(self, field: FieldRef) -> Read:
        kind = table.type_of(field)
        return lambda text: _value(text.value, kind)


def _field(text: Text) -> FieldRef | None:
    """The field, when a look-up can answer for it."""
    try:
        operand = parse_operand(text)
        if not isinstance(operand, FieldRef):
            return None
        ref = table.resolve(operand)
        shape = operands.shape(ref)
    except (RuleError, ValueError):
        return None
    flags = table.FIELDS[ref.name].flags
    plain = shape == operands.Shape(shape.type) and shape.type.kind in _COMPARED
    special = ref.name in _DISPATCHED or ref.name in host_names.FIELDS or ref.name.startswith(UNSAFE_CLASSES)
    return ref if plain and not special and not {"P", "D"} & set(flags) else None


def _value(written: str, kind: Type) -> bytes | int | None:
    """The value of a word, or of a text with blanks, in which nothing has a meaning of its own."""
    word = BARE.fullmatch(written) is not None
    if not word and not (BARE.fullmatch(written.replace(" ", "_")) and "\\" not in written):
        return None
    literal = encoded(written)
    if misuse.is_suspicious(literal):
        return None
    try:
        value = parse_literal(kind, "=", literal)
    except ValueError:
        return None
    return value if isinstance(value, bytes | int) else None


def _literal(value: bytes | int) -> Literal:
    return Literal(value if isinstance(value, bytes) else str(value).encode())

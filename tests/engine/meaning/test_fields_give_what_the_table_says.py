# SPDX-License-Identifier: Apache-2.0
"""Every entry of the field table, read from random facts: the value has the table's type, and `total` is
true.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.field import Argument, Field, Records
from lanner_engine.fields.reading import reader
from lanner_engine.fields.tables import exec_fields, own_fields
from lanner_engine.fields.types import Kind
from tests.engine.meaning.random_conditions import EVENT
from tests.engine.plain_facts import PlainEvent

PYTHON = {
    Kind.INTEGER: int,
    Kind.IDENTITY: int,
    Kind.DOUBLE: float,
    Kind.BOOL: bool,
    Kind.STRING: bytes,
    Kind.PATH: bytes,
    Kind.BYTES: bytes,
    Kind.ADDRESS: bytes,
    Kind.NETWORK: bytes,
}
ARGUMENTS = {
    Argument.INDEX: b"1",
    Argument.TEXT: b"a",
    Argument.PARAMETER: b"flags",
    Argument.EVENT: b"open",
    Argument.SIDE: b"src",
    Argument.LEVEL_OR_NAME: b"A",
}


def _references(field: Field) -> list[FieldRef]:
    plain = [] if field.required else [FieldRef(field.name)]
    if field.argument is Argument.NONE:
        return plain
    return [*plain, FieldRef(field.name, ARGUMENTS[field.argument])]


@settings(max_examples=100, deadline=None)
@given(event=EVENT)
def test_values_have_the_type_of_the_table(event: PlainEvent) -> None:
    for field in table.FIELDS.values():
        for ref in _references(field):
            kind = PYTHON[table.type_of(ref).kind]
            value = reader(ref)(event)
            listed = table.is_many(ref) or table.is_list(ref) or field.ends
            values = value if listed and value is not None else (value,)
            assert isinstance(values, tuple)
            assert all(one is None or type(one) is kind for one in values), ref
            assert value is not None or not field.total or ref.argument is not None, ref


def test_the_table_is_that_of_the_language() -> None:
    """275 entries, of which one stands for the 19 fields of objects that the language has moved elsewhere."""
    own = {field.name for field in (*own_fields.FIELDS, *exec_fields.FIELDS)}
    assert len(table.FIELDS) == 274 + 19 + len(own)
    classes = Counter(name.partition(".")[0] for name in table.FIELDS.keys() - own)
    assert classes == {
        "evt": 74,
        "syscall": 1,
        "proc": 73,
        "thread": 20,
        "user": 6,
        "group": 2,
        "fd": 46,
        "fs": 6,
        "fdlist": 6,
        "util": 1,
        "container": 29,
        "k8s": 29,
    }


def test_what_no_record_holds_is_absent() -> None:
    for field in table.FIELDS.values():
        if field.records is Records.NONE:
            for ref in _references(field):
                value = reader(ref)(PlainEvent())
                assert value is None or value == (), ref

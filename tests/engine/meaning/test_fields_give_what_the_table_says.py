# SPDX-License-Identifier: Apache-2.0
"""Every entry of the field table, read from random facts: the value has the table's type, and `total` is
true.
"""

from __future__ import annotations

from hypothesis import given, settings

from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.field import Argument, Field
from lanner_engine.fields.reading import reader
from lanner_engine.fields.types import Kind
from lanner_engine.fields.unanswered import UNANSWERED
from tests.engine.meaning.random_conditions import EVENT
from tests.engine.plain_facts import PlainEvent

PYTHON = {Kind.INTEGER: int, Kind.BOOL: bool, Kind.STRING: bytes, Kind.PATH: bytes}
ARGUMENTS = {
    Argument.INDEX: b"1",
    Argument.TEXT: b"a",
    Argument.PARAMETER: b"flags",
    Argument.EVENT: b"open",
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
            values = value if table.is_many(ref) else (value,)
            assert isinstance(values, tuple)
            assert all(one is None or type(one) is kind for one in values), ref
            assert value is not None or not field.total or ref.argument is not None, ref


def test_a_field_is_answered_or_not() -> None:
    assert not table.FIELDS.keys() & UNANSWERED

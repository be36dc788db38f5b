# SPDX-License-Identifier: Apache-2.0
"""Extraction: the value of an operand for one event, None when it is absent (specification 2.6 and 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lanner_engine.ast import FieldRef, ListLiteral, Literal, Operand
from lanner_engine.fields.form import as_text
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from lanner_engine.fields.transformed import transformed


def extract(operand: Operand | Literal | ListLiteral, event: Event) -> object:
    """A field's value, or what a transformer makes of its arguments; any absent part makes the whole
    absent.
    """
    return extract_with(operand, lambda ref: reader(ref)(event))


def extract_with(operand: Operand | Literal | ListLiteral, read: Callable[[FieldRef], object]) -> object:
    """The same by whatever can read a field."""
    if isinstance(operand, FieldRef):
        return read(operand)
    if isinstance(operand, Literal):
        return operand.value
    parts: tuple[Any, ...] = operand.items if isinstance(operand, ListLiteral) else operand.arguments
    values = [extract_with(one, read) for one in parts]
    if None in values:
        return None
    if isinstance(operand, ListLiteral):
        return tuple(map(as_text, operand.items, values))
    return transformed(operand, values)

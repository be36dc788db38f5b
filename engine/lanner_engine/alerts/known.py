# SPDX-License-Identifier: Apache-2.0
"""What an alert says of its event: values of fields as conditions compare them. All else is not known, and
so is what was hidden or changed on the way out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lanner_engine.alerts.reading import Value
from lanner_engine.ast import FieldRef, Operand
from lanner_engine.explain import reasons
from lanner_engine.fields import addresses, table
from lanner_engine.fields.types import Kind
from lanner_engine.reference.extraction import extract_with

HIDDEN: Final = "***"  # a secret that an output does not show
REPLACED: Final = "\ufffd"  # bytes that are no UTF-8
_MISSING: Final = object()


class AlertFacts:
    """The fields of one alert, by their canonical text."""

    def __init__(self, fields: Mapping[str, Value]) -> None:
        self._fields = fields

    def knows(self, ref: FieldRef) -> bool:
        return self._value(ref) is not _MISSING

    def read(self, operand: Operand) -> object:
        return extract_with(operand, self._value)

    def shown(self, ref: FieldRef) -> str:
        name, found = table.spelling(ref), self._value(ref)
        if found is not _MISSING:
            return f"{name}: {reasons.value(ref, found)}"
        return f"{name}: {'hidden' if name in self._fields else 'not in the alert'}"

    def _value(self, ref: FieldRef) -> object:
        written = self._fields.get(table.spelling(ref), _MISSING)
        return written if written is _MISSING else typed(ref, written)


def typed(ref: FieldRef, written: object) -> object:
    """A value of the field's type; a marker where the text of the output does not say what it was."""
    if written is None:
        return None
    field = table.FIELDS[ref.name]
    if not table.tells(ref, written) or field.ends or ref.name == "evt.time":
        return _MISSING
    if table.is_list(ref):
        return _texts(written)
    return _single(table.type_of(ref).kind, written)


def _single(kind: Kind, written: object) -> object:
    if isinstance(written, bool):
        return written if kind is Kind.BOOL else _MISSING
    if isinstance(written, int):
        return written if kind in (Kind.INTEGER, Kind.IDENTITY) else _MISSING
    if not isinstance(written, str) or HIDDEN in written or REPLACED in written:
        return _MISSING
    return _of_text(kind, written)


def _of_text(kind: Kind, written: str) -> object:
    if kind in (Kind.STRING, Kind.PATH):
        return _text(written)
    if kind is Kind.ADDRESS:
        try:
            return addresses.parse_address(_text(written))
        except ValueError:
            return _MISSING
    return _MISSING


def _texts(written: object) -> object:
    if isinstance(written, list) and all(isinstance(one, str) for one in written):
        return tuple(map(_text, written))
    return _MISSING


def _text(written: object) -> bytes:
    return str(written).encode("utf-8", "surrogatepass")

# SPDX-License-Identifier: Apache-2.0
"""How a value is printed in a message, and what JSON gets of it (specification 5.1 and 5.4)."""

from __future__ import annotations

from lanner_engine.ast import FieldRef, Literal, Operand
from lanner_engine.fields import addresses, operands, table
from lanner_engine.fields.types import Kind, Type

_HEXADECIMAL = ("fd.dev",)
# Parameters that are hexadecimal as numbers, too, besides flags.
_RAW_HEXADECIMAL = (
    *(b"dev", b"addr", b"request", b"argument"),
    *(b"cap_inheritable", b"cap_permitted", b"cap_effective"),
)
_RAW = "evt.rawarg"
_NANOSECOND_PARTS = ("evt.rawtime.ns", "evt.reltime.ns", "evt.deltatime.ns", "evt.latency.ns")


def is_plain(ref: FieldRef) -> bool:
    """Whether bytes of this field are printed as they are, and numbers as decimal ones."""
    special = ref.name in _HEXADECIMAL or ref.name in _NANOSECOND_PARTS or ref.name == _RAW
    return not special and table.type_of(ref).kind not in (Kind.ADDRESS, Kind.BYTES)


def printed(operand: Operand, value: object) -> bytes:
    """The text of a present value of a resolved operand."""
    if isinstance(value, tuple):
        return b"(%s)" % b",".join(printed(operand, item) for item in value)
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return _number(operand, value)
    if isinstance(value, float):
        return b"%.1f" % value
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} cannot be printed")
    return _bytes(operand, value)


def as_text(element: Operand | Literal, value: object) -> bytes:
    """What a present value is as the element of a list, whose elements are texts (specification 2.6)."""
    return element.value if isinstance(element, Literal) else printed(element, value)


def typed(operand: Operand, value: object) -> object:
    """The same value for JSON (specification 5.4): numbers stay numbers, lists lists and None absent; bytes
    are text.
    """
    if isinstance(value, tuple):
        return tuple(typed(operand, item) for item in value)
    return _bytes(operand, value) if isinstance(value, bytes) else value


def _type(operand: Operand) -> Type:
    """A field's type stands in the table; only what a transformer makes of one must be worked out."""
    return table.type_of(operand) if isinstance(operand, FieldRef) else operands.shape(operand).type


def _bytes(operand: Operand, value: bytes) -> bytes:
    kind = _type(operand).kind
    if kind is Kind.ADDRESS:
        return addresses.text_of(value)
    if kind is Kind.BYTES:
        return bytes(c if 32 <= c < 127 else ord(".") for c in value)  # noqa: PLR2004  printable ASCII
    return value


def _number(operand: Operand, value: int) -> bytes:
    if not isinstance(operand, FieldRef):
        return b"%d" % value
    if operand.name == _RAW:
        return _raw_form(operand) % value
    if operand.name in _HEXADECIMAL:
        return b"%X" % value
    return b"%09d" % value if operand.name in _NANOSECOND_PARTS else b"%d" % value


def _raw_form(parameter: FieldRef) -> bytes:
    """Flags are hexadecimal, modes octal."""
    kind = _type(parameter).name
    if kind == "MODE":
        return b"%o"
    return b"%X" if kind.startswith("FLAGS") or parameter.argument in _RAW_HEXADECIMAL else b"%d"

# SPDX-License-Identifier: Apache-2.0
"""The field table: every field of the language, found by its name.

A FieldRef comes in, its Field, its argument's value, its type and its expression go out. Specification 2.5
and 7.3.
"""

from __future__ import annotations

import re

from lanner_engine.ast import FieldRef
from lanner_engine.fields.field import Argument, Field
from lanner_engine.fields.tables import (
    container_fields,
    descriptor_fields,
    event_fields,
    exec_fields,
    own_fields,
    path_fields,
    process_fields,
    socket_fields,
    unrecorded_fields,
    user_fields,
)
from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.fields.tables.parameters import PARAMETERS
from lanner_engine.fields.types import TYPES, Kind, Type
from lanner_engine.source import LannerError

_TABLES = (
    event_fields.FIELDS,
    process_fields.FIELDS,
    user_fields.FIELDS,
    descriptor_fields.FIELDS,
    path_fields.FIELDS,
    socket_fields.FIELDS,
    container_fields.FIELDS,
    exec_fields.FIELDS,
    unrecorded_fields.FIELDS,
    own_fields.FIELDS,
)
FIELDS: dict[str, Field] = {field.name: field for fields in _TABLES for field in fields}

_NUMBERED = (Argument.INDEX, Argument.LEVEL_OR_NAME)
_RAW = {Kind.INTEGER: "raw_number", Kind.IDENTITY: "raw_identity"}  # functions of event_facts
_SIDES = ("src", "dst")
_INDEX = re.compile(rb"[0-9]{1,6}")


class UnknownFieldError(LannerError, ValueError):
    """A name outside the language."""


class ArgumentError(LannerError, ValueError):
    """A field that is used with a missing, needless or wrong argument."""


def resolve(ref: FieldRef) -> FieldRef:
    """The reference with its dotted tail split off: `evt.arg.flags` becomes evt.arg with argument b"flags".

    Raises:
        UnknownFieldError, ArgumentError: with a sentence for the user.
    """
    name, argument = _split(ref)
    field = FIELDS[name]
    _check_argument(field, argument)
    return ref if name == ref.name else FieldRef(name, argument, ref.span)


def _split(ref: FieldRef) -> tuple[str, bytes | None]:
    if ref.name in FIELDS:
        return ref.name, ref.argument
    head, tail = ref.name, ""
    while "." in head:
        head, _, part = head.rpartition(".")
        tail = f"{part}.{tail}" if tail else part
        if head in FIELDS and FIELDS[head].tail and ref.argument is None:
            return head, tail.encode()
    raise UnknownFieldError(f"there is no field {ref.name}")


def _check_argument(field: Field, argument: bytes | None) -> None:
    if argument is None:
        if field.required:
            raise ArgumentError(f"field {field.name} needs an argument: {field.argument.value}")
        return
    if field.argument is Argument.NONE:
        raise ArgumentError(f"field {field.name} takes no argument")
    argument_value(field, argument)
    if field.type_name == "DYN" and argument.decode("utf-8", "replace") not in PARAMETERS:
        raise ArgumentError(f"field {field.name} takes a parameter's name, not a position")


def argument_value(field: Field, argument: bytes) -> int | str | bytes:
    """What the field's expression gets as {a}.

    Raises:
        ArgumentError: the text is no such argument.
    """
    text = argument.decode("utf-8", "backslashreplace")
    if field.argument is Argument.TEXT or (
        field.argument is Argument.LEVEL_OR_NAME and not argument.isdigit()
    ):
        return argument
    if field.argument in _NUMBERED or (field.argument is Argument.PARAMETER and argument.isdigit()):
        if not _INDEX.fullmatch(argument):
            raise ArgumentError(f"field {field.name} takes {field.argument.value}, not [{text}]")
        return int(argument)
    if field.argument is Argument.SIDE and text not in _SIDES:
        raise ArgumentError(f"field {field.name} takes {field.argument.value}, not {text}")
    if field.argument is Argument.EVENT and text not in EVENT_NAMES:
        raise ArgumentError(f"unknown event type {text}")
    if field.argument is Argument.PARAMETER and text not in PARAMETERS:
        raise ArgumentError(f"unknown event argument {text}")
    return text


def type_of(ref: FieldRef) -> Type:
    """The type of a resolved reference's values."""
    field = FIELDS[ref.name]
    if field.type_name == "DYN":
        return TYPES[PARAMETERS[(ref.argument or b"").decode()]]
    return field.type


def is_many(ref: FieldRef) -> bool:
    """Whether a check on it asks all ancestors one by one."""
    return FIELDS[ref.name].many and ref.argument is None


def is_list(ref: FieldRef) -> bool:
    """Whether its values are lists."""
    return "L" in FIELDS[ref.name].flags and ref.argument is None


def code_of(ref: FieldRef) -> str:
    """The expression that reads a resolved reference, with its holes."""
    field = FIELDS[ref.name]
    if field.type_name == "DYN":
        reader = _RAW.get(type_of(ref).kind, "raw_text")
        return f"event_facts.{reader}({{e}}.raw_arguments, {{a}})"
    return field.code if ref.argument is None else field.argument_code


def printed_code_of(ref: FieldRef) -> str:
    """The same for an output, where ancestors are one text or the process itself, an element of a list is a
    list of one, and a parameter is of the type that it has in the event (specification 3.3).
    """
    if ref.name == "evt.rawarg":
        if type_of(ref).kind not in _RAW:
            return "event_facts.raw_value({e}.raw_arguments, {a})"
        return f"event_facts.printed_number({code_of(ref)}, {{e}}.arguments, {{a}})"
    field = FIELDS[ref.name]
    apart = is_many(ref) or ("L" in field.flags and ref.argument is not None)
    return (field.printed if apart else "") or code_of(ref)


def tells(ref: FieldRef, shown: object) -> bool:
    """Whether what an output has of a field is what a condition reads; 0 of a parameter may be nothing."""
    if ref.name == "evt.rawarg":
        return shown != 0
    return printed_code_of(ref) == code_of(ref)


def spelling(ref: FieldRef) -> str:
    """The canonical text of a resolved reference: dotted for fields with tails where that reads back, else
    brackets.
    """
    if ref.argument is None:
        return ref.name
    argument = ref.argument.decode("utf-8", "backslashreplace")
    if FIELDS[ref.name].tail and not argument.isdigit() and re.fullmatch(r"[A-Za-z][\w.]*", argument, re.A):
        return f"{ref.name}.{argument}"
    return f"{ref.name}[{argument}]"

# SPDX-License-Identifier: Apache-2.0
"""Names and values -> OTLP's attributes (KeyValue, AnyValue of its common.proto) as bytes. Text is redacted,
and harmless in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from lanner_agent.publish import escape, redact
from lanner_agent.publish.otlp import wire
from lanner_agent.publish.redact import Hide

_KEY, _VALUE = wire.tag(1), wire.tag(2)  # KeyValue
_STRING, _BOOL, _INT = wire.tag(1), wire.tag(2, wire.VARINT), wire.tag(3, wire.VARINT)  # AnyValue
_DOUBLE, _ARRAY, _LIST = wire.tag(4, wire.FIXED64), wire.tag(5), wire.tag(6)
_VALUES: Final = wire.tag(1)  # ArrayValue, KeyValueList
_INT64: Final = 1 << 63
_NAMES: Final = 1024  # of attributes, that are kept as bytes


def attributes(before: bytes, found: Iterable[tuple[str, object]], hide: Hide) -> bytes:
    """Each behind the tag `before`. What is absent is left out."""
    return b"".join([_one(before, name, value, hide) for name, value in found if value is not None])


def _one(before: bytes, name: str, value: object, hide: Hide) -> bytes:
    if type(value) is bytes:
        return wire.text_within(before, _key(name), _VALUE, _STRING, _of_bytes(value, hide))
    if type(value) is str:
        return wire.text_within(before, _key(name), _VALUE, _STRING, escape.harmless(value).encode())
    return wire.sized(before, _key(name) + any_value(_VALUE, value, hide))


def _of_bytes(value: bytes, hide: Hide) -> bytes:
    """As it is, which most values are; or hidden and escaped."""
    if hide is redact.shown and value.isascii() and value.decode().isprintable():
        return value
    return escape.harmless(escape.decode(hide(value))).encode()


def any_value(before: bytes, value: object, hide: Hide) -> bytes:
    """One value behind a tag."""
    return wire.sized(before, _any(value, hide))


def _any(value: object, hide: Hide) -> bytes:  # noqa: PLR0911  (one for each type)
    if type(value) is int and 0 <= value < _INT64:
        return _INT + wire.varint(value)
    match value:
        case bytes():
            return wire.sized(_STRING, _of_bytes(value, hide))
        case str():
            return _text(value)
        case bool():
            return _BOOL + wire.varint(value)
        case int() if -_INT64 <= value < _INT64:
            return _INT + wire.varint(value)
        case float():
            return wire.double(_DOUBLE, value)
        case Mapping():
            return wire.sized(_LIST, attributes(_VALUES, value.items(), hide))
        case Sequence():
            return wire.sized(_ARRAY, wire.repeated(_VALUES, [_any(item, hide) for item in value]))
    return _text(str(value))


def _text(value: str) -> bytes:
    return wire.sized(_STRING, escape.harmless(value).encode())


@lru_cache(_NAMES)
def _key(name: str) -> bytes:
    return wire.sized(_KEY, name.encode())

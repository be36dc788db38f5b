# SPDX-License-Identifier: Apache-2.0
"""The types of field values, which operators they allow, and how the literal beside them is read.

Comes in: a type name from the field table and a literal of a condition. Goes out: the literal's value, or
ValueError with a sentence for the user. Specification sections 3.2 and 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from lanner_engine.fields import addresses, services
from lanner_engine.fields.addresses import Network

Value = bytes | int | bool | Network

MAX_LITERAL = 255  # bytes of one value, specification 3.2


class Kind(Enum):
    """What operators see of a type."""

    __hash__ = object.__hash__  # members are one object each; that of Enum is Python, ten times as slow

    INTEGER = "number"
    DOUBLE = "fraction"
    BOOL = "boolean"
    STRING = "string"
    PATH = "path"
    BYTES = "bytes"
    ADDRESS = "address"
    NETWORK = "network"  # the field is an address, its literals are networks
    IDENTITY = "user or group id"  # evt.rawarg of a uid or gid: compared with numbers


@dataclass(frozen=True, slots=True)
class Type:
    """`low` and `high` bound an integer's literals; both 0 for what is no number."""

    name: str
    kind: Kind
    low: int = 0
    high: int = 0


def _signed(name: str, bits: int) -> Type:
    return Type(name, Kind.INTEGER, -(1 << bits - 1), (1 << bits - 1) - 1)


def _unsigned(name: str, bits: int) -> Type:
    return Type(name, Kind.INTEGER, 0, (1 << bits) - 1)


_MAX_IDENTITY = (1 << 32) - 1

TYPES: dict[str, Type] = {
    t.name: t
    for t in (
        *(_signed(f"INT{bits}", bits) for bits in (8, 16, 32, 64)),
        *(_unsigned(f"UINT{bits}", bits) for bits in (8, 16, 32, 64)),
        *(_unsigned(f"{flags}{bits}", bits) for flags in ("FLAGS", "ENUMFLAGS") for bits in (8, 16, 32)),
        *(_signed(name, 64) for name in ("ERRNO", "FD", "PID")),
        *(_unsigned(name, 64) for name in ("RELTIME", "ABSTIME")),
        _unsigned("MODE", 32),
        _unsigned("SIGTYPE", 8),
        _unsigned("PORT", 16),
        Type("DOUBLE", Kind.DOUBLE),
        Type("BOOL", Kind.BOOL),
        Type("CHARBUF", Kind.STRING),
        Type("FSPATH", Kind.PATH),
        Type("FSRELPATH", Kind.PATH),
        Type("BYTEBUF", Kind.BYTES),
        Type("IPADDR", Kind.ADDRESS),
        Type("IPNET", Kind.NETWORK),
        Type("UID", Kind.IDENTITY, 0, _MAX_IDENTITY),
        Type("GID", Kind.IDENTITY, 0, _MAX_IDENTITY),
    )
}

_ORDER = frozenset({"<", "<=", ">", ">="})
_EQUAL = frozenset({"=", "==", "!="})
_SET = frozenset({"in", "intersects"})
_EXISTS = frozenset({"exists"})
_TEXT = frozenset({"contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex", "pmatch"})
_BYTES = frozenset({"contains", "startswith", "endswith", "bcontains", "bstartswith"})

OPERATORS: dict[Kind, frozenset[str]] = {
    Kind.INTEGER: _EQUAL | _ORDER | _SET | _EXISTS,
    Kind.DOUBLE: _EQUAL | _ORDER | _SET | _EXISTS,
    Kind.BOOL: _EQUAL | _SET | _EXISTS,
    Kind.STRING: _EQUAL | _ORDER | _SET | _EXISTS | _TEXT,
    Kind.PATH: _EQUAL | _ORDER | _SET | _EXISTS | _TEXT,
    Kind.BYTES: _EQUAL | _SET | _EXISTS | _BYTES,
    Kind.ADDRESS: _EQUAL | _SET | _EXISTS,
    Kind.NETWORK: _EQUAL | _SET | _EXISTS,
    Kind.IDENTITY: _EQUAL | _ORDER | _SET | _EXISTS,
}
LIST_OPERATORS = _SET | _EXISTS

_INTEGER = re.compile(rb"[ \t\n\v\f\r]*[+-]?[0-9]+")  # as scanf(3) reads one
_NO_NUMBER = "not a decimal whole number"
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2})*")


def parse_literal(kind: Type, operator: str, text: bytes) -> Value:
    """The value of a literal beside a field of this type.

    Raises:
        ValueError: the text is none; the message completes the sentence "the value …".
    """
    if len(text) > MAX_LITERAL:
        raise ValueError(f"is longer than {MAX_LITERAL} bytes")
    if operator in ("bcontains", "bstartswith"):
        return _hex_bytes(text)
    if kind.kind is Kind.BYTES:
        return text
    if b"\0" in text:
        raise ValueError("holds a NUL byte, which no string of an event can hold")
    reader = _READERS.get(kind.kind)
    return text if reader is None else reader(kind, text)


def _hex_bytes(text: bytes) -> bytes:
    if not _HEX.fullmatch(text):
        raise ValueError("is not an even number of hexadecimal digits")
    return bytes.fromhex(text.decode("ascii"))


def _integer(kind: Type, text: bytes) -> int:
    if kind.name == "PORT" and not text.isdigit():
        return _service(text)
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"is {_NO_NUMBER}")
    number = int(text)
    if number < 0 and kind.low == 0 and number >= -kind.high - 1:
        number += kind.high + 1  # as the peer's scanner wraps it
    if not kind.low <= number <= kind.high:
        raise ValueError(f"does not fit {kind.name} ({kind.low} to {kind.high})")
    return number


def _service(name: bytes) -> int:
    if (port := services.port(name)) is None:
        raise ValueError("is neither a port number nor the name of a service")
    return port


def _whole(_: Type, text: bytes) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"is {_NO_NUMBER}")
    return int(text)


def _boolean(_: Type, text: bytes) -> bool:
    if text not in (b"true", b"false"):
        raise ValueError("is neither true nor false")
    return text == b"true"


_READERS: dict[Kind, Callable[[Type, bytes], Value]] = {
    Kind.INTEGER: _integer,
    Kind.IDENTITY: _integer,
    Kind.DOUBLE: _whole,
    Kind.BOOL: _boolean,
    Kind.ADDRESS: lambda _, text: addresses.parse_address(text),
    Kind.NETWORK: lambda _, text: addresses.parse_network(text),
}

# SPDX-License-Identifier: Apache-2.0
"""The types of field values, which operators they allow, and how the literal beside them is read.

Comes in: a type name from the field table and a literal of a condition. Goes out: the literal's value, or
ValueError with a sentence for the user. Called by passes/check (to complain), codegen/ and reference/ (to
compare). Specification sections 3.2 and 3.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

Value = bytes | int | bool

MAX_LITERAL = 255  # bytes of one value, specification 3.2


class Kind(Enum):
    """What operators see of a type."""

    INTEGER = "number"
    BOOL = "boolean"
    STRING = "string"
    PATH = "path"
    BYTES = "bytes"
    IDENTITY = "user or group id"  # evt.rawarg of a uid or gid: only `exists`


@dataclass(frozen=True, slots=True)
class Type:
    """`low` and `high` bound an integer's literals; both 0 for everything else."""

    name: str
    kind: Kind
    low: int = 0
    high: int = 0


def _signed(name: str, bits: int) -> Type:
    return Type(name, Kind.INTEGER, -(1 << bits - 1), (1 << bits - 1) - 1)


def _unsigned(name: str, bits: int) -> Type:
    return Type(name, Kind.INTEGER, 0, (1 << bits) - 1)


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
        Type("BOOL", Kind.BOOL),
        Type("CHARBUF", Kind.STRING),
        Type("FSPATH", Kind.PATH),
        Type("FSRELPATH", Kind.PATH),
        Type("BYTEBUF", Kind.BYTES),
        Type("UID", Kind.IDENTITY),
        Type("GID", Kind.IDENTITY),
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
    Kind.BOOL: _EQUAL | _SET | _EXISTS,
    Kind.STRING: _EQUAL | _ORDER | _SET | _EXISTS | _TEXT,
    Kind.PATH: _EQUAL | _ORDER | _SET | _EXISTS | _TEXT,
    Kind.BYTES: _EQUAL | _SET | _EXISTS | _BYTES,
    Kind.IDENTITY: _EXISTS,
}
LIST_OPERATORS = _SET | _EXISTS

_INTEGER = re.compile(rb"[+-]?[0-9]+")
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
    if kind.kind is Kind.INTEGER:
        return _integer(kind, text)
    return _boolean(text) if kind.kind is Kind.BOOL else text


def _hex_bytes(text: bytes) -> bytes:
    if not _HEX.fullmatch(text):
        raise ValueError("is not an even number of hexadecimal digits")
    return bytes.fromhex(text.decode("ascii"))


def _integer(kind: Type, text: bytes) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("is not a decimal whole number")
    number = int(text)
    if number < 0 and kind.low == 0 and number >= -kind.high - 1:
        number += kind.high + 1  # as the peer's scanner wraps it
    if not kind.low <= number <= kind.high:
        raise ValueError(f"does not fit {kind.name} ({kind.low} to {kind.high})")
    return number


def _boolean(text: bytes) -> bool:
    if text not in (b"true", b"false"):
        raise ValueError("is neither true nor false")
    return text == b"true"

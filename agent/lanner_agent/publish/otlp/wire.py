# SPDX-License-Identifier: Apache-2.0
"""Values -> the bytes of protobuf's wire format, for the few messages that a log record is made of.

Not by the objects of protobuf's own library: one for each of forty attributes took ten times as long as all
else that an alert costs here. Tests read what is made with that library. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

VARINT, FIXED64, BYTES = 0, 1, 2  # wire types
_SMALL: Final = 1 << 14
_SHORT: Final = 0x7F - 2  # a text whose message has a length of one byte too
_NEGATIVE: Final = 1 << 64


def varint(value: int) -> bytes:
    """Of a number from -2^63 to 2^64 - 1."""
    if 0 <= value < _SMALL:
        return _VARINTS[value]
    return _varint(value % _NEGATIVE)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004  seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


_VARINTS: Final = tuple(map(_varint, range(_SMALL)))


def tag(field: int, kind: int = BYTES) -> bytes:
    """What stands before a value of this field."""
    return _varint(field << 3 | kind)


def sized(before: bytes, content: bytes) -> bytes:
    """Text or a message, behind its tag."""
    return before + varint(len(content)) + content


def text_within(before: bytes, key: bytes, value: bytes, text_tag: bytes, text: bytes) -> bytes:
    """Two messages in each other that end with a text, as most attributes are: `before` the outer, which
    begins with `key`; `value` before the inner one.
    """
    number = len(text)
    if number > _SHORT:
        return sized(before, key + sized(value, sized(text_tag, text)))
    inner = number + 2  # of one byte each: tag and length
    lengths = _VARINTS[len(key) + inner + 2], _VARINTS[inner], _VARINTS[number]
    return b"".join((before, lengths[0], key, value, lengths[1], text_tag, lengths[2], text))


def fixed64(before: bytes, value: int) -> bytes:
    """A number of eight bytes without a sign."""
    return before + value.to_bytes(8, "little")


def double(before: bytes, value: float) -> bytes:
    """A float of eight bytes."""
    return before + struct.pack("<d", value)


def repeated(before: bytes, contents: Iterable[bytes]) -> bytes:
    """The same field once for each."""
    return b"".join(sized(before, one) for one in contents)

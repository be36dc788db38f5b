# SPDX-License-Identifier: Apache-2.0
"""The texts of a record: the bytes that its struct texts point to. They lie behind the record's structs.

A struct text is given in one of two ways: as a TextRef, which is the whole struct as one number, or by the
place where the struct lies in the record.
"""

from __future__ import annotations

from typing import Final

from lanner_agent.kernel.record_layout import TEXT, TextRef

_NUL: Final = 0  # a number: looking for a byte by its text takes four times as long
_read_text = TEXT.unpack_from


def place(where: TextRef) -> tuple[int, int]:
    """Where a text begins and how long it is; 0 bytes: there is none."""
    return where & 0xFFFF, where >> 16


def text(data: bytes, where: TextRef) -> bytes:
    """The bytes of a text up to the first NUL; what lies outside the record is not there."""
    at = where & 0xFFFF
    found = data[at : at + (where >> 16)]
    return found.partition(b"\0")[0] if _NUL in found else found


def text_at(data: bytes, field: int) -> bytes:
    """`text` of the struct text that lies at `field`."""
    at, length = _read_text(data, field)
    found = data[at : at + length]
    return found.partition(b"\0")[0] if _NUL in found else found


def bytes_at(data: bytes, field: int) -> bytes:
    """All bytes of the struct text that lies at `field`, NULs among them."""
    at, length = _read_text(data, field)
    return data[at : at + length]


def before_nul(found: bytes) -> bytes:
    return found.partition(b"\0")[0] if _NUL in found else found


def strings(data: bytes, where: TextRef) -> list[bytes]:
    """The strings of a text in which each ends with NUL; the last may have lost its NUL."""
    at = where & 0xFFFF
    return split(data[at : at + (where >> 16)])


def split(found: bytes) -> list[bytes]:
    """The strings in bytes in which each ends with NUL; the last may have lost its NUL."""
    if not found:
        return []
    return (found[:-1] if found[-1] == 0 else found).split(b"\0")

# SPDX-License-Identifier: Apache-2.0
"""The language's transformers: what each does to values, and whether a value survives it (specification 2.6).

Values in, value or None (absent) out. Their typing is in passes/typing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

Text = bytes | tuple[bytes, ...]


def _each(change: Callable[[bytes], bytes], value: Text) -> Text:
    return tuple(map(change, value)) if isinstance(value, tuple) else change(value)


def tolower(value: Text) -> Text:
    """ASCII only, byte by byte; of lists every element."""
    return _each(bytes.lower, value)


def toupper(value: Text) -> Text:
    return _each(bytes.upper, value)


def basename(value: bytes) -> bytes:
    """What follows the last slash."""
    return value.rpartition(b"/")[2]


def b64(value: bytes) -> bytes | None:
    """The decoded bytes, padding optional; None when they cannot be decoded."""
    stripped = value.rstrip(b"=")
    try:
        return base64.b64decode(stripped + b"=" * (-len(stripped) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def b64_text(value: bytes) -> bytes | None:
    """The same for strings, which end at a NUL."""
    decoded = b64(value)
    return None if decoded is None else decoded.partition(b"\0")[0]


def length(value: Sequence[object]) -> int:
    """len(): bytes of a text, elements of a list."""
    return len(value)


def join(separator: bytes, items: Sequence[bytes]) -> bytes:
    return separator.join(items)


def concat(*parts: bytes) -> bytes:
    return b"".join(parts)


def getopt(args: Sequence[bytes], options: bytes) -> tuple[bytes, ...]:
    """Option letters and their values in order, `?` for unknown letters."""
    found: list[bytes] = []
    for letter, value in _scan(args, options):
        found.append(letter)
        if value is not None:
            found.append(value)
    return tuple(found)


def getopt_selected(args: Sequence[bytes], options: bytes, wanted: bytes) -> bytes | None:
    """The last value of one option, the letter itself if it takes none, None when the option is not given."""
    result: bytes | None = None
    for letter, value in _scan(args, options):
        if letter == wanted:
            result = letter if value is None else value
    return result


def _scan(args: Sequence[bytes], options: bytes) -> list[tuple[bytes, bytes | None]]:
    found: list[tuple[bytes, bytes | None]] = []
    at = 0
    while at < len(args) and args[at].startswith(b"-") and args[at] not in (b"-", b"--"):
        token, at = args[at], at + 1
        if token.startswith(b"--"):
            continue
        place = 1
        while place < len(token):
            letter, place = token[place : place + 1], place + 1
            position = options.find(letter) if letter != b":" else -1
            if position < 0:
                found.append((b"?", None))
            elif options[position + 1 : position + 2] != b":":
                found.append((letter, None))
            else:
                value = token[place:]
                place = len(token)
                if not value and at < len(args):
                    value, at = args[at], at + 1
                found.append((letter, value))
    return found

# SPDX-License-Identifier: Apache-2.0
"""The language's transformers: what each does to values, and whether a value survives it (specification 2.6).

Values in, value or None (absent) out. Their typing is in passes/typing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

Text = bytes | tuple[bytes, ...]
MAX_TEXT: Final = 1 << 16  # bytes that join() and concat() make; what is longer is absent


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


_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/]+={0,2})?")


def b64(value: bytes) -> bytes | None:
    """The decoded bytes, padding optional; None when they cannot be decoded, which includes bits at the end
    that no byte has.
    """
    if not _BASE64.fullmatch(value):
        return None
    digits = value.rstrip(b"=")
    try:
        decoded = base64.b64decode(digits + b"=" * (-len(digits) % 4))
    except binascii.Error:
        return None
    return decoded if base64.b64encode(decoded).rstrip(b"=") == digits else None


def b64_text(value: bytes) -> bytes | None:
    """The same for strings, which end at a NUL."""
    decoded = b64(value)
    return None if decoded is None else decoded.partition(b"\0")[0]


def length(value: Sequence[object]) -> int:
    """len(): bytes of a text, elements of a list."""
    return len(value)


def join(separator: bytes, items: Sequence[bytes]) -> bytes | None:
    size = sum(map(len, items)) + len(separator) * max(0, len(items) - 1)
    return None if size > MAX_TEXT else separator.join(items)


def concat(*parts: bytes) -> bytes | None:
    return join(b"", parts)


def getopt(args: Sequence[bytes], options: bytes) -> tuple[bytes, ...]:
    """Option letters and their values in order, `?` for unknown letters; of an option without its value only
    that it is empty.
    """
    return tuple(word for _, words in _scan(args, options) for word in words)


def getopt_selected(args: Sequence[bytes], options: bytes, wanted: bytes) -> bytes | None:
    """The last value of one option, the letter itself if it takes none, None when the option is not given."""
    found = [words[-1] for letter, words in _scan(args, options) if letter == wanted]
    return found[-1] if found else None


_OPTION = re.compile(rb"([^:])(:?)", re.DOTALL)
_UNKNOWN = (b"", (b"?",))  # no option has this letter, so that none selects it


@lru_cache(maxsize=256)
def _options(options: bytes) -> dict[bytes, bool]:
    """Whether an option takes a value, by its letter; one that is named twice takes what one of them does."""
    takes: dict[bytes, bool] = {}
    for letter, colon in _OPTION.findall(options):
        takes[letter] = takes.get(letter, False) or bool(colon)
    return takes


def _scan(args: Sequence[bytes], options: bytes) -> list[tuple[bytes, tuple[bytes, ...]]]:
    """The letter of each option that is given, and its words."""
    takes = _options(options)
    found: list[tuple[bytes, tuple[bytes, ...]]] = []
    at = 0
    while at < len(args) and args[at].startswith(b"-") and args[at] not in (b"-", b"--"):
        token, at = args[at], at + 1
        if token.startswith(b"--"):
            continue
        for place in range(1, len(token)):
            letter = token[place : place + 1]
            if not takes.get(letter):
                found.append((letter, (letter,)) if letter in takes else _UNKNOWN)
                continue
            value = token[place + 1 :]
            if value or at == len(args):
                found.append((letter, (letter, value) if value else (b"",)))
            else:
                found.append((letter, (letter, args[at])))
                at += 1
            break
    return found

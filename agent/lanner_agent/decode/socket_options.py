# SPDX-License-Identifier: Apache-2.0
"""The value of a socket's option as text (specification 3.3, evt.arg.X): of options that all sockets have the
number, the time or the error, of others the bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from lanner_engine.fields.readers.event_facts import ERROR_NAMES
from lanner_engine.syscalls import commands

_PRINTABLE: Final = range(0x20, 0x7F)
_INT: Final = struct.Struct("<i")  # a number without a sign is shown with one, as the language does
_COOKIE: Final = struct.Struct("<q")  # the same
_TIME: Final = struct.Struct("<qq")  # struct timeval


def text(level: int, option: int, value: bytes) -> bytes:
    """`value`: as much of it as was recorded."""
    size, write = _FORMS.get(option, _BYTES) if level == commands.ANY_SOCKET else _BYTES
    return write(value) if len(value) >= size else printable(value)


def printable(value: bytes) -> bytes:
    """What is no text: a dot for each byte that cannot be printed."""
    return bytes(byte if byte in _PRINTABLE else ord(".") for byte in value)


def _number(value: bytes) -> bytes:
    (number,) = _INT.unpack_from(value)
    return b"%d" % number


def _error(value: bytes) -> bytes:
    (number,) = _INT.unpack_from(value)
    return ERROR_NAMES.get(number) or b"%d" % -number


def _time(value: bytes) -> bytes:
    seconds, microseconds = _TIME.unpack_from(value)
    return b"%gs" % (seconds + microseconds / 1e6)


def _cookie(value: bytes) -> bytes:
    (number,) = _COOKIE.unpack_from(value)
    return b"%d" % number


_Form = tuple[int, Callable[[bytes], bytes]]  # bytes that it needs, how it is written
_BYTES: Final[_Form] = (0, printable)
_FORMS: Final[dict[int, _Form]] = {
    **dict.fromkeys(commands.OPTION_NUMBERS, (_INT.size, _number)),
    **dict.fromkeys(commands.OPTION_TIMES, (_TIME.size, _time)),
    commands.OPTION_ERROR: (_INT.size, _error),
    commands.OPTION_COOKIE: (_COOKIE.size, _cookie),
}

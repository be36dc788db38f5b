# SPDX-License-Identifier: Apache-2.0
"""What the kernel read of a call without code of its own: arguments, paths, texts. Read from the record when
asked.
"""

from __future__ import annotations

import struct
from typing import Final

from lanner_agent.decode import paths, texts
from lanner_agent.kernel.record_layout import ARGUMENTS, NAME_FACTS, CallFactsAt, RecordAt

_AT: Final = RecordAt.call
_ARGS_AT: Final = _AT + CallFactsAt.args
_NAME_AT: Final = _AT + CallFactsAt.name
_NAME_SIZE: Final = NAME_FACTS.size
_STRING_AT: Final = _AT + CallFactsAt.string
_ADDRESS_AT: Final = _AT + CallFactsAt.address
_BUFFER_AT: Final = _AT + CallFactsAt.buffer
_CONTROL_AT: Final = _AT + CallFactsAt.control
_SIZES_AT: Final = _AT + CallFactsAt.size
_read_args = struct.Struct(f"<{ARGUMENTS}Q").unpack_from
_read_name = NAME_FACTS.unpack_from
_read_sizes = struct.Struct("<3I").unpack_from  # size, waiting, waiting_most


class Name:
    """One path that the call names: as given, and the absolute path where the kernel went, or, where no hook
    saw that, which it means. `directory`: what a relative one is relative to, where no hook saw it.
    """

    __slots__ = ("directory", "dirfd", "path", "raw")

    def __init__(self, data: bytes, index: int) -> None:
        self.dirfd, raw, base, real = _read_name(data, _NAME_AT + index * _NAME_SIZE)
        self.raw = texts.text(data, raw)
        self.directory = texts.text(data, base)
        self.path: bytes | None = texts.text(data, real)
        if self.path:
            return
        # no path is the descriptor itself (AT_EMPTY_PATH)
        self.path = paths.meant(self.raw, self.directory) if self.raw else self.directory or None


class Call:
    """Arguments are 64-bit numbers without sign, as the registers held them."""

    __slots__ = ("_args", "_data", "_names")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._args: tuple[int, ...] | None = None
        self._names: dict[int, Name] = {}

    @property
    def args(self) -> tuple[int, ...]:
        if self._args is None:
            self._args = _read_args(self._data, _ARGS_AT)
        return self._args

    def unsigned(self, number: int) -> int:
        """An argument that is an unsigned int."""
        return self.args[number] & 0xFFFFFFFF

    def name(self, index: int) -> Name:
        found = self._names.get(index)
        if found is None:
            found = self._names[index] = Name(self._data, index)
        return found

    @property
    def string(self) -> bytes:
        return texts.text_at(self._data, _STRING_AT)

    @property
    def address(self) -> bytes:
        """A struct sockaddr; it may hold NULs."""
        return texts.bytes_at(self._data, _ADDRESS_AT)

    @property
    def buffer(self) -> bytes:
        """The first bytes that the call moved, or was to send; they may hold NULs."""
        return texts.bytes_at(self._data, _BUFFER_AT)

    @property
    def control(self) -> bytes:
        """What was received with a message besides its bytes: descriptors, credentials (cmsg(3))."""
        return texts.bytes_at(self._data, _CONTROL_AT)

    @property
    def size(self) -> int:
        """Of a message."""
        return int(_read_sizes(self._data, _SIZES_AT)[0])

    @property
    def waiting(self) -> tuple[int, int]:
        """How many connections wait at a listening socket, and how many may."""
        _, waiting, most = _read_sizes(self._data, _SIZES_AT)
        return waiting, most

# SPDX-License-Identifier: Apache-2.0
"""Items <-> a file: a line that says what it is, and zstd frames behind each other, each of whole items.

In front of each stands how long it is, as a frame that `zstd -d` passes over. A frame is written in one piece
and read in one, with a checksum: of what is in the file up to a crash, or a full disk, nothing is read that
was not written so. Reading holds one frame, whatever the file says of itself.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Final

from pydantic import ValidationError

from lanner_agent.recording import wire
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.items import VERSION, Form, Header, Item

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_SKIPPED: Final = struct.Struct("<II")  # zstd's skippable frame: its number, bytes that follow
_LENGTH: Final = struct.Struct("<III")  # the same with four bytes
_WHAT: Final = b"lanner recording\n"
_OF_WHAT: Final = 0x184D2A50
_OF_LENGTH: Final = 0x184D2A51
MAGIC: Final = _SKIPPED.pack(_OF_WHAT, len(_WHAT)) + _WHAT
_OPTIONS: Final[Mapping[int, int]] = {
    zstd.CompressionParameter.compression_level: 3,
    zstd.CompressionParameter.checksum_flag: 1,
}
MAX_FRAME: Final = wire.MAX_ITEM + wire.MAX_BATCH  # bytes of items
_NO_RECORDING: Final = "is no recording of lanner"


class DamagedError(RecordingError):
    """What lies behind this place cannot be read."""


class Packer:
    """Belongs to one thread."""

    def frame(self, data: bytes) -> bytes:
        """Whole items, packed -> one frame."""
        made = zstd.compress(data, options=_OPTIONS)
        return _LENGTH.pack(_OF_LENGTH, 4, len(made)) + made

    def frames(self, items: Iterable[Item]) -> bytes:
        """As many as they take."""
        made, waiting, size = [], list[bytes](), 0
        for data in map(wire.packed, items):
            waiting.append(data)
            size += len(data)
            if size >= wire.MAX_BATCH:
                made.append(self.frame(b"".join(waiting)))
                waiting, size = [], 0
        return b"".join(made) + (self.frame(b"".join(waiting)) if waiting else b"")


class Reader:
    """The items of one file, once. `name` is for messages."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Raises RecordingError for what is no recording, or one of another form."""
        self._name = name
        self._file = file
        if self._read(len(MAGIC)) != MAGIC:
            raise RecordingError(f"{name} {_NO_RECORDING}", "`lanner run --record FILE` makes one")
        self._items = self._all()
        self.header = self._first()

    def items(self) -> Iterator[tuple[Item, int]]:
        """All that follow, each with its bytes. One that ends too early just ends. Raises DamagedError."""
        for kind, body in self._items:
            try:
                item = wire.unpacked(kind, body)
            except wire.WrongError as error:
                raise self._damaged(str(error)) from error
            if item is not None:
                yield item, len(body)

    def _first(self) -> Header:
        kind, body = next(self._items, (0, b""))
        if kind != wire.HEADER:
            raise self._damaged("it has no header")
        try:
            version = Form.model_validate_json(body).version
            if version != VERSION:
                hint = "replay it with the version of lanner that recorded it"
                raise RecordingError(
                    f"{self._name} has form {version} of a recording, this version reads {VERSION}", hint
                )
            return Header.model_validate_json(body)
        except ValidationError as error:
            raise self._damaged("its header does not say what it has to") from error

    def _all(self) -> Iterator[tuple[int, bytes]]:
        """Kinds and bodies."""
        while frame := self._frame():
            at = 0
            while at < len(frame):
                if at + wire.HEAD.size > len(frame):
                    raise self._damaged("a part of an item")
                kind, length = wire.HEAD.unpack_from(frame, at)
                at += wire.HEAD.size
                if at + length > len(frame):
                    raise self._damaged(f"an item of {length:,} bytes")
                yield kind, frame[at : at + length]
                at += length

    def _frame(self) -> bytes:
        """Nothing at the end, also one in the middle of a frame."""
        head = self._read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return b""
        number, four, length = _LENGTH.unpack(head)
        if (number, four) != (_OF_LENGTH, 4) or length > MAX_FRAME:
            raise self._damaged("what follows is no frame")
        data = self._read(length)
        return self._unpacked(data) if len(data) == length else b""

    def _unpacked(self, data: bytes) -> bytes:
        try:
            size = zstd.get_frame_info(data).decompressed_size
            if size is None or not 0 < size <= MAX_FRAME:
                raise self._damaged("a frame of another size")
            decompressor = zstd.ZstdDecompressor()
            found = decompressor.decompress(data, max_length=size + 1)
            if len(found) != size or not decompressor.eof or decompressor.unused_data:
                raise self._damaged("a frame of another size")
            return found
        except (zstd.ZstdError, MemoryError) as error:
            raise self._damaged(str(error).lower()) from error

    def _read(self, number: int) -> bytes:
        try:
            return self._file.read(number)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise RecordingError(f"cannot read {self._name}: {why}") from error

    def _damaged(self, how: str) -> DamagedError:
        return DamagedError(f"{self._name} is damaged: {how}")

# SPDX-License-Identifier: Apache-2.0
"""Items <-> a file: a line that says what it is, and zstd frames behind each other, each of whole items.

A frame is written in one piece and has a checksum: what is in the file up to a crash, or a full disk, can be
read. Reading holds one item and one window, whatever the file says of itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Final

import zstandard
from pydantic import ValidationError

from lanner_agent.recording import wire
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.items import VERSION, Form, Header, Item

# A skippable frame of zstd's format, which `zstd -d` passes over: number, length, what the file is.
_WHAT: Final = b"lanner recording\n"
MAGIC: Final = b"\x50\x2a\x4d\x18" + len(_WHAT).to_bytes(4, "little") + _WHAT
LEVEL: Final = 3
MAX_WINDOW: Final = 8 << 20
_NO_RECORDING: Final = "is no recording of lanner"


class DamagedError(RecordingError):
    """What lies behind this place cannot be read."""


class Packer:
    """Belongs to one thread."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)

    def frame(self, data: bytes) -> bytes:
        """Whole items, packed -> one frame."""
        return self._compressor.compress(data)


class Reader:
    """The items of one file, once. `name` is for messages."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Raises RecordingError for what is no recording, or one of another form."""
        self._name = name
        try:
            begin = file.read(len(MAGIC))
        except OSError as error:
            raise RecordingError(f"cannot read {name}: {(error.strerror or str(error)).lower()}") from error
        if begin != MAGIC:
            raise RecordingError(f"{name} {_NO_RECORDING}", "`lanner run --record FILE` makes one")
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._items = decompressor.stream_reader(file, read_across_frames=True)
        self.header = self._first()

    def items(self) -> Iterator[tuple[Item, int]]:
        """All that follow, each with its bytes. One that ends too early just ends. Raises DamagedError."""
        while (found := self._next()) is not None:
            kind, body = found
            try:
                item = wire.unpacked(kind, body)
            except wire.WrongError as error:
                raise self._damaged(str(error)) from error
            if item is not None:
                yield item, len(body)

    def _first(self) -> Header:
        found = self._next()
        if found is None or found[0] != wire.HEADER:
            raise self._damaged("it has no header")
        try:
            version = Form.model_validate_json(found[1]).version
            if version != VERSION:
                hint = "replay it with the version of lanner that recorded it"
                raise RecordingError(
                    f"{self._name} has form {version} of a recording, this version reads {VERSION}", hint
                )
            return Header.model_validate_json(found[1])
        except ValidationError as error:
            raise self._damaged("its header does not say what it has to") from error

    def _next(self) -> tuple[int, bytes] | None:
        """None at the end, also one in the middle of an item."""
        head = self._read(wire.HEAD.size)
        if len(head) < wire.HEAD.size:
            return None
        kind, length = wire.HEAD.unpack(head)
        if length > wire.MAX_ITEM:
            raise self._damaged(f"an item of {length:,} bytes")
        body = self._read(length)
        return (kind, body) if len(body) == length else None

    def _read(self, number: int) -> bytes:
        parts = io.BytesIO()
        try:
            while (left := number - parts.tell()) and (part := self._items.read(left)):
                parts.write(part)
        except (zstandard.ZstdError, OSError, MemoryError) as error:
            raise self._damaged(str(error).lower()) from error
        return parts.getvalue()

    def _damaged(self, how: str) -> DamagedError:
        return DamagedError(f"{self._name} is damaged: {how}")

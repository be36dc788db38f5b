# SPDX-License-Identifier: Apache-2.0
"""The file of an open, read from the record when asked; what most rules ask is read at once.

Satisfies the engine's Descriptor. The kernel resolved the path of what was opened; a failed open's path is
what its arguments mean, joined and cleaned without looking at any file system (specification, trap 21).
"""

from __future__ import annotations

import struct
from typing import Final

from lanner_agent.decode import flags, inode, paths, texts
from lanner_agent.decode.inode import DIRECTORY, FILE, UNKNOWN, KernelFile, Kind
from lanner_agent.kernel.record_layout import OPEN_FACTS, OpenFacts, OpenFactsAt, RecordAt
from lanner_engine.fields.model import Socket

_KNOWN: Final = inode.FILE_KNOWN
_FAILED: Final[dict[str, Kind]] = {"openat": FILE, "openat2": FILE, "creat": FILE}
_AT: Final = RecordAt.open
_FLAGS_AT: Final = _AT + OpenFactsAt.flags
_RAW_AT: Final = _AT + OpenFactsAt.raw
_BETWEEN: Final = OpenFactsAt.file_flags - OpenFactsAt.flags - 4
_NUL: Final = 0
_SLASH: Final = ord("/")
_read_open = OPEN_FACTS.unpack_from
# Flags; flags and mode of the file, which lie beside each other in front of the place of its path.
_read_some = struct.Struct(f"<I{_BETWEEN}xIIHH").unpack_from


class OpenedFile(KernelFile):
    """`num` is the result of the call, -1 when it failed; `flags`: the kernel's O_* bits, as asked for."""

    __slots__ = (
        *("_data", "_event_type", "_facts", "_file_flags", "_file_mode", "_known_kind", "_name"),
        *("_path_at", "_path_length", "flags", "num"),
    )
    socket: Socket | None = None  # what is opened is none

    def __init__(self, data: bytes, event_type: str, num: int) -> None:
        self._data = data
        self._event_type = event_type
        self.num = num if num >= 0 else -1
        (
            self.flags,
            self._file_flags,
            self._file_mode,
            self._path_at,
            self._path_length,
        ) = _read_some(data, _FLAGS_AT)
        self._facts: OpenFacts | None = None
        self._name: bytes | None = None
        self._known_kind: Kind | None = None

    @property
    def facts(self) -> OpenFacts:
        """Everything as the kernel wrote it."""
        found = self._facts
        if found is None:
            found = self._facts = OpenFacts._make(_read_open(self._data, _AT))
        return found

    @property
    def name(self) -> bytes | None:
        found = self._name
        if found is None:
            at = self._path_at
            written = self._data[at : at + self._path_length]
            if _NUL in written:
                written = written.partition(b"\0")[0]
            if not written or written[0] != _SLASH:
                written = inode.name(written, self.facts.ino) or b""
            found = self._name = written or self._meant()
        return found

    def _meant(self) -> bytes | None:
        return paths.meant(texts.text(self._data, self.facts.raw), texts.text(self._data, self.facts.base))

    @property
    def nameraw(self) -> bytes | None:
        return texts.text_at(self._data, _RAW_AT) or None

    @property
    def type(self) -> bytes | None:
        """Absent where nothing was opened, unlike the letter."""
        if self.num < 0:
            return None
        return (self._known_kind or self._kind())[1] or super().type

    def _kind(self) -> Kind:
        found = self._known_kind
        if found is None:
            found = self._known_kind = self._read_kind()
        return found

    def _read_kind(self) -> Kind:
        """A folder is one only to who asks for a folder (O_DIRECTORY): to the language it is a file else."""
        file_flags = self._file_flags
        found = inode.kind(file_flags, self._file_mode)
        if found is DIRECTORY and not flags.asks_folder(self.flags):
            return FILE
        if found is not None or file_flags & _KNOWN:
            return found or UNKNOWN
        return _FAILED.get(self._event_type, UNKNOWN) if self.num < 0 else FILE

# SPDX-License-Identifier: Apache-2.0
"""The file of an open, read from the record when asked; what most rules ask is read alone. Made by event.

Satisfies the engine's Descriptor. The kernel resolved the path of what was opened; a failed open's path is
what its arguments mean, joined and cleaned without looking at any file system (specification, trap 21).
"""

from __future__ import annotations

import posixpath
import stat
import struct
from typing import Final

from lanner_agent.decode import flags, layout
from lanner_agent.decode.layout import OpenFacts
from lanner_agent.kernel.layout import offset
from lanner_engine.fields.facts import Socket

_KNOWN: Final = flags.FILE["FILE_KNOWN"]
_MEMFD: Final = flags.FILE["FILE_FROM_MEMFD"]
_UPPER: Final = flags.FILE["FILE_UPPER_LAYER"]
_LOWER: Final = flags.FILE["FILE_LOWER_LAYER"]
_MINOR_BITS: Final = 20
_MINOR: Final = (1 << _MINOR_BITS) - 1

_FORMAT: Final = 0o170000  # S_IFMT
_FILE: Final = (b"f", b"file")
_UNKNOWN: Final = (b"o", None)
# Devices are files to the rules in the field: writing to a disk is an open for writing of /dev/sda.
_KINDS: Final[dict[int, tuple[bytes, bytes | None]]] = {
    stat.S_IFREG: _FILE,
    stat.S_IFBLK: _FILE,
    stat.S_IFCHR: _FILE,
    stat.S_IFDIR: (b"d", b"directory"),
    stat.S_IFIFO: (b"p", b"pipe"),
    stat.S_IFSOCK: (b"u", b"unix"),
}
_FAILED: Final[dict[str, tuple[bytes, bytes | None]]] = {"openat": _FILE, "openat2": _FILE}
_PATH_AT: Final = layout.UNION_AT + offset("open_facts", "path")
_FLAGS_AT: Final = layout.UNION_AT + offset("open_facts", "flags")
_FILE_AT: Final = layout.UNION_AT + offset("open_facts", "file_flags")  # file_mode follows
_read_open = layout.OPEN.unpack_from
_read_number = struct.Struct("<I").unpack_from
_read_file = struct.Struct("<II").unpack_from


class Descriptor:
    """`num` is the result of the call."""

    __slots__ = ("_data", "_event_type", "_facts", "_name", "num")
    socket: Socket | None = None  # what is opened is none

    def __init__(self, data: bytes, event_type: str, num: int) -> None:
        self._data = data
        self._event_type = event_type
        self.num = num
        self._facts: OpenFacts | None = None
        self._name: bytes | None = None

    @property
    def facts(self) -> OpenFacts:
        """Everything as the kernel wrote it."""
        found = self._facts
        if found is None:
            found = self._facts = OpenFacts._make(_read_open(self._data, layout.UNION_AT))
        return found

    @property
    def name(self) -> bytes | None:
        found = self._name
        if found is None:
            found = self._name = layout.text_at(self._data, _PATH_AT) or self._meant()
        return found

    @property
    def flags(self) -> int:
        """What was asked for, the kernel's O_* bits."""
        found: int = _read_number(self._data, _FLAGS_AT)[0]
        return found

    def _meant(self) -> bytes | None:
        raw = layout.text(self._data, self.facts.raw)
        base = layout.text(self._data, self.facts.base)
        if not raw or not (base or raw.startswith(b"/")):
            return None
        path = raw if raw.startswith(b"/") else b"%s/%s" % (base, raw)
        # POSIX leaves two leading slashes alone, Linux does not
        return posixpath.normpath(b"/" + path.lstrip(b"/") if path.startswith(b"/") else path)

    @property
    def nameraw(self) -> bytes | None:
        return layout.text(self._data, self.facts.raw) or None

    @property
    def typechar(self) -> bytes:
        return self._kind()[0]

    @property
    def type(self) -> bytes | None:
        return self._kind()[1]

    def _kind(self) -> tuple[bytes, bytes | None]:
        file_flags, mode = _read_file(self._data, _FILE_AT)
        if file_flags & _MEMFD:
            return b"m", b"memfd"
        if file_flags & _KNOWN:
            return _KINDS.get(mode & _FORMAT, _UNKNOWN)
        return _FAILED.get(self._event_type, _UNKNOWN) if self.num < 0 else _FILE

    @property
    def dev(self) -> int | None:
        """As user space knows it: new_encode_dev() of include/linux/kdev_t.h."""
        if not self._known():
            return None
        major, minor = self.facts.dev >> _MINOR_BITS, self.facts.dev & _MINOR
        return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)

    @property
    def dev_major(self) -> int | None:
        return self.facts.dev >> _MINOR_BITS if self._known() else None

    @property
    def dev_minor(self) -> int | None:
        return self.facts.dev & _MINOR if self._known() else None

    @property
    def ino(self) -> int | None:
        return self.facts.ino if self._known() else None

    @property
    def upper_layer(self) -> bool | None:
        return bool(self.facts.file_flags & _UPPER) if self._known() else None

    @property
    def lower_layer(self) -> bool | None:
        return bool(self.facts.file_flags & _LOWER) if self._known() else None

    def _known(self) -> int:
        return self.facts.file_flags & _KNOWN

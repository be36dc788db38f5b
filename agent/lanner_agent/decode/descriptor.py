# SPDX-License-Identifier: Apache-2.0
"""The file of an open, read from the record when asked. Satisfies the engine's Descriptor. Made by event.

The kernel resolved the path of what was opened; a failed open's path is what its arguments mean, joined and
cleaned without looking at any file system (specification, trap 21).
"""

from __future__ import annotations

import posixpath
import stat
from typing import Final

from lanner_agent.decode import flags, layout
from lanner_agent.decode.layout import OpenFacts

_KNOWN: Final = flags.FILE["FILE_KNOWN"]
_MEMFD: Final = flags.FILE["FILE_FROM_MEMFD"]
_UPPER: Final = flags.FILE["FILE_UPPER_LAYER"]
_LOWER: Final = flags.FILE["FILE_LOWER_LAYER"]
_MINOR_BITS: Final = 20
_MINOR: Final = (1 << _MINOR_BITS) - 1

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
_read_open = layout.OPEN.unpack_from


class Descriptor:
    """`facts` is the open as the kernel wrote it, `num` its result."""

    __slots__ = ("_data", "_event_type", "_name", "facts", "num")
    _name: bytes | None

    def __init__(self, data: bytes, event_type: str, num: int) -> None:
        self._data = data
        self._event_type = event_type
        self.num = num
        self.facts = OpenFacts._make(_read_open(data, layout.UNION_AT))

    @property
    def name(self) -> bytes | None:
        try:
            return self._name
        except AttributeError:
            self._name = layout.text(self._data, self.facts.path) or self._meant()
            return self._name

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
        facts = self.facts
        if facts.file_flags & _MEMFD:
            return b"m", b"memfd"
        if facts.file_flags & _KNOWN:
            return _KINDS.get(stat.S_IFMT(facts.file_mode), _UNKNOWN)
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

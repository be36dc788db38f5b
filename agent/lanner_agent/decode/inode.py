# SPDX-License-Identifier: Apache-2.0
"""What an inode says of the file behind a descriptor: device, number, overlay layer, kind. opened_file
(opens) and call_file (every other call) share it.
"""

from __future__ import annotations

import abc
import stat
from typing import Final, Protocol

from lanner_agent.kernel.record_layout import FileFlag

FILE_KNOWN: Final = FileFlag.KNOWN.value
_MEMFD: Final = FileFlag.FROM_MEMFD.value
_UPPER: Final = FileFlag.UPPER_LAYER.value
_LOWER: Final = FileFlag.LOWER_LAYER.value
_MINOR_BITS: Final = 20
_MINOR: Final = (1 << _MINOR_BITS) - 1
_FORMAT: Final = 0o170000  # S_IFMT

Kind = tuple[bytes, bytes | None]  # typechar and type
FILE: Final[Kind] = (b"f", b"file")
UNKNOWN: Final[Kind] = (b"o", None)
_NO_KIND: Final = b"<NA>"
DIRECTORY: Final[Kind] = (b"d", b"directory")
MEMORY: Final[Kind] = (b"m", b"memfd")
# Pipes, and namespaces by the names of their operations (struct proc_ns_operations).
_NUMBERED: Final = frozenset(b"pipe cgroup ipc mnt net pid time user uts".split())
# Devices are files to the rules in the field: writing to a disk is an open for writing of /dev/sda.
_KINDS: Final[dict[int, Kind]] = {
    stat.S_IFREG: FILE,
    stat.S_IFBLK: FILE,
    stat.S_IFCHR: FILE,
    stat.S_IFDIR: DIRECTORY,
    stat.S_IFIFO: (b"p", b"pipe"),
    stat.S_IFSOCK: (b"u", b"unix"),
}


def kind(file_flags: int, mode: int) -> Kind | None:
    """Of a file that the kernel looked at; None when it is of no kind that a mode names, or unknown."""
    if file_flags & _MEMFD:
        return MEMORY
    return _KINDS.get(mode & _FORMAT) if file_flags & FILE_KNOWN else None


def name(written: bytes, ino: int) -> bytes | None:
    """The path that the kernel wrote; what has none is named as the kernel's d_path() does, `pipe:[4711]`."""
    if written[:1] == b"/" or written not in _NUMBERED:
        return written or None
    return b"%s:[%d]" % (written, ino)


class InodeFacts(Protocol):
    """The fields that struct open_facts and struct descriptor_facts share."""

    @property
    def ino(self) -> int: ...
    @property
    def dev(self) -> int: ...
    @property
    def file_flags(self) -> int: ...


class KernelFile(abc.ABC):
    """Answers for a descriptor with `facts`; absent when no file was there to look at."""

    __slots__ = ()

    @property
    @abc.abstractmethod
    def facts(self) -> InodeFacts:
        """Each descriptor reads its own struct."""

    @abc.abstractmethod
    def _kind(self) -> Kind:
        """What it stands for, which more than the inode decides."""

    @property
    def typechar(self) -> bytes:
        return self._kind()[0]

    @property
    def type(self) -> bytes | None:
        """A text, not absent, for what is of no kind that the language has (specification 3.1)."""
        return self._kind()[1] or (_NO_KIND if self.known else None)

    @property
    def known(self) -> bool:
        return bool(self.facts.file_flags & FILE_KNOWN)

    @property
    def dev(self) -> int | None:
        """As user space knows it: new_encode_dev() of include/linux/kdev_t.h."""
        if not self.known:
            return None
        major, minor = self.facts.dev >> _MINOR_BITS, self.facts.dev & _MINOR
        return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)

    @property
    def dev_major(self) -> int | None:
        return self.facts.dev >> _MINOR_BITS if self.known else None

    @property
    def dev_minor(self) -> int | None:
        return self.facts.dev & _MINOR if self.known else None

    @property
    def ino(self) -> int | None:
        return self.facts.ino if self.known else None

    @property
    def upper_layer(self) -> bool | None:
        return bool(self.facts.file_flags & _UPPER) if self.known else None

    @property
    def lower_layer(self) -> bool | None:
        return bool(self.facts.file_flags & _LOWER) if self.known else None

# SPDX-License-Identifier: Apache-2.0
"""Numbers of the kernel -> the rule language's flag sets and their names (specification 3.3, evt.arg.X).

Three of open(2)'s flags have other numbers on arm64. This machine's hold until `of_machine` says whose
records are decoded.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel.record_layout import ExeFlag, FileFlag
from lanner_engine.syscalls.flag_names import Names

TMPFILE: Final = 0o20000000  # without O_DIRECTORY, which the C library's number holds too
_O_SYNC: Final = 0o4000000  # without O_DSYNC
CREATING: Final = os.O_CREAT | TMPFILE


@dataclass(frozen=True, slots=True)
class Numbers:
    """What differs by machine."""

    largefile: int
    directory: int
    direct: int


# include/uapi/asm-generic/fcntl.h, arch/arm64/include/uapi/asm/fcntl.h
_GENERIC: Final = Numbers(largefile=0o100000, directory=0o200000, direct=0o40000)
_MACHINES: Final = {"aarch64": Numbers(largefile=0o400000, directory=0o40000, direct=0o200000)}
_numbers = _MACHINES.get(platform.machine(), _GENERIC)

_LARGEFILE: Final = 0x800
_DIRECTORY: Final = 0x400
_DIRECT: Final = 0x200
# (the kernel's bit, the language's bit, its name) in the order in which names are printed; the first three
# have the bits of `_numbers`.
_OPEN: Final = (
    (0, _LARGEFILE, b"O_LARGEFILE"),
    (0, _DIRECTORY, b"O_DIRECTORY"),
    (0, _DIRECT, b"O_DIRECT"),
    (os.O_TRUNC, 0x100, b"O_TRUNC"),
    (_O_SYNC, 0x80, b"O_SYNC"),
    (os.O_NONBLOCK, 0x40, b"O_NONBLOCK"),
    (os.O_EXCL, 0x20, b"O_EXCL"),
    (os.O_DSYNC, 0x10, b"O_DSYNC"),
    (os.O_APPEND, 0x8, b"O_APPEND"),
    (os.O_CREAT, 0x4, b"O_CREAT"),
    (os.O_CLOEXEC, 0x1000, b"O_CLOEXEC"),
    (TMPFILE, 0x2000, b"O_TMPFILE"),
)
_ACCESS: Final[Names] = ((3, b"O_RDWR"), (2, b"O_WRONLY"), (1, b"O_RDONLY"))
_OF_FILE: Final = (
    (FileFlag.CREATED.value, 0x4000, b"O_F_CREATED"),
    (FileFlag.UPPER_LAYER.value, 0x8000, b"FD_UPPER_LAYER"),
    (FileFlag.LOWER_LAYER.value, 0x10000, b"FD_LOWER_LAYER"),
)
_BEFORE_ACCESS: Final = 10  # of _OPEN
OPEN: Final[Names] = (
    *((bit, name) for _, bit, name in _OPEN[:_BEFORE_ACCESS]),
    *_ACCESS,
    *((bit, name) for _, bit, name in (*_OPEN[_BEFORE_ACCESS:], *_OF_FILE)),
)
CREAT: Final[Names] = ((1, b"FD_UPPER_LAYER_CREAT"), (2, b"FD_LOWER_LAYER_CREAT"))
EXE: Final[Names] = tuple((flag.value, b"EXE_" + flag.name.encode()) for flag in ExeFlag)
# include/uapi/linux/openat2.h
RESOLVE: Final[Names] = (
    (0x08, b"RESOLVE_BENEATH"),
    (0x10, b"RESOLVE_IN_ROOT"),
    (0x02, b"RESOLVE_NO_MAGICLINKS"),
    (0x04, b"RESOLVE_NO_SYMLINKS"),
    (0x01, b"RESOLVE_NO_XDEV"),
    (0x20, b"RESOLVE_CACHED"),
)


def of_machine(machine: str) -> None:
    """From now on records are of such a machine (`uname -m`)."""
    global _numbers  # noqa: PLW0603  one for the process, whose records are of one machine
    _numbers = _MACHINES.get(machine, _GENERIC)


def asks_folder(flags: int) -> bool:
    """Whether open(2) was to open folders only."""
    return bool(flags & _numbers.directory)


def opened(flags: int, file_flags: int) -> int:
    """open(2)'s flags and what is known of the file, as the language's bits."""
    bits = (flags & os.O_ACCMODE) + 1 & 3
    if flags & _numbers.largefile:
        bits |= _LARGEFILE
    if flags & _numbers.directory:
        bits |= _DIRECTORY
    if flags & _numbers.direct:
        bits |= _DIRECT
    for kernel, bit, _ in _OPEN:
        if flags & kernel:
            bits |= bit
    for kernel, bit, _ in _OF_FILE:
        if file_flags & kernel:
            bits |= bit
    return bits


def created(file_flags: int) -> int:
    """creat_flags of creat(2): the layer of the file."""
    return bool(file_flags & FileFlag.UPPER_LAYER) | bool(file_flags & FileFlag.LOWER_LAYER) << 1

# SPDX-License-Identifier: Apache-2.0
"""openat2(2), which Python's os does not have: open a path that cannot lead out of a folder.

For files of containers. Linux 5.6 and later; its number is the same everywhere.
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

# include/uapi/linux/openat2.h
RESOLVE_NO_MAGICLINKS: Final = 0x02
RESOLVE_IN_ROOT: Final = 0x10
_NUMBER: Final = 437


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def in_root(root: int, path: bytes, flags: int) -> int:
    """A descriptor of `path` as a process sees it whose root is the folder `root`; raises OSError.

    Absolute symlinks and `..` stay below `root`; links of /proc that lead elsewhere are refused (ELOOP).
    """
    how = _OpenHow(flags | os.O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
    descriptor: int = _libc.syscall(
        ctypes.c_long(_NUMBER),
        ctypes.c_int(root),
        ctypes.c_char_p(path),
        ctypes.byref(how),
        ctypes.c_size_t(ctypes.sizeof(how)),
    )
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return descriptor

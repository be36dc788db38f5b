# SPDX-License-Identifier: Apache-2.0
"""Files that are looked at, locked, and whose times are set."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import (
    RESULT,
    Fd,
    Flags,
    Folder,
    Fs,
    Path,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "access": Call(
        Numbers(21, None, 33, 33),
        {"res": RESULT, "name": Path(0, fs=Fs.NAME), "mode": Flags(1, flags.ACCESS)},
        hot=True,
    ),
    "faccessat": Call(
        Numbers(269, 48, 307, 334),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "mode": Flags(2, flags.ACCESS),
        },
        hot=True,
    ),
    "faccessat2": Call(
        everywhere(439),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "mode": Flags(2, flags.ACCESS),
            "flags": Flags(3, flags.LOOKUP),
        },
        hot=True,
    ),
    "readlink": Call(Numbers(89, None, 85, 85), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}, hot=True),
    "readlinkat": Call(
        Numbers(267, 78, 305, 332),
        {"res": RESULT, "dirfd": Folder(0), "path": Path(1, base=0, fs=Fs.NAME)},
        hot=True,
    ),
    "getdents": Call(Numbers(78, None, 141, 141), {"res": RESULT, "fd": Fd(0)}, hot=True),
    "getdents64": Call(Numbers(217, 61, 220, 217), {"res": RESULT, "fd": Fd(0)}, hot=True),
    "name_to_handle_at": Call(
        Numbers(303, 264, 341, 370),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "flags": Flags(4, flags.HANDLE),
        },
    ),
    "utime": Call(Numbers(132, None, 30), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}),
    "utimes": Call(Numbers(235, None, 271, 269), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}),
    "futimesat": Call(
        Numbers(261, None, 299, 326), {"res": RESULT, "dirfd": Folder(0), "path": Path(1, base=0, fs=Fs.NAME)}
    ),
    "utimensat": Call(
        Numbers(280, 88, (320, 412), (348, 412)),
        {"res": RESULT, "dirfd": Folder(0), "path": Path(1, base=0, fs=Fs.NAME), "flags": Flags(3, flags.AT)},
    ),
    "fallocate": Call(Numbers(285, 47, 324, 352), {"res": RESULT, "fd": Fd(0)}),
    "flock": Call(Numbers(73, 32, 143, 143), {"res": RESULT, "fd": Fd(0), "operation": Flags(1, flags.LOCK)}),
    "fsync": Call(Numbers(74, 82, 118, 118), {"res": RESULT, "fd": Fd(0)}),
    "fdatasync": Call(Numbers(75, 83, 148, 148), {"res": RESULT, "fd": Fd(0)}),
    "file_getattr": Call(
        everywhere(468),
        {"res": RESULT, "dirfd": Folder(0), "path": Path(1, base=0, fs=Fs.NAME), "flags": Flags(4, flags.AT)},
    ),
    "file_setattr": Call(
        everywhere(469),
        {"res": RESULT, "dirfd": Folder(0), "path": Path(1, base=0, fs=Fs.NAME), "flags": Flags(4, flags.AT)},
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""Extended attributes of files: capabilities, labels, access lists."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import (
    RESULT,
    Data,
    Fd,
    Flags,
    Folder,
    Fs,
    Path,
    String,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "setxattr": Call(
        Numbers(188, 5, 226, 226),
        {
            "res": RESULT,
            "path": Path(0, fs=Fs.NAME),
            "key": String(1),
            "val": Data(2, given=True),
            "size": Unsigned(3),
            "flags": Flags(4, flags.ATTRIBUTE),
        },
    ),
    "lsetxattr": Call(
        Numbers(189, 6, 227, 227),
        {
            "res": RESULT,
            "path": Path(0, fs=Fs.NAME),
            "key": String(1),
            "val": Data(2, given=True),
            "size": Unsigned(3),
            "flags": Flags(4, flags.ATTRIBUTE),
        },
    ),
    "fsetxattr": Call(
        Numbers(190, 7, 228, 228),
        {
            "res": RESULT,
            "fd": Fd(0, Fs.NAME),
            "key": String(1),
            "val": Data(2, given=True),
            "size": Unsigned(3),
            "flags": Flags(4, flags.ATTRIBUTE),
        },
    ),
    "removexattr": Call(
        Numbers(197, 14, 235, 235), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "key": String(1)}
    ),
    "lremovexattr": Call(
        Numbers(198, 15, 236, 236), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "key": String(1)}
    ),
    "fremovexattr": Call(Numbers(199, 16, 237, 237), {"res": RESULT, "fd": Fd(0, Fs.NAME), "key": String(1)}),
    "getxattr": Call(
        Numbers(191, 8, 229, 229),
        {"res": RESULT, "path": Path(0, fs=Fs.NAME), "key": String(1), "size": Unsigned(3)},
    ),
    "lgetxattr": Call(
        Numbers(192, 9, 230, 230),
        {"res": RESULT, "path": Path(0, fs=Fs.NAME), "key": String(1), "size": Unsigned(3)},
    ),
    "fgetxattr": Call(
        Numbers(193, 10, 231, 231),
        {"res": RESULT, "fd": Fd(0, Fs.NAME), "key": String(1), "size": Unsigned(3)},
    ),
    "listxattr": Call(
        Numbers(194, 11, 232, 232), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "size": Unsigned(2)}
    ),
    "llistxattr": Call(
        Numbers(195, 12, 233, 233), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "size": Unsigned(2)}
    ),
    "flistxattr": Call(
        Numbers(196, 13, 234, 234), {"res": RESULT, "fd": Fd(0, Fs.NAME), "size": Unsigned(2)}
    ),
    "setxattrat": Call(
        everywhere(463),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "key": String(3),
            "flags": Flags(2, flags.AT),
        },
    ),
    "getxattrat": Call(
        everywhere(464),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "key": String(3),
            "flags": Flags(2, flags.AT),
        },
    ),
    "listxattrat": Call(
        everywhere(465),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "size": Unsigned(4),
            "flags": Flags(2, flags.AT),
        },
    ),
    "removexattrat": Call(
        everywhere(466),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "key": String(3),
            "flags": Flags(2, flags.AT),
        },
    ),
}

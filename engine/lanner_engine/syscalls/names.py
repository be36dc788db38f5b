# SPDX-License-Identifier: Apache-2.0
"""Names of files: made, moved, taken away."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import (
    RESULT,
    Fd,
    Flags,
    Folder,
    Fs,
    Long,
    NodeMode,
    Path,
    String,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers

CALLS: Final[dict[str, Call]] = {
    "unlink": Call(Numbers(87, None, 10, 10), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}),
    "unlinkat": Call(
        Numbers(263, 35, 301, 328),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "name": Path(1, base=0, fs=Fs.NAME),
            "flags": Flags(2, flags.UNLINK),
        },
        io_uring=(36,),
    ),
    "rmdir": Call(Numbers(84, None, 40, 40), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}),
    "mkdir": Call(
        Numbers(83, None, 39, 39), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "mode": Unsigned(1, b"%X")}
    ),
    "mkdirat": Call(
        Numbers(258, 34, 296, 323),
        {"res": RESULT, "dirfd": Folder(0), "path": Path(1, base=0, fs=Fs.NAME), "mode": Unsigned(2, b"%X")},
        io_uring=(37,),
    ),
    "mknod": Call(
        Numbers(133, None, 14, 14),
        {"res": RESULT, "path": Path(0, fs=Fs.NAME), "mode": NodeMode(1), "dev": Unsigned(2)},
    ),
    "mknodat": Call(
        Numbers(259, 33, 297, 324),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "path": Path(1, base=0, fs=Fs.NAME),
            "mode": NodeMode(2),
            "dev": Unsigned(3),
        },
    ),
    "rename": Call(
        Numbers(82, None, 38, 38),
        {"res": RESULT, "oldpath": Path(0, fs=Fs.SOURCE), "newpath": Path(1, fs=Fs.TARGET)},
    ),
    "renameat": Call(
        Numbers(264, 38, 302, 329),
        {
            "res": RESULT,
            "olddirfd": Folder(0),
            "oldpath": Path(1, base=0, fs=Fs.SOURCE),
            "newdirfd": Folder(2),
            "newpath": Path(3, base=2, fs=Fs.TARGET),
        },
    ),
    "renameat2": Call(
        Numbers(316, 276, 353, 382),
        {
            "res": RESULT,
            "olddirfd": Folder(0),
            "oldpath": Path(1, base=0, fs=Fs.SOURCE),
            "newdirfd": Folder(2),
            "newpath": Path(3, base=2, fs=Fs.TARGET),
            "flags": Flags(4, flags.RENAME),
        },
        io_uring=(35,),
    ),
    "link": Call(
        Numbers(86, None, 9, 9),
        {"res": RESULT, "oldpath": Path(0, fs=Fs.TARGET), "newpath": Path(1, fs=Fs.SOURCE)},
    ),
    "linkat": Call(
        Numbers(265, 37, 303, 330),
        {
            "res": RESULT,
            "olddir": Folder(0),
            "oldpath": Path(1, base=0, fs=Fs.TARGET),
            "newdir": Folder(2),
            "newpath": Path(3, base=2, fs=Fs.SOURCE),
            "flags": Flags(4, flags.LINK),
        },
        io_uring=(39,),
    ),
    "symlink": Call(
        Numbers(88, None, 83, 83),
        {"res": RESULT, "target": String(0, Fs.TARGET), "linkpath": Path(1, fs=Fs.SOURCE)},
    ),
    "symlinkat": Call(
        Numbers(266, 36, 304, 331),
        {
            "res": RESULT,
            "target": String(0, Fs.TARGET),
            "linkdirfd": Folder(1),
            "linkpath": Path(2, base=1, fs=Fs.SOURCE),
        },
        io_uring=(38,),
    ),
    "truncate": Call(
        Numbers(76, 45, (92, 193), (92, 193)), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "length": Long(1)}
    ),
    "ftruncate": Call(
        Numbers(77, 46, (93, 194), (93, 194)),
        {"res": RESULT, "fd": Fd(0, Fs.NAME), "length": Long(1)},
        io_uring=(55,),
    ),
}

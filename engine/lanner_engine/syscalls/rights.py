# SPDX-License-Identifier: Apache-2.0
"""Who may do what with a file, and whose it is."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import RESULT, Fd, Flags, Folder, Fs, Path, Unsigned
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "chmod": Call(
        Numbers(90, None, 15, 15),
        {
            "res": RESULT,
            "filename": Path(0, fs=Fs.NAME),
            "mode": Flags(1, flags.MODE, flags.PERMISSIONS),
        },
    ),
    "fchmod": Call(
        Numbers(91, 52, 94, 94),
        {"res": RESULT, "fd": Fd(0, Fs.NAME), "mode": Flags(1, flags.MODE, flags.PERMISSIONS)},
    ),
    "fchmodat": Call(
        Numbers(268, 53, 306, 333),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "filename": Path(1, base=0, fs=Fs.NAME),
            "mode": Flags(2, flags.MODE, flags.PERMISSIONS),
        },
    ),
    "fchmodat2": Call(
        everywhere(452),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "filename": Path(1, base=0, fs=Fs.NAME),
            "mode": Flags(2, flags.MODE, flags.PERMISSIONS),
            "flags": Flags(3, flags.AT),
        },
    ),
    "chown": Call(
        Numbers(92, None, (182, 212), (182, 212)),
        {"res": RESULT, "path": Path(0, fs=Fs.NAME), "uid": Unsigned(1), "gid": Unsigned(2)},
    ),
    "lchown": Call(
        Numbers(94, None, (16, 198), (16, 198)),
        {"res": RESULT, "path": Path(0, fs=Fs.NAME), "uid": Unsigned(1), "gid": Unsigned(2)},
    ),
    "fchown": Call(
        Numbers(93, 55, (95, 207), (95, 207)),
        {"res": RESULT, "fd": Fd(0, Fs.NAME), "uid": Unsigned(1), "gid": Unsigned(2)},
    ),
    "fchownat": Call(
        Numbers(260, 54, 298, 325),
        {
            "res": RESULT,
            "dirfd": Folder(0),
            "pathname": Path(1, base=0, fs=Fs.NAME),
            "uid": Unsigned(2),
            "gid": Unsigned(3),
            "flags": Flags(4, flags.AT),
        },
    ),
}

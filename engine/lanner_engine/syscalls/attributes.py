# SPDX-License-Identifier: Apache-2.0
"""Extended attributes of files: capabilities, labels, access lists."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import RESULT, Data, Fd, Flags, Path, String, Unsigned
from lanner_engine.syscalls.call import Call, Numbers

CALLS: Final[dict[str, Call]] = {
    "setxattr": Call(
        Numbers(188, 5, 226, 226),
        {
            "res": RESULT,
            "path": Path(0),
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
            "path": Path(0),
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
            "fd": Fd(0),
            "key": String(1),
            "val": Data(2, given=True),
            "size": Unsigned(3),
            "flags": Flags(4, flags.ATTRIBUTE),
        },
    ),
}

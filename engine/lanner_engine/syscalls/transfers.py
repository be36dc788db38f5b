# SPDX-License-Identifier: Apache-2.0
"""Bytes that are read, written and moved between descriptors."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import RESULT, Data, Fd, Flags, Int, Long, Unsigned
from lanner_engine.syscalls.call import Call, Numbers

# pread and pwrite are what the language calls pread64 and pwrite64.
CALLS: Final[dict[str, Call]] = {
    "read": Call(
        Numbers(0, 63, 3, 3), {"res": RESULT, "data": Data(1), "fd": Fd(0), "size": Unsigned(2)}, hot=True
    ),
    "pread": Call(
        Numbers(17, 67, 180, 180),
        {"res": RESULT, "data": Data(1), "fd": Fd(0), "size": Unsigned(2), "pos": Long(3)},
        hot=True,
    ),
    "readv": Call(Numbers(19, 65, 145, 145, x32=515), {"res": RESULT, "fd": Fd(0)}, hot=True),
    "write": Call(
        Numbers(1, 64, 4, 4),
        {"res": RESULT, "data": Data(1, given=True), "fd": Fd(0), "size": Unsigned(2)},
        hot=True,
    ),
    "pwrite": Call(
        Numbers(18, 68, 181, 181),
        {"res": RESULT, "data": Data(1, given=True), "fd": Fd(0), "size": Unsigned(2), "pos": Long(3)},
        hot=True,
    ),
    "writev": Call(Numbers(20, 66, 146, 146, x32=516), {"res": RESULT, "fd": Fd(0)}, hot=True),
    "splice": Call(
        Numbers(275, 76, 313, 340),
        {
            "res": RESULT,
            "fd_in": Fd(0),
            "fd_out": Int(2),
            "size": Long(4),
            "flags": Flags(5, flags.SPLICE),
        },
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""Bytes that are read, written and moved between descriptors."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    RESULT,
    Command,
    Data,
    Descriptor,
    Fd,
    Flags,
    Long,
    Unsigned,
)
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
            "fd_out": Descriptor(2),
            "size": Long(4),
            "flags": Flags(5, flags.SPLICE),
        },
    ),
    "preadv": Call(
        Numbers(295, 69, 333, 361, x32=534), {"res": RESULT, "fd": Fd(0), "pos": Long(3)}, hot=True
    ),
    "pwritev": Call(
        Numbers(296, 70, 334, 362, x32=535), {"res": RESULT, "fd": Fd(0), "pos": Long(3)}, hot=True
    ),
    "preadv2": Call(
        Numbers(327, 286, 378, 392, x32=546),
        {"res": RESULT, "fd": Fd(0), "pos": Long(3), "flags": Flags(5, flags.READ_WRITE)},
        hot=True,
    ),
    "pwritev2": Call(
        Numbers(328, 287, 379, 393, x32=547),
        {"res": RESULT, "fd": Fd(0), "pos": Long(3), "flags": Flags(5, flags.READ_WRITE)},
        hot=True,
    ),
    "lseek": Call(
        Numbers(8, 62, 19, 19),
        {"res": RESULT, "fd": Fd(0), "offset": Long(1), "whence": Command(2, commands.WHENCE)},
        hot=True,
    ),
    "sendfile": Call(
        Numbers(40, 71, (187, 239), (187, 239)),
        {"res": RESULT, "out_fd": Fd(0), "in_fd": Descriptor(1), "size": Long(3)},
        hot=True,
    ),
    "tee": Call(
        Numbers(276, 77, 315, 342),
        {
            "res": RESULT,
            "fd_in": Fd(0),
            "fd_out": Descriptor(1),
            "size": Long(2),
            "flags": Flags(3, flags.SPLICE),
        },
    ),
    "vmsplice": Call(
        Numbers(278, 75, 316, 343, x32=532), {"res": RESULT, "fd": Fd(0), "flags": Flags(3, flags.SPLICE)}
    ),
    "copy_file_range": Call(
        Numbers(326, 285, 377, 391),
        {
            "res": RESULT,
            "fdout": Fd(2),
            "offout": Long(3),
            "fdin": Descriptor(0),
            "offin": Long(1),
            "len": Long(4),
            "flags": Unsigned(5),
        },
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""Memory of the process: mapped, and what may be done with it."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import (
    ADDRESS_RESULT,
    MADE,
    RESULT,
    Fd,
    Flags,
    Long,
    Unsigned,
    Usage,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

_MEMORY: Final = {one.value: one for one in Usage}
CALLS: Final[dict[str, Call]] = {
    "mmap": Call(
        Numbers(9, 222, unread=90),
        {
            "res": RESULT,
            **_MEMORY,
            "addr": Long(0, b"%X"),
            "length": Long(1),
            "prot": Flags(2, flags.PROTECTION),
            "flags": Flags(3, flags.MAP),
            "fd": Fd(4),
            "offset": Long(5),
        },
        hot=True,
    ),
    "mmap2": Call(
        Numbers(None, None, 192, 192),
        {
            "res": RESULT,
            **_MEMORY,
            "addr": Long(0, b"%X"),
            "length": Long(1),
            "prot": Flags(2, flags.PROTECTION),
            "flags": Flags(3, flags.MAP),
            "fd": Fd(4),
            "pgoffset": Long(5),
        },
        hot=True,
    ),
    "mprotect": Call(
        Numbers(10, 226, 125, 125),
        {"res": RESULT, "addr": Long(0, b"%X"), "length": Long(1), "prot": Flags(2, flags.PROTECTION)},
        hot=True,
    ),
    "pkey_mprotect": Call(
        Numbers(329, 288, 380, 394),
        {"res": RESULT, "addr": Long(0, b"%X"), "length": Long(1), "prot": Flags(2, flags.PROTECTION)},
    ),
    "munmap": Call(
        Numbers(11, 215, 91, 91),
        {"res": RESULT, **_MEMORY, "addr": Long(0, b"%X"), "length": Long(1)},
        hot=True,
    ),
    "brk": Call(
        Numbers(12, 214, 45, 45), {"res": ADDRESS_RESULT, **_MEMORY, "addr": Long(0, b"%X")}, hot=True
    ),
    "mremap": Call(
        Numbers(25, 216, 163, 163),
        {"res": ADDRESS_RESULT, "addr": Long(0, b"%X"), "length": Long(1), "flags": Flags(3, flags.REMAP)},
        hot=True,
    ),
    "madvise": Call(
        Numbers(28, 233, 219, 220),
        {"res": RESULT, "addr": Long(0, b"%X"), "length": Long(1), "advice": Unsigned(2)},
        hot=True,
    ),
    "mlock": Call(Numbers(149, 228, 150, 150), {"res": RESULT, "addr": Long(0, b"%X"), "len": Long(1)}),
    "mlock2": Call(
        Numbers(325, 284, 376, 390),
        {"res": RESULT, "addr": Long(0, b"%X"), "len": Long(1), "flags": Flags(2, flags.LOCK_ON_FAULT)},
    ),
    "munlock": Call(Numbers(150, 229, 151, 151), {"res": RESULT, "addr": Long(0, b"%X"), "len": Long(1)}),
    "mlockall": Call(Numbers(151, 230, 152, 152), {"res": RESULT, "flags": Flags(0, flags.LOCK_ALL)}),
    "munlockall": Call(Numbers(152, 231, 153, 153), {"res": RESULT}),
    "memfd_secret": Call(everywhere(447), {"res": MADE, "flags": Flags(0, flags.CLOEXEC)}),
    "mseal": Call(
        everywhere(462), {"res": RESULT, "addr": Long(0, b"%X"), "length": Long(1), "flags": Unsigned(2)}
    ),
    "process_madvise": Call(
        everywhere(440), {"res": RESULT, "fd": Fd(0), "advice": Unsigned(3), "flags": Unsigned(4)}
    ),
    "process_mrelease": Call(everywhere(448), {"res": RESULT, "fd": Fd(0), "flags": Unsigned(1)}),
}

# SPDX-License-Identifier: Apache-2.0
"""Memory of the process: mapped, and what may be done with it."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import ADDRESS_RESULT, RESULT, Fd, Flags, Long
from lanner_engine.syscalls.call import Call, Numbers

CALLS: Final[dict[str, Call]] = {
    "mmap": Call(
        Numbers(9, 222, unread=90),
        {
            "res": ADDRESS_RESULT,
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
            "res": ADDRESS_RESULT,
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
}

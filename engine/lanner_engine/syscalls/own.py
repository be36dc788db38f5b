# SPDX-License-Identifier: Apache-2.0
"""Calls that have code of their own in the kernel side and in decode/parameters: here are their numbers."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls.call import Call, Numbers, everywhere

OPENS: Final[dict[str, Call]] = {
    "open": Call(Numbers(2, None, 5, 5)),
    "openat": Call(Numbers(257, 56, 295, 322), io_uring=(18,)),
    "openat2": Call(everywhere(437), io_uring=(28,)),
    "creat": Call(Numbers(85, None, 8, 8)),
    "open_by_handle_at": Call(Numbers(304, 265, 342, 371)),
}
EXECS: Final[dict[str, Call]] = {
    "execve": Call(Numbers(59, 221, 11, 11, x32=520)),
    "execveat": Call(Numbers(322, 281, 358, 387, x32=545)),
}
FORKS: Final[dict[str, Call]] = {
    "clone": Call(Numbers(56, 220, 120, 120)),
    "clone3": Call(everywhere(435)),
    "fork": Call(Numbers(57, None, 2, 2)),
    "vfork": Call(Numbers(58, None, 190, 190)),
}
CALLS: Final = OPENS | EXECS | FORKS

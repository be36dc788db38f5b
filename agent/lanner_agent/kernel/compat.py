# SPDX-License-Identifier: Apache-2.0
"""The numbers of 32-bit system calls: i386 and x32 on x86-64, 32-bit ARM on arm64.

Any program may make them: a 64-bit one needs no more than `int 0x80`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lanner_agent.kernel import calls
from lanner_engine.syscalls import table
from lanner_engine.syscalls.call import Numbers

# The calls on sockets that i386 makes by one number, SOCKETCALL, behind each other at SOCKETCALLS of
# bpf/base/call_table.h. Their arguments lie in memory: they are counted, not read.
SOCKETCALL: Final = 102
SOCKETCALLS: Final = 480


def _numbered(which: Callable[[Numbers], int | tuple[int, ...] | None], first: int = 0) -> dict[int, str]:
    """The number in one ABI -> the call."""
    found: dict[int, str] = {}
    for name, row in table.EVERY.items():
        numbers = which(row.numbers)
        several = (numbers,) if isinstance(numbers, int) else numbers or ()
        found |= {first + number: name for number in several}
    return found


# By machine: those that are read like their 64-bit likes, and those that are counted only (all of ARM's).
READ: Final[dict[str, dict[int, str]]] = {"x86_64": _numbered(lambda numbers: numbers.i386), "aarch64": {}}
COUNTED: Final[dict[str, dict[int, str]]] = {
    "x86_64": _numbered(lambda numbers: numbers.socketcall, SOCKETCALLS)
    | _numbered(lambda numbers: numbers.unread),
    "aarch64": _numbered(lambda numbers: numbers.arm),
}
# x32 numbers most calls as 64-bit programs do, and passes arguments as they do; messages it lays out as i386
# does.
X32: Final = _numbered(lambda numbers: numbers.x32)
X32_COUNTED: Final = frozenset(
    number
    for number, name in X32.items()
    if name in calls.CALLS and (calls.CALLS[name].message, calls.CALLS[name].messages) != (calls.NONE,) * 2
)
# 64-bit calls.
NATIVE: Final[dict[str, dict[int, str]]] = {
    "x86_64": X32 | _numbered(lambda numbers: numbers.x86_64),
    "aarch64": _numbered(lambda numbers: numbers.aarch64),
}

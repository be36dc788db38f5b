# SPDX-License-Identifier: Apache-2.0
"""The row of a system call: how each architecture numbers it, and what its parameters are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.syscalls.arguments import Argument


@dataclass(frozen=True, slots=True)
class Numbers:
    """One for each ABI, None or no number where that has no such call; several where a call is there more
    than once, for ids of 16 bits or sizes of 64. `x32`: where it differs from x86-64's.

    From arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl, include/uapi/asm-generic/unistd.h and
    arch/arm/tools/syscall.tbl.
    """

    x86_64: int | None
    aarch64: int | None
    i386: int | tuple[int, ...] = ()
    arm: int | tuple[int, ...] = ()
    x32: int | None = None
    socketcall: int | tuple[int, ...] = ()  # under i386's one number for calls on sockets
    unread: int | tuple[int, ...] = ()  # of i386, where the arguments lie in memory


def everywhere(number: int) -> Numbers:
    """Since Linux 5.1 new calls have the same number in all ABIs."""
    return Numbers(number, number, number, number)


@dataclass(frozen=True, slots=True)
class Call:
    """`parameters`: in the language's order and under its names. `io_uring`: the opcodes of the requests that
    do the call's work. `before`: the capabilities of its event are those before the call, which changes them.
    `hot`: every program makes it all the time, so that a rule on it is costly unless it names the program.
    """

    numbers: Numbers
    parameters: Mapping[str, Argument] = field(default_factory=dict)
    io_uring: tuple[int, ...] = ()
    before: bool = False
    hot: bool = False

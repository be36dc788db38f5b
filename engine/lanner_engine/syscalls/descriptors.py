# SPDX-License-Identifier: Apache-2.0
"""Descriptors: copied, made, told what to do."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import MADE, RESULT, Command, Duplicated, Fd, Flags, String, Unsigned
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "dup": Call(Numbers(32, 23, 41, 41), {"res": MADE, "oldfd": Duplicated(0)}, io_uring=(54,)),
    "dup2": Call(Numbers(33, None, 63, 63), {"res": MADE, "oldfd": Duplicated(0), "newfd": Duplicated(1)}),
    "dup3": Call(
        Numbers(292, 24, 330, 358),
        {"res": MADE, "oldfd": Duplicated(0), "newfd": Duplicated(1), "flags": Flags(2, flags.CLOEXEC)},
    ),
    "fcntl": Call(
        Numbers(72, 25, (55, 221), (55, 221)), {"res": RESULT, "fd": Fd(0), "cmd": Command(1, commands.FCNTL)}
    ),
    "memfd_create": Call(
        Numbers(319, 279, 356, 385), {"fd": MADE, "name": String(0), "flags": Flags(1, flags.MEMFD)}
    ),
    "userfaultfd": Call(Numbers(323, 282, 374, 388), {"res": MADE, "flags": Flags(0, flags.USERFAULT)}),
    "bpf": Call(Numbers(321, 280, 357, 386), {"fd": MADE, "cmd": Command(0, commands.BPF)}),
    "io_uring_setup": Call(everywhere(425), {"res": MADE, "entries": Unsigned(0)}),
}

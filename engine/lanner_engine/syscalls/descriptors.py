# SPDX-License-Identifier: Apache-2.0
"""Descriptors: copied, made, told what to do."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    LONG,
    MADE,
    MADE_NUMBER,
    RESULT,
    Command,
    CommandResult,
    Descriptor,
    Duplicated,
    Fd,
    Flags,
    Folder,
    Fs,
    Int,
    Long,
    Path,
    RingFd,
    String,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "dup": Call(Numbers(32, 23, 41, 41), {"res": MADE, "oldfd": Duplicated(0)}, io_uring=(54,)),
    "dup2": Call(Numbers(33, None, 63, 63), {"res": MADE, "oldfd": Duplicated(0), "newfd": Duplicated(1)}),
    "dup3": Call(
        Numbers(292, 24, 330, 358),
        {"res": MADE, "oldfd": Duplicated(0), "newfd": Duplicated(1), "flags": Flags(2, flags.CLOEXEC)},
    ),
    "fcntl": Call(
        Numbers(72, 25, (55, 221), (55, 221)),
        {"res": CommandResult(command=1), "fd": Fd(0), "cmd": Command(1, commands.FCNTL)},
        hot=True,
    ),
    "memfd_create": Call(
        Numbers(319, 279, 356, 385), {"fd": MADE, "name": String(0), "flags": Flags(1, flags.MEMFD)}
    ),
    "userfaultfd": Call(
        Numbers(323, 282, 374, 388), {"res": MADE_NUMBER, "flags": Flags(0, flags.USERFAULT)}
    ),
    # the descriptor is gone when the call ends: its number is all that is known
    "close": Call(Numbers(3, 57, 6, 6), {"res": RESULT, "fd": Descriptor(0)}, hot=True),
    "ioctl": Call(
        Numbers(16, 29, 54, 54, x32=514),
        {"res": RESULT, "fd": Fd(0), "request": Unsigned(1, b"%X"), "argument": Long(2, b"%X")},
        hot=True,
    ),
    "pipe": Call(Numbers(22, None, 42, 42), {"res": RESULT}),
    "pipe2": Call(Numbers(293, 59, 331, 359), {"res": RESULT, "flags": Flags(1, flags.NEW_DESCRIPTOR)}),
    "inotify_init": Call(Numbers(253, None, 291, 316), {"res": MADE}),
    "inotify_init1": Call(Numbers(294, 26, 332, 360), {"res": MADE, "flags": Flags(0, flags.NEW_DESCRIPTOR)}),
    "inotify_add_watch": Call(
        Numbers(254, 27, 292, 317),
        {"res": RESULT, "fd": Fd(0), "path": Path(1, fs=Fs.NAME), "mask": Flags(2, flags.INOTIFY)},
    ),
    "bpf": Call(Numbers(321, 280, 357, 386), {"fd": MADE, "cmd": Command(0, commands.BPF)}),
    "io_uring_setup": Call(everywhere(425), {"res": MADE_NUMBER, "entries": Unsigned(0)}),
    "inotify_rm_watch": Call(Numbers(255, 28, 293, 318), {"res": RESULT, "fd": Fd(0)}),
    "fanotify_init": Call(Numbers(300, 262, 338, 367), {"res": MADE, "flags": Flags(0, flags.FANOTIFY)}),
    "fanotify_mark": Call(
        Numbers(301, 263, arm=368, unread=339),
        {
            "res": RESULT,
            "fd": Fd(0),
            "path": Path(4, base=3, fs=Fs.NAME),
            "dirfd": Folder(3),
            "flags": Flags(1, flags.FANOTIFY_MARK),
            "mask": Flags(2, flags.FANOTIFY_EVENTS, mask=LONG),
        },
    ),
    "perf_event_open": Call(
        Numbers(298, 241, 336, 364),
        {"res": MADE, "pid": Int(1), "cpu": Int(2), "flags": Flags(4, flags.PERF)},
    ),
    "io_uring_enter": Call(
        everywhere(426),
        {
            "res": RESULT,
            "fd": RingFd(0, said=3, registered=flags.REGISTERED_RING),
            "to_submit": Unsigned(1),
            "min_complete": Unsigned(2),
            "flags": Flags(3, flags.IO_URING_ENTER),
        },
        hot=True,
    ),
    "io_uring_register": Call(
        everywhere(427),
        {
            "res": RESULT,
            "fd": RingFd(0, said=1, registered=commands.USE_REGISTERED_RING),
            "opcode": Command(1, commands.IO_URING_REGISTER, mask=commands.USE_REGISTERED_RING - 1),
            "arg": Long(2, b"%X"),
            "nr_args": Unsigned(3),
        },
    ),
    "close_range": Call(
        everywhere(436),
        {
            "res": RESULT,
            "first": Unsigned(0),
            "last": Unsigned(1),
            "flags": Flags(2, flags.CLOSE_RANGE),
        },
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""Waiting for descriptors, events, timers, signals and other threads, and the descriptors made for it."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    MADE,
    MADE_NUMBER,
    RESULT,
    Command,
    Descriptor,
    Fd,
    Flags,
    Int,
    Long,
    Number,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "eventfd": Call(Numbers(284, None, 323, 351), {"res": MADE, "initval": Number(0)}),
    "eventfd2": Call(
        Numbers(290, 19, 328, 356), {"res": MADE, "flags": Flags(1, flags.EVENTFD), "initval": Number(0)}
    ),
    "signalfd": Call(Numbers(282, None, 321, 349), {"res": MADE, "fd": Descriptor(0)}),
    "signalfd4": Call(
        Numbers(289, 74, 327, 355),
        {"res": MADE, "flags": Flags(3, flags.NEW_DESCRIPTOR), "fd": Descriptor(0)},
    ),
    "timerfd_create": Call(
        Numbers(283, 85, 322, 350),
        {"res": MADE, "clockid": Int(0), "flags": Flags(1, flags.NEW_DESCRIPTOR)},
    ),
    "timerfd_settime": Call(
        Numbers(286, 86, (325, 411), (353, 411)),
        {"res": RESULT, "fd": Fd(0), "flags": Flags(1, flags.TIMERFD)},
    ),
    "timerfd_gettime": Call(Numbers(287, 87, (326, 410), (354, 410)), {"res": RESULT, "fd": Fd(0)}),
    "epoll_create": Call(Numbers(213, None, 254, 250), {"res": MADE_NUMBER, "size": Int(0)}),
    "epoll_create1": Call(Numbers(291, 20, 329, 357), {"res": MADE_NUMBER, "flags": Flags(0, flags.EPOLL)}),
    "epoll_ctl": Call(
        Numbers(233, 21, 255, 251),
        {"res": RESULT, "epfd": Fd(0), "op": Command(1, commands.EPOLL), "fd": Descriptor(2)},
        hot=True,
    ),
    "epoll_wait": Call(Numbers(232, None, 256, 252), {"res": RESULT, "maxevents": Int(2)}, hot=True),
    "epoll_pwait": Call(Numbers(281, 22, 319, 346), {"res": RESULT, "maxevents": Int(2)}, hot=True),
    "epoll_pwait2": Call(everywhere(441), {"res": RESULT, "maxevents": Int(2)}, hot=True),
    "poll": Call(
        Numbers(7, None, 168, 168), {"res": RESULT, "timeout": Int(2), "nfds": Unsigned(1)}, hot=True
    ),
    "ppoll": Call(Numbers(271, 73, (309, 414), (336, 414)), {"res": RESULT, "nfds": Unsigned(1)}, hot=True),
    "select": Call(Numbers(23, None, 142, 142, unread=82), {"res": RESULT, "nfds": Unsigned(0)}, hot=True),
    "pselect6": Call(
        Numbers(270, 72, (308, 413), (335, 413)), {"res": RESULT, "nfds": Unsigned(0)}, hot=True
    ),
    "futex": Call(
        Numbers(202, 98, (240, 422), (240, 422)),
        {"res": RESULT, "addr": Long(0, b"%X"), "op": Command(1, commands.FUTEX), "val": Number(2)},
        hot=True,
    ),
}

# SPDX-License-Identifier: Apache-2.0
"""Sockets and what goes through them."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    MADE,
    RESULT,
    Address,
    AnsweredLength,
    AnsweredOption,
    Command,
    Control,
    Data,
    Ends,
    Fd,
    Flags,
    Int,
    Memory,
    Number,
    OptionValue,
    Queue,
    QueuePart,
    Size,
    SocketOption,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers

CALLS: Final[dict[str, Call]] = {
    "socket": Call(
        Numbers(41, 198, 359, 281, socketcall=1),
        {
            "fd": MADE,
            "domain": Command(0, commands.DOMAINS),
            "type": Number(1, mask=0xFF),
            "proto": Unsigned(2),
            "flags": Flags(1, flags.SOCKET, mask=0xFFFFFF00),
        },
        io_uring=(45,),
    ),
    "socketpair": Call(
        Numbers(53, 199, 360, 288, socketcall=8),
        {
            "res": RESULT,
            "domain": Command(0, commands.DOMAINS),
            "type": Unsigned(1),  # SOCK_CLOEXEC and SOCK_NONBLOCK are in it, since it has no flags beside it
            "proto": Unsigned(2),
        },
    ),
    "bind": Call(
        Numbers(49, 200, 361, 282, socketcall=2),
        {"res": RESULT, "addr": Address(1), "fd": Fd(0)},
        io_uring=(56,),
    ),
    "connect": Call(
        Numbers(42, 203, 362, 283, socketcall=3),
        {"res": RESULT, "tuple": Ends(), "fd": Fd(0), "addr": Address(1)},
        io_uring=(16,),
    ),
    "listen": Call(
        Numbers(50, 201, 363, 284, socketcall=4),
        {"res": RESULT, "fd": Fd(0), "backlog": Int(1)},
        io_uring=(57,),
    ),
    "accept": Call(
        Numbers(43, 202, arm=285, socketcall=5),
        {
            "fd": MADE,
            "tuple": Ends(),
            "queuepct": Queue(0, QueuePart.PERCENT),
            "queuelen": Queue(0, QueuePart.LENGTH),
            "queuemax": Queue(0, QueuePart.MAX_KEPT),
        },
    ),
    "accept4": Call(
        Numbers(288, 242, 364, 366, socketcall=18),
        {
            "fd": MADE,
            "tuple": Ends(),
            "queuepct": Queue(0, QueuePart.PERCENT),
            "queuelen": Queue(0, QueuePart.LENGTH),
            "queuemax": Queue(0, QueuePart.MAX_KEPT),
            "flags": Unsigned(3, b"%X"),
        },
        io_uring=(13,),
    ),
    "shutdown": Call(
        Numbers(48, 210, 373, 293, socketcall=13),
        {"res": RESULT, "fd": Fd(0), "how": Command(1, commands.SHUTDOWN)},
        io_uring=(34,),
    ),
    "setsockopt": Call(
        Numbers(54, 208, 366, 294, x32=541, socketcall=14),
        {
            "res": RESULT,
            "fd": Fd(0),
            "level": Command(1, commands.SOCKET_LEVELS),
            "optname": SocketOption(2, level=1),
            "val": OptionValue(3, given=True),
            "optlen": Unsigned(4),
        },
    ),
    "sendto": Call(
        Numbers(44, 206, 369, (289, 290), socketcall=(9, 11)),
        {"res": RESULT, "data": Data(1, given=True), "fd": Fd(0), "size": Unsigned(2), "tuple": Ends(4)},
        io_uring=(26, 47),
    ),
    "sendmsg": Call(
        Numbers(46, 211, 370, 296, x32=518, socketcall=16),
        {
            "res": RESULT,
            "data": Data(1, Memory.MESSAGE, given=True),
            "fd": Fd(0),
            "size": Size(),
            "tuple": Ends(),
        },
        io_uring=(9, 48),
    ),
    "sendmmsg": Call(
        Numbers(307, 269, 345, 374, x32=538, socketcall=20),
        {
            "res": RESULT,
            "fd": Fd(0),
            "size": Size(),
            "data": Data(1, Memory.MESSAGES, given=True),
            "tuple": Ends(),
        },
    ),
    "recvfrom": Call(
        Numbers(45, 207, 371, (291, 292), x32=517, socketcall=(10, 12)),
        {"res": RESULT, "data": Data(1), "tuple": Ends(4), "fd": Fd(0), "size": Unsigned(2)},
        io_uring=(27,),
    ),
    "recvmsg": Call(
        Numbers(47, 212, 372, 297, x32=519, socketcall=17),
        {
            "res": RESULT,
            "size": Size(),
            "data": Data(1, Memory.MESSAGE),
            "tuple": Ends(),
            "msgcontrol": Control(),
            "fd": Fd(0),
        },
        io_uring=(10,),
    ),
    "recvmmsg": Call(
        Numbers(299, 243, (337, 417), (365, 417), x32=537, socketcall=19),
        {
            "res": RESULT,
            "fd": Fd(0),
            "size": Size(),
            "data": Data(1, Memory.MESSAGES),
            "tuple": Ends(),
            "msgcontrol": Control(),
        },
    ),
    "getsockopt": Call(
        Numbers(55, 209, 365, 295, x32=542, socketcall=15),
        {
            "res": RESULT,
            "fd": Fd(0),
            "level": Command(1, commands.SOCKET_LEVELS),
            "optname": SocketOption(2, level=1),
            "val": AnsweredOption(3),
            "optlen": AnsweredLength(),
        },
    ),
    "getsockname": Call(Numbers(51, 204, 367, 286, socketcall=6), {"res": RESULT, "fd": Fd(0)}),
    "getpeername": Call(Numbers(52, 205, 368, 287, socketcall=7), {"res": RESULT, "fd": Fd(0)}),
}

# SPDX-License-Identifier: Apache-2.0
"""What a process does to itself and to others: namespaces, tracing, signals, memory of others."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    INT,
    MADE,
    RESULT,
    Command,
    Descriptor,
    Fd,
    Flags,
    Int,
    Long,
    Number,
    OptionName,
    OptionNumber,
    Signal,
    String,
    TracedData,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "setns": Call(Numbers(308, 268, 346, 375), {"res": RESULT, "fd": Fd(0), "nstype": Flags(1, flags.CLONE)}),
    "unshare": Call(Numbers(272, 97, 310, 337), {"res": RESULT, "flags": Flags(0, flags.CLONE)}, before=True),
    "ptrace": Call(
        Numbers(101, 117, 26, 26, x32=521),
        {
            "res": RESULT,
            "addr": Long(2, b"%X"),
            "data": TracedData(3, request=0),
            "request": Command(0, commands.PTRACE),
            "pid": Int(1),
        },
    ),
    "prctl": Call(
        Numbers(157, 167, 172, 172),
        {
            "res": RESULT,
            "option": Command(0, commands.PRCTL),
            "arg2_str": OptionName(1, option=0, about=commands.PROCESS_NAME),
            "arg2_int": OptionNumber(1, option=0, about=commands.PROCESS_NAME),
        },
    ),
    "seccomp": Call(
        Numbers(317, 277, 354, 383), {"res": RESULT, "op": Number(0), "flags": Flags(1, flags.SECCOMP)}
    ),
    "keyctl": Call(
        Numbers(250, 219, 288, 311),
        {
            "res": RESULT,
            "operation": Command(0, commands.KEYCTL),
            "arg2_str": OptionName(1, option=0, about=commands.KEYRING_NAME),
            "arg2_int": OptionNumber(1, option=0, about=commands.KEYRING_NAME),
        },
    ),
    "kill": Call(Numbers(62, 129, 37, 37), {"res": RESULT, "pid": Int(0), "sig": Signal(1)}),
    "tkill": Call(Numbers(200, 130, 238, 238), {"res": RESULT, "tid": Int(0), "sig": Signal(1)}),
    "tgkill": Call(
        Numbers(234, 131, 270, 268), {"res": RESULT, "pid": Int(0), "tid": Int(1), "sig": Signal(2)}
    ),
    "rt_sigqueueinfo": Call(
        Numbers(129, 138, 178, 178, x32=524), {"res": RESULT, "pid": Int(0), "sig": Signal(1)}
    ),
    "rt_tgsigqueueinfo": Call(
        Numbers(297, 240, 335, 363, x32=536), {"res": RESULT, "pid": Int(0), "tid": Int(1), "sig": Signal(2)}
    ),
    "pidfd_send_signal": Call(everywhere(424), {"res": RESULT, "fd": Fd(0), "sig": Signal(1)}),
    "pidfd_open": Call(everywhere(434), {"fd": MADE, "pid": Int(0), "flags": Flags(1, flags.PIDFD)}),
    "pidfd_getfd": Call(
        everywhere(438),
        {"fd": MADE, "pid_fd": Descriptor(0), "target_fd": Descriptor(1), "flags": Unsigned(2, b"%X")},
    ),
    "process_vm_readv": Call(Numbers(310, 270, 347, 376, x32=539), {"res": RESULT, "pid": Int(0)}),
    "process_vm_writev": Call(Numbers(311, 271, 348, 377, x32=540), {"res": RESULT, "pid": Int(0)}),
    "landlock_create_ruleset": Call(
        everywhere(444), {"res": RESULT, "size": Long(1), "flags": Flags(2, flags.LANDLOCK)}
    ),
    "landlock_add_rule": Call(
        everywhere(445),
        {"res": RESULT, "fd": Fd(0), "type": Command(1, commands.LANDLOCK_RULES), "flags": Unsigned(3)},
    ),
    "landlock_restrict_self": Call(
        everywhere(446), {"res": RESULT, "fd": Fd(0), "flags": Flags(1, flags.LANDLOCK_RESTRICT)}
    ),
    "add_key": Call(Numbers(248, 217, 286, 309), {"res": RESULT, "desc": String(1)}),
    "request_key": Call(Numbers(249, 218, 287, 310), {"res": RESULT, "desc": String(1)}),
    "personality": Call(
        Numbers(135, 92, 136, 136), {"res": RESULT, "flags": Flags(0, flags.PERSONALITY, query=INT)}
    ),
    "setrlimit": Call(Numbers(160, 164, 75, 75), {"res": RESULT, "resource": Command(0, commands.LIMITS)}),
    "prlimit": Call(
        Numbers(302, 261, 340, 369), {"res": RESULT, "pid": Int(0), "resource": Command(1, commands.LIMITS)}
    ),
    "setpriority": Call(Numbers(141, 140, 97, 97), {"res": RESULT, "who": Int(1), "prio": Int(2)}),
    "sched_setscheduler": Call(Numbers(144, 119, 156, 156), {"res": RESULT, "pid": Int(0)}),
    "sched_setaffinity": Call(Numbers(203, 122, 241, 241), {"res": RESULT, "pid": Int(0)}),
    "kcmp": Call(Numbers(312, 272, 349, 378), {"res": RESULT, "pid": Int(0)}),
}

# SPDX-License-Identifier: Apache-2.0
"""What is of the whole machine: its end, swap, name, clock, log, ports, quotas."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.arguments import (
    RESULT,
    Command,
    Data,
    Fd,
    Flags,
    Fs,
    Long,
    Path,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers, everywhere

CALLS: Final[dict[str, Call]] = {
    "reboot": Call(Numbers(169, 142, 88, 88), {"res": RESULT, "cmd": Command(2, commands.REBOOT)}),
    "swapon": Call(
        Numbers(167, 224, 87, 87), {"res": RESULT, "path": Path(0, fs=Fs.NAME), "flags": Flags(1, flags.SWAP)}
    ),
    "swapoff": Call(Numbers(168, 225, 115, 115), {"res": RESULT, "path": Path(0, fs=Fs.NAME)}),
    "acct": Call(Numbers(163, 89, 51, 51), {"res": RESULT, "name": Path(0, fs=Fs.NAME)}),
    "sethostname": Call(Numbers(170, 161, 74, 74), {"res": RESULT, "hostname": Data(0, given=True)}),
    "setdomainname": Call(Numbers(171, 162, 121, 121), {"res": RESULT, "value": Data(0, given=True)}),
    "settimeofday": Call(Numbers(164, 170, 79, 79), {"res": RESULT}),
    "clock_settime": Call(Numbers(227, 112, (264, 404), (262, 404)), {"res": RESULT}),
    "adjtimex": Call(Numbers(159, 171, 124, 124), {"res": RESULT}),
    "clock_adjtime": Call(Numbers(305, 266, (343, 405), (372, 405)), {"res": RESULT}),
    "syslog": Call(Numbers(103, 116, 103, 103), {"res": RESULT, "type": Command(0, commands.SYSLOG)}),
    "iopl": Call(Numbers(172, None, 110), {"res": RESULT, "level": Unsigned(0)}),
    "ioperm": Call(Numbers(173, None, 101), {"res": RESULT, "start": Long(0), "length": Long(1)}),
    "quotactl": Call(
        Numbers(179, 60, 131, 131),
        {
            "res": RESULT,
            "special": Path(1, fs=Fs.NAME),
            "cmd": Command(0, commands.QUOTA, commands.QUOTA_MASK, commands.QUOTA_SHIFT),
            "type": Command(0, commands.QUOTA_TYPES, mask=0xFF),
            "id": Unsigned(2),
        },
    ),
    "quotactl_fd": Call(
        everywhere(443),
        {
            "res": RESULT,
            "fd": Fd(0),
            "cmd": Command(1, commands.QUOTA, commands.QUOTA_MASK, commands.QUOTA_SHIFT),
            "type": Command(1, commands.QUOTA_TYPES, mask=0xFF),
            "id": Unsigned(2),
        },
    ),
}

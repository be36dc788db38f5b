# SPDX-License-Identifier: Apache-2.0
"""Who a process is: users, groups, capabilities, session."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls.arguments import (
    RESULT,
    Capabilities,
    Gid,
    Int,
    Uid,
    Unsigned,
)
from lanner_engine.syscalls.call import Call, Numbers

CALLS: Final[dict[str, Call]] = {
    "setuid": Call(Numbers(105, 146, (23, 213), (23, 213)), {"res": RESULT, "uid": Uid(0)}),
    "setgid": Call(Numbers(106, 144, (46, 214), (46, 214)), {"res": RESULT, "gid": Gid(0)}),
    "setreuid": Call(
        Numbers(113, 145, (70, 203), (70, 203)), {"res": RESULT, "ruid": Uid(0), "euid": Uid(1)}
    ),
    "setregid": Call(
        Numbers(114, 143, (71, 204), (71, 204)), {"res": RESULT, "rgid": Gid(0), "egid": Gid(1)}
    ),
    "setresuid": Call(
        Numbers(117, 147, (164, 208), (164, 208)),
        {"res": RESULT, "ruid": Uid(0), "euid": Uid(1), "suid": Uid(2)},
    ),
    "setresgid": Call(
        Numbers(119, 149, (170, 210), (170, 210)),
        {"res": RESULT, "rgid": Gid(0), "egid": Gid(1), "sgid": Gid(2)},
    ),
    "setfsuid": Call(Numbers(122, 151, (138, 215), (138, 215)), {"res": RESULT, "uid": Uid(0)}),
    "setfsgid": Call(Numbers(123, 152, (139, 216), (139, 216)), {"res": RESULT, "gid": Gid(0)}),
    "capset": Call(
        Numbers(126, 91, 185, 185),
        {
            "res": RESULT,
            "cap_inheritable": Capabilities.INHERITABLE,
            "cap_permitted": Capabilities.PERMITTED,
            "cap_effective": Capabilities.EFFECTIVE,
        },
    ),
    "setsid": Call(Numbers(112, 157, 66, 66), {"res": RESULT}),
    "setpgid": Call(Numbers(109, 154, 57, 57), {"res": RESULT, "pid": Int(0), "pgid": Int(1)}),
    "setgroups": Call(Numbers(116, 159, (81, 206), (81, 206)), {"res": RESULT, "size": Unsigned(0)}),
}

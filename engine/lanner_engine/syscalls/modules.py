# SPDX-License-Identifier: Apache-2.0
"""Code that becomes part of the kernel, or its successor."""

from __future__ import annotations

from typing import Final

from lanner_engine.syscalls import flags
from lanner_engine.syscalls.arguments import RESULT, Data, Fd, Flags, Long, String
from lanner_engine.syscalls.call import Call, Numbers

CALLS: Final[dict[str, Call]] = {
    "init_module": Call(
        Numbers(175, 105, 128, 128),
        {"res": RESULT, "img": Data(0, given=True), "length": Long(1), "uargs": String(2)},
    ),
    "finit_module": Call(
        Numbers(313, 273, 350, 379),
        {"res": RESULT, "fd": Fd(0), "uargs": String(1), "flags": Flags(2, flags.MODULE)},
    ),
    "delete_module": Call(
        Numbers(176, 106, 129, 129),
        {"res": RESULT, "name": String(0), "flags": Flags(1, flags.DELETE_MODULE)},
    ),
    "kexec_load": Call(Numbers(246, 104, 283, 347, x32=528), {"res": RESULT, "flags": Flags(3, flags.KEXEC)}),
    "kexec_file_load": Call(
        Numbers(320, 294, arm=401),
        {"res": RESULT, "fd": Fd(0), "uargs": String(3), "flags": Flags(4, flags.KEXEC_FILE)},
    ),
}

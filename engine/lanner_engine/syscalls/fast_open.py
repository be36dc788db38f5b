# SPDX-License-Identifier: Apache-2.0
"""TCP fast open: a send that makes the connection itself, without a connect before it. Which calls can, and
by which bit of which argument (tcp(7), include/linux/socket.h).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MSG_FASTOPEN: Final = 0x20000000
# Of each call the argument that is its flags. Those in a struct msghdr that is sent do not count.
FLAGS: Final = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}


def is_asked(event_type: str, arguments: Sequence[int]) -> bool:
    """Whether one of these calls with these arguments asks for it, whatever its socket is."""
    return bool(arguments[FLAGS[event_type]] & MSG_FASTOPEN)

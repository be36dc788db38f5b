# SPDX-License-Identifier: Apache-2.0
"""The name of a unix socket: the path or abstract name that it or its peer is bound to in the kernel, or the
address of the call where the kernel has none.

A client may bind its own socket to any name first; a connect still shows the name of the server.
"""

from __future__ import annotations

import socket
from typing import Final

from lanner_agent.decode.sockets import family
from lanner_engine.fields.tables.socket_kinds import SENDING

_PATH_AT: Final = 2  # in struct sockaddr_un


def name(event_type: str, socket_type: int, bound: tuple[bytes, bytes], address: bytes) -> bytes:
    """A path, or @ and an abstract name; empty where there is none. `bound`: the socket's own and its
    peer's; `address`: the struct sockaddr of the call, empty unless it was given or answered.
    """
    own, peer = bound
    given = address[_PATH_AT:] if family(address) == socket.AF_UNIX else b""
    if event_type == "connect":
        found = peer or given
    elif event_type in SENDING and socket_type == socket.SOCK_DGRAM:
        found = given or peer or own
    else:
        found = own or peer or given
    return found.replace(b"\0", b"@", 1) if found[:1] == b"\0" else found.partition(b"\0")[0]

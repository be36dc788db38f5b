# SPDX-License-Identifier: Apache-2.0
"""Sockets by number: what the language calls families and protocols, and which end of a connection calls are
made by. The agent decodes by these, and index/sockets asks by them.
"""

from __future__ import annotations

from typing import Final

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
FAMILIES: Final[dict[int, tuple[bytes, bytes]]] = {  # typechar and type
    AF_INET: (b"4", b"ipv4"),
    AF_INET6: (b"6", b"ipv6"),
    AF_UNIX: (b"u", b"unix"),
    AF_NETLINK: (b"n", b"netlink"),
}
PROTOCOLS: Final = {6: b"tcp", 17: b"udp", 1: b"icmp", 58: b"icmp"}
TCP: Final = frozenset({6, 262})  # and MPTCP, which is TCP to the other end
RAW: Final = b"raw"
NO_PROTOCOL: Final = b"<NA>"

# Which end the process is, by what it does; others are told by their ports.
CALLING: Final = frozenset({"connect"})
CALLED: Final = frozenset({"accept", "accept4", "listen", "bind"})
SENDING: Final = frozenset({"sendto", "sendmsg", "sendmmsg"})  # calling where there is no connection

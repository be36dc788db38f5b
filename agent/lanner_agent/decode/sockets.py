# SPDX-License-Identifier: Apache-2.0
"""The two ends of a socket: from struct sock, and from the address of a call where struct sock has none.
Called by call_descriptor; what comes out is the engine's Socket, and its form as text.

An IPv4 address inside IPv6 is read as IPv4: the packets are.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Final

from lanner_agent.decode.layout import SocketFacts
from lanner_engine.fields.facts import Endpoint, Socket

_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
_IPV4: Final = 4
_PROTOCOLS: Final = {
    socket.IPPROTO_TCP: b"tcp",
    socket.IPPROTO_UDP: b"udp",
    socket.IPPROTO_ICMP: b"icmp",
    socket.IPPROTO_ICMPV6: b"icmp",
}
# include/net/tcp_states.h: established, also once one side said that it is done (FIN_WAIT1, FIN_WAIT2,
# CLOSE_WAIT). Connected datagram sockets are "established" too.
_CONNECTED: Final = frozenset({1, 4, 5, 8})
_LISTENING: Final = 10
_FAMILIES: Final = frozenset({int(socket.AF_INET), int(socket.AF_INET6)})
_read_ipv4 = struct.Struct(">2xH4s").unpack_from
_read_ipv6 = struct.Struct(">2xH4x16s").unpack_from
_read_family = struct.Struct("=H").unpack_from
_SIZES: Final = {int(socket.AF_INET): 8, int(socket.AF_INET6): 24}

# Which end the process is, by what it does; others are told by their ports.
_CALLERS: Final = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
_CALLED: Final = frozenset({"accept", "accept4", "listen", "bind"})


def made(facts: SocketFacts, address: bytes, event_type: str) -> Socket | None:
    """The socket of a call; None for what is no IP socket. `address`: the struct sockaddr of the call."""
    if facts.family not in _FAMILIES:
        return None
    local = _end(facts.family, facts.local, facts.local_port)
    remote = _end(facts.family, facts.remote, facts.remote_port)
    other = None
    if not facts.remote_port and event_type != "bind":
        other = remote = parse(address)
    if facts.state == _LISTENING and event_type not in _CALLERS:
        remote = None
    return Socket(
        l4proto=_protocol(facts),
        local=local,
        remote=remote,
        is_server=_is_server(event_type, local, remote, other is not None),
        connected=facts.state in _CONNECTED,
        name_changed=other is not None,
    )


def parse(address: bytes) -> Endpoint | None:
    """The end that a struct sockaddr names; None for other families and for what is too short."""
    if len(address) < _read_family.__self__.size:  # type: ignore[attr-defined]
        return None
    (family,) = _read_family(address)
    if len(address) < _SIZES.get(family, len(address) + 1):
        return None
    port, ip = (_read_ipv4 if family == socket.AF_INET else _read_ipv6)(address)
    return Endpoint(_unmapped(ip), port)


def tuple_text(ends: Socket) -> bytes:
    """`client:port->server:port`; of a socket without another end its own."""
    if ends.remote is None:
        return b"" if ends.local is None else end_text(ends.local)
    if ends.local is None:
        return end_text(ends.remote)
    first, second = (ends.remote, ends.local) if ends.is_server else (ends.local, ends.remote)
    return b"%s->%s" % (end_text(first), end_text(second))


def end_text(end: Endpoint) -> bytes:
    return b"%s:%d" % (str(ipaddress.ip_address(end.ip)).encode(), end.port)


def _end(family: int, address: bytes, port: int) -> Endpoint | None:
    """Ports come in the network's order."""
    ip = address[:_IPV4] if family == socket.AF_INET else _unmapped(address)
    number = socket.ntohs(port)
    return Endpoint(ip, number) if number else None


def _unmapped(ip: bytes) -> bytes:
    return ip[-_IPV4:] if ip.startswith(_MAPPED) else ip


def _protocol(facts: SocketFacts) -> bytes:
    return b"raw" if facts.type == socket.SOCK_RAW else _PROTOCOLS.get(facts.protocol, b"<NA>")


def _is_server(
    event_type: str, local: Endpoint | None, remote: Endpoint | None, unconnected: bool
) -> bool | None:
    """The caller is the client: who connects, who sends without a connection. Where nothing tells who called,
    the lower port is the server's.
    """
    if event_type == "connect" or (unconnected and event_type in _CALLERS):
        return False
    if event_type in _CALLED or (unconnected and event_type not in _CALLERS):
        return True
    if local is None or remote is None:
        return None if local is None and remote is None else remote is None
    return local.port < remote.port

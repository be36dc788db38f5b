# SPDX-License-Identifier: Apache-2.0
"""The two ends of a socket: from struct sock, and from the address of a call where struct sock has none. What
comes out is the engine's Socket, and its form as text.

Where a call has both, struct sock counts, except where it is not about this call: a datagram goes to the
address that the call gives even if its socket is connected elsewhere, and a connect that failed leaves the
earlier peer in place. An IPv4 address inside IPv6 is read as IPv4: the packets are.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Final

from lanner_agent.kernel.record_layout import SocketFacts
from lanner_engine.fields.model import Endpoint, Socket
from lanner_engine.fields.tables import socket_kinds

_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
_IPV4: Final = 4
# include/net/tcp_states.h: established, also once one side said that it is done (FIN_WAIT1, FIN_WAIT2,
# CLOSE_WAIT). Connected datagram sockets are "established" too.
_CONNECTED: Final = frozenset({1, 4, 5, 8})
_LISTENING: Final = 10
_DATAGRAMS: Final = frozenset({int(socket.SOCK_DGRAM), int(socket.SOCK_RAW)})
_FAMILIES: Final = frozenset({int(socket.AF_INET), int(socket.AF_INET6)})
_read_ipv4 = struct.Struct(">2xH4s").unpack_from
_read_ipv6 = struct.Struct(">2xH4x16s").unpack_from
_FAMILY: Final = struct.Struct("=H")
_FAMILY_SIZE: Final = _FAMILY.size
_read_family = _FAMILY.unpack_from
_SIZES: Final = {int(socket.AF_INET): 8, int(socket.AF_INET6): 24}

_CALLERS: Final = socket_kinds.SENDING | socket_kinds.CALLING


def made(
    facts: SocketFacts, address: bytes, event_type: str, failed: bool, *, connects: bool
) -> Socket | None:
    """The socket of a call; None for what is no IP socket. `address`: the struct sockaddr of the call;
    `connects`: it asks for a connection.
    """
    if facts.family not in _FAMILIES:
        return None
    local = _end(facts.family, facts.local, facts.local_port)
    remote = _remote(facts)
    other = _given(facts, address, event_type, failed)
    if other is not None:
        remote = other
    if facts.state == _LISTENING and event_type not in _CALLERS:
        remote = None
    return Socket(
        l4proto=_protocol(facts),
        local=local,
        remote=remote,
        is_server=not connects and _is_server(event_type, local, remote, other is not None, facts),
        connected=facts.state in _CONNECTED,
        name_changed=other is not None or (event_type == "connect" and not failed and _is_datagram(facts)),
    )


def is_tcp(facts: SocketFacts) -> bool:
    """By whatever family of addresses."""
    stream = facts.type == socket.SOCK_STREAM and facts.family in _FAMILIES
    return stream and facts.protocol in socket_kinds.TCP


def family(address: bytes) -> int:
    """AF_* of a struct sockaddr, AF_UNSPEC for what is too short."""
    return int(_read_family(address)[0]) if len(address) >= _FAMILY_SIZE else int(socket.AF_UNSPEC)


def parse(address: bytes, unspecified: int = socket.AF_UNSPEC) -> Endpoint | None:
    """The end that a struct sockaddr names; None for other families and for what is too short.
    `unspecified`: the family that AF_UNSPEC stands for.
    """
    found = family(address) or unspecified
    if len(address) < _SIZES.get(found, len(address) + 1):
        return None
    port, ip = (_read_ipv4 if found == socket.AF_INET else _read_ipv6)(address)
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


def _given(facts: SocketFacts, address: bytes, event_type: str, failed: bool) -> Endpoint | None:
    """The other end by the call's address, where that is the one that counts."""
    if event_type == "bind":
        return None
    datagram = _is_datagram(facts)
    sent = datagram and event_type in socket_kinds.SENDING
    if not (sent or not facts.remote_port or (datagram and failed and event_type == "connect")):
        return None
    # udp_sendmsg() and raw_sendmsg() of IPv4 take AF_UNSPEC for AF_INET
    unspecified = facts.family if sent and facts.family == socket.AF_INET else socket.AF_UNSPEC
    return parse(address, unspecified)


def _is_datagram(facts: SocketFacts) -> bool:
    """What may be connected again and again, to one peer after another."""
    return facts.type in _DATAGRAMS


def _remote(facts: SocketFacts) -> Endpoint | None:
    """Raw sockets have peers without ports."""
    if facts.type == socket.SOCK_RAW and not facts.remote_port and any(facts.remote):
        ip = facts.remote[:_IPV4] if facts.family == socket.AF_INET else _unmapped(facts.remote)
        return Endpoint(ip, 0)
    return _end(facts.family, facts.remote, facts.remote_port)


def _end(of: int, address: bytes, port: int) -> Endpoint | None:
    """Ports come in the network's order."""
    ip = address[:_IPV4] if of == socket.AF_INET else _unmapped(address)
    number = socket.ntohs(port)
    return Endpoint(ip, number) if number else None


def _unmapped(ip: bytes) -> bytes:
    return ip[-_IPV4:] if ip.startswith(_MAPPED) else ip


def _protocol(facts: SocketFacts) -> bytes:
    if facts.type == socket.SOCK_RAW:
        return socket_kinds.RAW
    return socket_kinds.PROTOCOLS.get(facts.protocol, socket_kinds.NO_PROTOCOL)


def _only_calls(facts: SocketFacts) -> bool:
    """Whether a TCP socket was bound to its port itself, as those that a listener makes are not; whether a
    datagram socket was not, so that no peer could know its port before it sent.
    """
    return facts.type == (socket.SOCK_STREAM if facts.bound else socket.SOCK_DGRAM)


def _is_server(
    event_type: str, local: Endpoint | None, remote: Endpoint | None, unconnected: bool, facts: SocketFacts
) -> bool | None:
    """The caller is the client: who sends without a connection, who is connected by a socket that only calls.
    Where nothing tells who called, the lower port is the server's.
    """
    if unconnected and event_type in _CALLERS:
        return False
    if event_type in socket_kinds.CALLED or (unconnected and event_type not in _CALLERS):
        return True
    if local is None or remote is None:
        return None if local is None and remote is None else remote is None
    return not _only_calls(facts) and local.port < remote.port

# SPDX-License-Identifier: Apache-2.0
"""Readings of the socket an event is about: its ends by place and by role.

Absent is None: for events without descriptor, and for what is no IP socket (specification 3.3).
"""

from __future__ import annotations

from lanner_engine.fields import services
from lanner_engine.fields.model import Descriptor, Endpoint, Event
from lanner_engine.fields.tables.socket_kinds import NO_PROTOCOL

_FAMILIES = {b"4": b"ip", b"6": b"ip", b"u": b"unix"}
_ALL_IPV4, _ALL_IPV6 = bytes(4), bytes(16)


def local(fd: Descriptor | None) -> Endpoint | None:
    socket = None if fd is None else fd.socket
    return None if socket is None else socket.local


def remote(fd: Descriptor | None) -> Endpoint | None:
    socket = None if fd is None else fd.socket
    return None if socket is None else socket.remote


def server(fd: Descriptor | None) -> Endpoint | None:
    """The end that was called; of a listening socket its own."""
    socket = None if fd is None else fd.socket
    if socket is None or socket.is_server is None:
        return None
    return socket.local if socket.is_server else socket.remote


def client(fd: Descriptor | None) -> Endpoint | None:
    socket = None if fd is None else fd.socket
    if socket is None or socket.is_server is None:
        return None
    return socket.remote if socket.is_server else socket.local


def ips(fd: Descriptor | None) -> tuple[bytes, ...] | None:
    """The addresses of both ends, of a listening socket one; `::` takes what 0.0.0.0 takes, and is both."""
    found = addresses(fd)
    return found if found is None or _ALL_IPV6 not in found else (*found, _ALL_IPV4)


def addresses(fd: Descriptor | None) -> tuple[bytes, ...] | None:
    """Each end's own, for networks: those of one family hold none of the other."""
    ends = _ends(fd)
    return None if ends is None else tuple(end.ip for end in ends)


def ports(fd: Descriptor | None) -> tuple[int, ...] | None:
    ends = _ends(fd)
    return None if ends is None else tuple(end.port for end in ends)


def _ends(fd: Descriptor | None) -> list[Endpoint] | None:
    socket = None if fd is None else fd.socket
    if socket is None:
        return None
    return [end for end in (socket.local, socket.remote) if end is not None] or None


def ip(end: Endpoint | None) -> bytes | None:
    return None if end is None else end.ip


def port(end: Endpoint | None) -> int | None:
    return None if end is None else end.port


def names(end: Endpoint | None, event: Event) -> tuple[bytes, ...] | None:
    """The names in rules whose hosts have its address; absent when there is none."""
    return None if end is None else event.names_of(end.ip) or None


def service(end: Endpoint | None) -> bytes | None:
    """The name of its port's service."""
    return None if end is None else services.name(end.port)


def l4proto(fd: Descriptor) -> bytes | None:
    """tcp, udp, icmp, raw; the text <NA>, a value and not absence, for what is no IP socket."""
    return (None if _none(fd) else NO_PROTOCOL) if fd.socket is None else fd.socket.l4proto


def family(fd: Descriptor) -> bytes | None:
    """ip or unix; a userfaultfd has a unix socket's letter."""
    return None if fd.type == b"userfaultfd" else _FAMILIES.get(fd.typechar)


def is_server(fd: Descriptor) -> bool | None:
    return None if _none(fd) else fd.socket is not None and fd.socket.is_server is True


def connected(fd: Descriptor) -> bool | None:
    return None if _none(fd) else fd.socket is not None and fd.socket.connected


def name_changed(fd: Descriptor) -> bool | None:
    return None if _none(fd) else fd.socket is not None and fd.socket.name_changed


def _none(fd: Descriptor) -> bool:
    """What was to be made, or to be used, is not there: a failed open, the working directory."""
    return fd.num < 0 and fd.socket is None

# SPDX-License-Identifier: Apache-2.0
"""Each call on sockets, once so that it works and once so that it fails, with every parameter compared."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.calling import call
from tests.kernel.conftest import Watch

LOOPBACK = "127.0.0.1"
SERVER, CLIENT, UNIX, RECEIVER = 120, 121, 122, 123
_open: list[socket.socket] = []


def make(number: int, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A socket under this number."""
    made = socket.socket(family, kind)
    os.dup2(made.fileno(), number)
    made.close()
    _open.append(socket.socket(fileno=number))
    return _open[-1]


def local(event: Event) -> bytes:
    """`ip:port` of the event's own end."""
    assert event.fd is not None
    assert event.fd.socket is not None
    assert event.fd.socket.local is not None
    return b"127.0.0.1:%d" % event.fd.socket.local.port


def seen(watch: Watch, work: object, *types: str) -> list[Event]:
    return [one for one in watch.of(work, *types) if isinstance(one, Event)]  # type: ignore[arg-type]


def test_socket(watch: Watch) -> None:
    def work() -> None:
        call("socket", socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0)
        call("socket", socket.AF_INET, 99, 0)

    works, fails = seen(watch, work, "socket")
    assert dict(works.arguments) == {
        "fd": b"<6u>",
        "domain": b"AF_INET6",
        "type": b"2",
        "proto": b"0",
        "flags": b"SOCK_NONBLOCK",
    }
    assert dict(fails.arguments) == {
        "fd": b"EINVAL",
        "domain": b"AF_INET",
        "type": b"99",
        "proto": b"0",
        "flags": b"0",
    }


def test_socketpair(watch: Watch) -> None:
    def work() -> None:
        socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        call("socketpair", socket.AF_INET, socket.SOCK_STREAM, 0, bytes(8))

    works, fails = seen(watch, work, "socketpair")
    asked = b"%d" % (socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)  # as Python does
    assert dict(works.arguments) == {
        "res": b"0",
        "domain": b"AF_LOCAL|AF_UNIX",
        "type": asked,
        "proto": b"0",
    }
    assert dict(fails.arguments) == {"res": b"EOPNOTSUPP", "domain": b"AF_INET", "type": b"1", "proto": b"0"}


def test_bind_listen_and_shutdown(watch: Watch) -> None:
    def work() -> None:
        server = make(SERVER)
        with contextlib.suppress(OSError):
            server.bind(("192.0.2.1", 80))
        server.bind((LOOPBACK, 0))
        server.listen(7)
        server.shutdown(socket.SHUT_RDWR)
        call("listen", make(CLIENT, kind=socket.SOCK_DGRAM).fileno(), 1)
        call("shutdown", SERVER, 1)

    refused, bound, listens, shut, datagram, again = seen(watch, work, "bind", "listen", "shutdown")
    assert dict(refused.arguments) == {
        "res": b"EADDRNOTAVAIL",
        "addr": b"192.0.2.1:80",
        "fd": refused.arguments["fd"],
    }
    name = b"<4t>" + local(bound)
    assert dict(bound.arguments) == {"res": b"0", "addr": b"127.0.0.1:0", "fd": name}
    assert dict(listens.arguments) == {"res": b"0", "fd": name, "backlog": b"7"}
    assert dict(shut.arguments) == {"res": b"0", "fd": shut.arguments["fd"], "how": b"SHUT_RDWR"}
    assert dict(datagram.arguments) == {"res": b"EOPNOTSUPP", "fd": b"<4u>", "backlog": b"1"}
    assert dict(again.arguments) == {"res": b"ENOTCONN", "fd": again.arguments["fd"], "how": b"SHUT_WR"}
    assert [event.fd and event.fd.num for event in (bound, listens, shut, datagram, again)] == [
        *(SERVER, SERVER, SERVER, CLIENT, SERVER)
    ]


@pytest.mark.parametrize("name", ["accept", "accept4"])
def test_accept_with_those_that_wait_behind(watch: Watch, name: str) -> None:
    flags = (socket.SOCK_NONBLOCK,) if name == "accept4" else ()

    def work() -> None:
        server = make(SERVER)
        server.bind((LOOPBACK, 0))
        server.listen(4)
        server.setblocking(False)
        call(name, SERVER, None, None, *flags)
        clients = [socket.create_connection(server.getsockname()) for _ in range(3)]
        call(name, SERVER, None, None, *flags)
        call(name, clients[0].fileno(), None, None, *flags)

    listening, fails, works, wrong = seen(watch, work, "listen", name)
    extra = {"flags": b"%X" % socket.SOCK_NONBLOCK} if flags else {}
    queue = {"queuepct": b"0", "queuelen": b"0", "queuemax": b"4"}
    assert dict(fails.arguments) == {"fd": b"EAGAIN", "tuple": b"", **queue, **extra}
    tuple_ = works.arguments["tuple"]
    assert tuple_.endswith(b"->" + local(listening))
    waiting = {"queuepct": b"50", "queuelen": b"2", "queuemax": b"4"}
    assert dict(works.arguments) == {"fd": b"<4t>" + tuple_, "tuple": tuple_, **waiting, **extra}
    assert list(works.arguments) == ["fd", "tuple", "queuepct", "queuelen", "queuemax", *extra]
    assert works.raw_arguments["queuelen"] == 2
    assert wrong.arguments["fd"] == b"EINVAL"


def test_connect(watch: Watch) -> None:
    def work() -> None:
        server = make(SERVER)
        server.bind((LOOPBACK, 0))
        server.listen()
        make(CLIENT).connect(server.getsockname())
        call("connect", CLIENT, *address("127.0.0.2", 99))

    listening, works, fails = seen(watch, work, "listen", "connect")
    tuple_ = b"%s->%s" % (local(works), local(listening))
    assert dict(works.arguments) == {
        "res": b"0",
        "tuple": tuple_,
        "fd": b"<4t>" + tuple_,
        "addr": local(listening),
    }
    assert dict(fails.arguments) == {
        "res": b"EISCONN",
        "tuple": fails.arguments["tuple"],
        "fd": fails.arguments["fd"],
        "addr": b"127.0.0.2:99",
    }


def address(ip: str, port: int) -> tuple[bytes, int]:
    """A struct sockaddr_in and its size."""
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H4s8x", port, socket.inet_aton(ip)), 16


def test_sendto_has_its_bytes_also_when_they_went_nowhere(watch: Watch) -> None:
    def work() -> None:
        make(CLIENT, kind=socket.SOCK_DGRAM).sendto(b"a\nb", (LOOPBACK, 5353))
        call("sendto", CLIENT, b"kept at home", 12, 0, *address("127.255.255.255", 9))

    works, fails = seen(watch, work, "sendto")
    to = works.arguments["tuple"]
    assert to.endswith(b"->127.0.0.1:5353")
    assert dict(works.arguments) == {
        "res": b"3",
        "data": b"a.b",
        "fd": b"<4u>" + to,
        "size": b"3",
        "tuple": to,
    }
    assert fails.raw_arguments["data"] == b"kept at home"
    assert dict(fails.arguments) == {
        "res": b"EACCES",
        "data": b"kept at home",
        "fd": fails.arguments["fd"],
        "size": b"12",
        "tuple": fails.arguments["tuple"],
    }


def test_sendmsg_has_the_size_of_all_its_pieces(watch: Watch) -> None:
    pieces = [b"x" * 100] * 40

    def work() -> None:
        one = make(UNIX, socket.AF_UNIX, socket.SOCK_DGRAM)
        one.bind("")
        two = make(CLIENT, socket.AF_UNIX, socket.SOCK_DGRAM)
        two.connect(one.getsockname())
        two.sendmsg(pieces)
        one.close()
        with contextlib.suppress(OSError):
            two.sendmsg([b"to ", b"", b"nobody"])

    works, fails = seen(watch, work, "sendmsg")
    name = works.arguments["tuple"]
    assert name.startswith(b"@")
    assert dict(works.arguments) == {
        "res": b"4000",
        "data": b"x" * 80,
        "fd": b"<u>" + name,
        "size": b"4000",
        "tuple": name,
    }
    assert dict(fails.arguments) == {
        "res": b"ECONNREFUSED",
        "data": b"to nobody",
        "fd": fails.arguments["fd"],
        "size": b"9",
        "tuple": fails.arguments["tuple"],
    }


def test_recvfrom(watch: Watch) -> None:
    def work() -> None:
        receiver = make(RECEIVER, kind=socket.SOCK_DGRAM)
        receiver.bind((LOOPBACK, 0))
        receiver.setblocking(False)
        sender = make(CLIENT, kind=socket.SOCK_DGRAM)
        sender.bind((LOOPBACK, 0))
        sender.sendto(b"hello", receiver.getsockname())
        receiver.recvfrom(77)
        with contextlib.suppress(BlockingIOError):
            receiver.recvfrom(78)

    sent, works, fails = seen(watch, work, "sendto", "recvfrom")
    tuple_ = works.arguments["tuple"]
    assert tuple_ == sent.arguments["tuple"]
    wanted = {"res": b"5", "data": b"hello", "tuple": tuple_, "fd": b"<4u>" + tuple_, "size": b"77"}
    assert dict(works.arguments) == wanted
    assert list(works.arguments) == list(wanted)
    assert dict(fails.arguments) == {
        "res": b"EAGAIN",
        "data": b"",
        "tuple": fails.arguments["tuple"],
        "fd": fails.arguments["fd"],
        "size": b"78",
    }


def test_recvmsg_has_the_descriptors_that_came_with_it(watch: Watch) -> None:
    def work() -> None:
        one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1]))]
        one.sendmsg([b"take ", b"these"], passed)
        two.recvmsg(100, 100)
        two.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            two.recvmsg(100, 100)

    works, fails = seen(watch, work, "recvmsg")
    control = works.raw_arguments["msgcontrol"]
    assert isinstance(control, bytes)
    length, level, kind, first, second = struct.unpack("QIIII", control)
    assert (length, level, kind) == (24, socket.SOL_SOCKET, socket.SCM_RIGHTS)
    assert second > first > 2
    printed = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in control)
    wanted = {"res": b"10", "size": b"10", "data": b"take these", "tuple": b"", "msgcontrol": printed}
    assert dict(works.arguments) == {**wanted, "fd": b"<u>"}
    assert list(works.arguments) == ["res", "size", "data", "tuple", "msgcontrol", "fd"]
    assert dict(fails.arguments) == {
        "res": b"EAGAIN",
        "size": b"0",
        "data": b"",
        "tuple": b"",
        "msgcontrol": b"",
        "fd": b"<u>",
    }

# SPDX-License-Identifier: Apache-2.0
"""Sockets: who talks to whom, by the kernel's own word, whichever family the call was made with."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import ipaddress
import os
import pathlib
import re
import socket
from collections.abc import Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.fields.model import Endpoint, Socket
from tests.kernel.calling import call
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

LOOPBACK = "127.0.0.1"


def ip(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def ends(event: Event) -> Socket:
    assert event.fd is not None
    assert event.fd.socket is not None
    return event.fd.socket


def one(events: list[Event]) -> Event:
    (event,) = events
    assert isinstance(event, Event)
    return event


def seen(watch: Watch, work: object, *types: str) -> list[Event]:
    return [event for event in watch.of(work, *types) if isinstance(event, Event)]  # type: ignore[arg-type]


def test_a_connection_over_ipv4(watch: Watch, listener: socket.socket) -> None:
    port = port_of(listener)
    events = seen(watch, lambda: socket.create_connection((LOOPBACK, port)), "socket", "connect")
    made, connected = events
    assert dict(made.arguments) == {
        "fd": made.arguments["fd"],
        "domain": b"AF_INET",
        "type": b"1",
        "proto": b"6",
        "flags": b"SOCK_CLOEXEC",
    }
    assert re.fullmatch(rb"<4t>", made.arguments["fd"])
    found = ends(connected)
    local = found.local
    assert local is not None
    assert found == Socket(
        b"tcp", Endpoint(ip(LOOPBACK), local.port), Endpoint(ip(LOOPBACK), port), False, True
    )
    text = b"127.0.0.1:%d->127.0.0.1:%d" % (local.port, port)
    assert dict(connected.arguments) == {
        "res": b"0",
        "tuple": text,
        "fd": b"<4t>" + text,
        "addr": b"127.0.0.1:%d" % port,
    }
    assert connected.fd is not None
    assert (connected.fd.typechar, connected.fd.type) == (b"4", b"ipv4")


def test_a_refused_connection_still_says_where_to(watch: Watch) -> None:
    with socket.socket() as closed:
        closed.bind((LOOPBACK, 0))
        port = port_of(closed)

    client = socket.socket()

    def work() -> None:
        with contextlib.suppress(ConnectionRefusedError):
            client.connect((LOOPBACK, port))

    event = one(seen(watch, work, "connect"))
    local = port_of(client)
    client.close()
    assert event.result == -errno.ECONNREFUSED
    assert event.arguments["res"] == b"ECONNREFUSED"
    found = ends(event)
    assert (found.remote, found.is_server, found.connected) == (Endpoint(ip(LOOPBACK), port), False, False)
    assert local
    assert found.local is not None
    assert found.local.port == local


def test_ipv4_through_an_ipv6_socket_is_ipv4(watch: Watch, listener: socket.socket) -> None:
    port = port_of(listener)

    def work() -> None:
        with socket.socket(socket.AF_INET6) as client:
            client.connect(("::ffff:127.0.0.1", port))

    event = one(seen(watch, work, "connect"))
    assert ends(event).remote == Endpoint(ip(LOOPBACK), port)
    assert ends(event).l4proto == b"tcp"
    assert event.fd is not None
    assert event.fd.typechar == b"4"


def test_a_connection_over_ipv6(watch: Watch) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = port_of(server)
        event = one(seen(watch, lambda: socket.create_connection(("::1", port)), "connect"))
    assert ends(event).remote == Endpoint(ip("::1"), port)
    assert event.fd is not None
    assert (event.fd.typechar, event.fd.type) == (b"6", b"ipv6")


def test_a_server_binds_listens_and_accepts(watch: Watch) -> None:
    def work() -> None:
        server = socket.socket()
        server.bind((LOOPBACK, 0))
        server.listen(5)
        client = socket.create_connection(server.getsockname())
        call("accept", server.fileno(), None, None)
        client.close()
        socket.create_connection(server.getsockname())
        server.accept()

    events = seen(watch, work, "bind", "listen", "connect", "accept", "accept4")
    bound, listening, first, accepted, second, again = events
    local = ends(bound).local
    assert local is not None
    address = b"127.0.0.1:%d" % local.port
    assert bound.arguments["addr"] == b"127.0.0.1:0"
    assert ends(bound).is_server
    assert dict(listening.arguments) == {"res": b"0", "fd": b"<4t>" + address, "backlog": b"5"}
    for event, client in ((accepted, first), (again, second)):
        assert ends(event).remote == ends(client).local
        assert ends(event).local == ends(client).remote
        assert (ends(event).is_server, ends(event).connected) == (True, True)
        assert event.arguments["tuple"] == client.arguments["tuple"]
    assert again.arguments["flags"] == b"%X" % socket.SOCK_CLOEXEC
    assert "flags" not in accepted.arguments


def test_a_datagram_says_where_it_goes_without_a_connection(watch: Watch) -> None:
    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"\0binary\xff data", (LOOPBACK, 9999))
            sender.sendmsg([b"first", b"second"], [], 0, (LOOPBACK, 53))

    sent, message = seen(watch, work, "sendto", "sendmsg")
    assert sent.call.buffer == b"\0binary\xff data"
    assert sent.arguments["data"] == b".binary. data"
    assert sent.arguments["size"] == b"13"
    assert sent.arguments["res"] == b"13"
    assert ends(sent).remote == Endpoint(ip(LOOPBACK), 9999)
    assert (ends(sent).l4proto, ends(sent).is_server, ends(sent).name_changed) == (b"udp", False, True)
    assert ends(message).remote == Endpoint(ip(LOOPBACK), 53)
    assert message.call.buffer == b"firstsecond"
    assert message.result == 11


def test_a_datagram_says_where_it_came_from(watch: Watch) -> None:
    def work() -> None:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind((LOOPBACK, 0))
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind((LOOPBACK, 0))
        for _ in range(2):
            sender.sendto(b"question", receiver.getsockname())
        receiver.recvfrom(100)
        receiver.recvmsg(100)

    first, *_, received, message = seen(watch, work, "sendto", "recvfrom", "recvmsg")
    sender = ends(first).local
    assert ends(received).remote == sender
    assert ends(received).is_server
    assert received.call.buffer == b"question"
    assert ends(message).remote == sender
    assert message.call.buffer == b"question"


def test_a_connected_datagram_socket_keeps_its_peer(watch: Watch) -> None:
    def work() -> None:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.connect((LOOPBACK, 53))
        sender.send(b"x")

    connected, sent = seen(watch, work, "connect", "sendto")
    assert ends(sent).remote == ends(connected).remote == Endpoint(ip(LOOPBACK), 53)
    assert ends(connected).name_changed
    assert not ends(sent).name_changed


def test_unix_sockets_have_paths(watch: Watch, tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "socket")

    def work() -> None:
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen()
        client = socket.socket(socket.AF_UNIX)
        client.connect(path)
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0hidden")
        with contextlib.suppress(OSError):
            socket.socket(socket.AF_UNIX).connect("/nowhere")

    bound, _, connected, abstract, failed = seen(watch, work, "bind", "listen", "connect")
    name = os.fsencode(path)
    for event, wanted in ((bound, name), (connected, name), (abstract, b"@hidden"), (failed, b"/nowhere")):
        assert event.fd is not None
        assert (event.fd.typechar, event.fd.type, event.fd.name) == (b"u", b"unix", wanted)
        assert event.fd.socket is None
    assert connected.arguments["addr"] == name


def test_raw_and_netlink_sockets_are_told_apart(watch: Watch) -> None:
    def work() -> None:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)

    raw, netlink = seen(watch, work, "socket")
    assert ends(raw).l4proto == b"raw"
    assert netlink.fd is not None
    assert (netlink.fd.typechar, netlink.fd.type) == (b"n", b"netlink")
    assert netlink.arguments["domain"] == b"AF_ROUTE|AF_NETLINK"


def test_addresses_in_memory_that_is_not_there_are_empty(watch: Watch) -> None:
    def work() -> None:
        with socket.socket() as client:
            call("connect", client.fileno(), 1, 16)
            call("bind", client.fileno(), ctypes.create_string_buffer(2), 2)

    connect, bind = seen(watch, work, "connect", "bind")
    assert connect.result == -errno.EFAULT
    assert connect.arguments["addr"] == b""
    assert ends(connect).remote is None
    assert bind.result == -errno.EINVAL

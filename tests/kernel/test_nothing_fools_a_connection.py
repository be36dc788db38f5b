# SPDX-License-Identifier: Apache-2.0
"""Whom a socket talks to is what the kernel did, not what the process wrote, bound or connected before."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import pathlib
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.fields.model import Endpoint, Socket
from tests.kernel.calling import call
from tests.kernel.conftest import Watch
from tests.kernel.messages import Message, array, ipv4, ipv6, keep
from tests.kernel.rewriting import rewritten

IPV4 = (socket.AF_INET, socket.SOCK_DGRAM)
CONNECTS = 300
FIRST, SECOND = "127.0.0.1", "127.0.0.2"


def ip(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def seen(watch: Watch, work: Callable[[], None], *types: str) -> list[Event]:
    return [event for event in watch.of(work, *types) if isinstance(event, Event)]


def ends(event: Event) -> Socket:
    assert event.fd is not None
    assert event.fd.socket is not None
    return event.fd.socket


def name(event: Event) -> bytes | None:
    assert event.fd is not None
    return event.fd.name


@pytest.fixture
def both() -> Iterator[int]:
    """A port that is listened to on both addresses."""
    with socket.create_server((FIRST, 0), backlog=2 * CONNECTS) as one:
        port = int(one.getsockname()[1])
        with socket.create_server((SECOND, port), backlog=2 * CONNECTS):
            yield port


def test_an_address_that_changes_during_connect(watch: Watch, both: int, tmp_path: pathlib.Path) -> None:
    peers = tmp_path / "peers"

    def work() -> None:
        found = b""
        with rewritten(ipv4(FIRST, both), ipv4(SECOND, both)) as address:
            for _ in range(CONNECTS):
                with socket.socket() as client:
                    call("connect", client.fileno(), address, 16)
                    found += socket.inet_aton(client.getpeername()[0])
                    # a reset instead of a port that is kept for a minute
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peers.write_bytes(found)

    events = seen(watch, work, "connect")
    really = [peer for (peer,) in struct.iter_unpack("4s", peers.read_bytes())]
    assert len(really) == CONNECTS
    assert [ends(event).remote for event in events] == [Endpoint(peer, both) for peer in really]
    assert {event.result for event in events} == {0}


def test_a_client_that_binds_itself_to_a_low_port_is_a_client(watch: Watch) -> None:
    def work() -> None:
        server, client = socket.create_server((FIRST, 0)), socket.socket()
        client.bind((SECOND, 80))
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        client.send(b"question")
        accepted.send(b"answer")
        client.recv(6)

    asked, _, read = seen(watch, work, "sendto", "recvfrom")
    assert asked.arguments["tuple"] == read.arguments["tuple"]
    assert asked.arguments["tuple"].startswith(b"127.0.0.2:80->127.0.0.1:")
    assert ends(asked).is_server is ends(read).is_server is False


def test_a_connected_socket_that_sends_elsewhere(watch: Watch) -> None:
    def work() -> None:
        receiver, sender = socket.socket(*IPV4), socket.socket(*IPV4)
        receiver.bind((FIRST, 7001))
        sender.connect((FIRST, 7001))
        sender.send(b"to the one it is connected to")
        sender.sendto(b"elsewhere", (SECOND, 7002))
        sender.sendmsg([b"elsewhere"], [], 0, (SECOND, 7003))
        to = ipv4(SECOND, 7004)
        call("sendmmsg", sender.fileno(), array(Message((b"elsewhere",), to), Message((b"back",))), 2, 0)

    events = seen(watch, work, "sendto", "sendmsg", "sendmmsg")
    remotes = [(FIRST, 7001), (SECOND, 7002), (SECOND, 7003), (SECOND, 7004), (FIRST, 7001)]
    assert [ends(event).remote for event in events] == [Endpoint(ip(to), port) for to, port in remotes]
    assert [event.result for event in events] == [29, 9, 9, 9, 4]
    assert not any(ends(event).is_server for event in events)


def test_an_address_without_a_family_is_ipv4_to_an_ipv4_socket(watch: Watch, tmp_path: pathlib.Path) -> None:
    arrived = tmp_path / "arrived"

    def work() -> None:
        receiver, sender = socket.socket(*IPV4), socket.socket(*IPV4)
        receiver.bind((SECOND, 7005))
        to = ipv4(SECOND, 7005, socket.AF_UNSPEC)
        call("sendto", sender.fileno(), b"hidden", 6, 0, to, len(to))
        arrived.write_bytes(receiver.recv(10))

    (event,) = seen(watch, work, "sendto")
    assert arrived.read_bytes() == b"hidden"
    assert ends(event).remote == Endpoint(ip(SECOND), 7005)


def test_an_address_without_a_family_is_none_to_an_ipv6_socket(watch: Watch) -> None:
    def work() -> None:
        sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        to = ipv6("::1", 7006)
        call("connect", sender.fileno(), to, len(to))
        no_family = b"\0\0" + ipv6("::2", 7007)[2:]
        call("sendto", sender.fileno(), b"x", 1, 0, no_family, len(no_family))

    (event,) = seen(watch, work, "sendto")
    assert event.result == 1
    assert ends(event).remote == Endpoint(ip("::1"), 7006)


def test_an_end_of_a_connection_leaves_no_peer(watch: Watch) -> None:
    def work() -> None:
        sender = socket.socket(*IPV4)
        sender.connect((FIRST, 7001))
        call("connect", sender.fileno(), bytes(16), 16)  # AF_UNSPEC
        with contextlib.suppress(OSError):
            sender.send(b"x")

    _, ended, nowhere = seen(watch, work, "connect", "sendto")
    assert ended.result == 0
    assert (ends(ended).remote, ends(ended).connected) == (None, False)
    assert nowhere.result == -errno.EDESTADDRREQ
    assert ends(nowhere).remote is None


def test_a_connect_that_fails_is_not_the_one_before(watch: Watch) -> None:
    def work() -> None:
        sender = socket.socket(*IPV4)
        sender.connect((FIRST, 7001))
        with contextlib.suppress(PermissionError):
            sender.connect(("127.255.255.255", 7002))

    _, failed = seen(watch, work, "connect")
    assert failed.result == -errno.EACCES
    assert ends(failed).remote == Endpoint(ip("127.255.255.255"), 7002)


def test_a_raw_socket_has_its_peer(watch: Watch) -> None:
    def work() -> None:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        raw.connect((FIRST, 0))
        raw.send(bytes(8))
        raw.sendto(bytes(8), (SECOND, 0))

    connected, sent, elsewhere = seen(watch, work, "connect", "sendto")
    assert ends(connected).remote == ends(sent).remote == Endpoint(ip(FIRST), 0)
    assert ends(elsewhere).remote == Endpoint(ip(SECOND), 0)


def test_a_client_is_named_by_whom_it_calls_whatever_it_is_bound_to(
    watch: Watch, tmp_path: pathlib.Path
) -> None:
    server, lie = os.fsencode(tmp_path / "server"), os.fsencode(tmp_path / "lie")

    def work() -> None:
        os.chdir(tmp_path)
        listening, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        listening.bind(server)
        listening.listen()
        client.bind(lie)
        os.symlink("server", "link")
        client.connect("./link")
        listening.accept()

    *_, connected, accepted = seen(watch, work, "bind", "connect", "accept4")
    assert (connected.result, name(connected)) == (0, server)
    assert connected.arguments["tuple"] == server
    assert connected.arguments["addr"] == b"./link"
    assert name(accepted) == server


def test_a_datagram_between_unix_sockets_is_named_by_where_it_goes(
    watch: Watch, tmp_path: pathlib.Path
) -> None:
    server, lie = os.fsencode(tmp_path / "server"), os.fsencode(tmp_path / "lie")
    dgram = (socket.AF_UNIX, socket.SOCK_DGRAM)

    def work() -> None:
        receiver, other, sender = socket.socket(*dgram), socket.socket(*dgram), socket.socket(*dgram)
        receiver.bind(server)
        other.bind(b"\0other\0name")
        sender.bind(lie)
        sender.sendto(b"x", server)
        sender.connect(b"\0other\0name")
        sender.send(b"x")
        sender.sendto(b"x", server)
        receiver.recvfrom(1)

    events = seen(watch, work, "sendto", "connect", "recvfrom")
    other = b"@other\0name"
    assert [name(event) for event in events] == [server, other, other, server, server]


def test_a_connect_to_nothing_keeps_the_name_that_was_meant(watch: Watch) -> None:
    def work() -> None:
        client = socket.socket(socket.AF_UNIX)
        client.bind(b"\0lie")
        with contextlib.suppress(OSError):
            client.connect(b"\0nobody")

    _, failed = seen(watch, work, "bind", "connect")
    assert (failed.result, name(failed)) == (-errno.ECONNREFUSED, b"@nobody")


def test_an_address_that_lies_about_its_length(watch: Watch) -> None:
    """The kernel takes 16 bytes of what is given as 110, and refuses what is given as more or as less."""

    def work() -> None:
        sender = socket.socket(*IPV4)
        at = keep(ipv4(SECOND, 7008) + b"\xff" * 200)
        for length in (110, 128, 129, 15, -1):
            call("sendto", sender.fileno(), b"x", 1, 0, at, length)

    events = seen(watch, work, "sendto")
    assert [event.result for event in events] == [1, 1, -errno.EINVAL, -errno.EINVAL, -errno.EINVAL]
    assert [ends(event).remote for event in events[:2]] == [Endpoint(ip(SECOND), 7008)] * 2

# SPDX-License-Identifier: Apache-2.0
"""Connections and messages that io_uring makes for a process: who talks to whom, as of the system calls."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import ipaddress
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel import syscall_bpf
from lanner_engine.fields.model import Endpoint, Socket
from tests.kernel import io_uring
from tests.kernel.conftest import Watch
from tests.kernel.io_uring import Request

pytestmark = pytest.mark.each_kernel

LOOPBACK = "127.0.0.1"
IP = ipaddress.ip_address(LOOPBACK).packed
TAG_BYTES = 16
PATIENCE_S = 20.0


def address(port: int, host: str = LOOPBACK) -> ctypes.Array[ctypes.c_char]:
    """A struct sockaddr_in."""
    packed = struct.pack("=H2s4s8x", socket.AF_INET, port.to_bytes(2, "big"), socket.inet_aton(host))
    return ctypes.create_string_buffer(packed, len(packed))


def seen(watch: Watch, work: Callable[[], None], *types: str) -> list[Event]:
    events = [event for event in watch.of(work, *types) if isinstance(event, Event)]
    return [event for event in events if event.through_io_uring]


def one(events: list[Event]) -> Event:
    (event,) = events
    return event


def ends(event: Event) -> Socket:
    assert event.fd is not None
    assert event.fd.socket is not None
    return event.fd.socket


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((LOOPBACK, 0))
        yield made


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


@pytest.mark.parametrize("flags", [0, io_uring.ASYNC])
def test_connect(watch: Watch, listener: socket.socket, flags: int) -> None:
    port = port_of(listener)

    def work() -> None:
        held = address(port)
        with socket.socket() as made, io_uring.ring() as ring:
            request = Request(io_uring.CONNECT, made.fileno(), io_uring.at(held), offset=16, flags=flags)
            assert ring.result(request) == 0

    event = one(seen(watch, work))
    found = ends(event)
    assert found.local is not None
    assert event.type == "connect"
    assert found == Socket(b"tcp", Endpoint(IP, found.local.port), Endpoint(IP, port), False, True)
    text = b"127.0.0.1:%d->127.0.0.1:%d" % (found.local.port, port)
    assert event.fd is not None
    assert dict(event.arguments) == {
        "res": b"0",
        "tuple": text,
        "fd": b"<4t>" + text,
        "addr": b"127.0.0.1:%d" % port,
    }
    assert event.raw_arguments["fd"] == event.fd.num


def test_a_connect_that_is_refused_says_where_to(watch: Watch) -> None:
    with socket.socket() as closed:
        closed.bind((LOOPBACK, 0))
        port = port_of(closed)

    def work() -> None:
        held = address(port)
        with socket.socket() as made, io_uring.ring() as ring:
            request = Request(io_uring.CONNECT, made.fileno(), io_uring.at(held), offset=16)
            assert ring.result(request) == -errno.ECONNREFUSED

    event = one(seen(watch, work))
    assert event.arguments["res"] == b"ECONNREFUSED"
    assert (ends(event).remote, ends(event).connected) == (Endpoint(IP, port), False)


def test_socket(watch: Watch) -> None:
    def work() -> None:
        with io_uring.ring() as ring:
            request = Request(io_uring.SOCKET, socket.AF_INET, offset=socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            assert ring.result(request) >= 0

    event = one(seen(watch, work))
    assert event.fd is not None
    assert (event.fd.num, event.fd.type) == (event.result, b"ipv4")
    arguments = dict(event.arguments)
    assert arguments == {
        "fd": b"<4u>",
        "domain": b"AF_INET",
        "type": b"2",
        "proto": b"0",
        "flags": b"SOCK_CLOEXEC",
    }


def test_a_socket_of_the_ring_alone(watch: Watch, listener: socket.socket) -> None:
    """A connection by a socket that never is a descriptor."""
    port = port_of(listener)

    def work() -> None:
        held = address(port)
        with io_uring.ring() as ring:
            ring.register_files(4)
            assert (
                ring.result(Request(io_uring.SOCKET, socket.AF_INET, offset=socket.SOCK_STREAM, slot=3)) == 0
            )
            request = Request(io_uring.CONNECT, 2, io_uring.at(held), offset=16, flags=io_uring.FIXED_FILE)
            assert ring.result(request) == 0

    made, connected = seen(watch, work)
    assert (made.type, connected.type) == ("socket", "connect")
    assert made.fd is not None
    assert made.fd.type == b"ipv4"
    assert ends(connected).remote == Endpoint(IP, port)


def test_bind_and_listen(watch: Watch) -> None:
    if not io_uring.supported(io_uring.LISTEN):
        pytest.skip("needs IORING_OP_LISTEN, which this kernel's io_uring lacks")

    def work() -> None:
        held = address(0)
        with socket.socket() as made, io_uring.ring() as ring:
            assert ring.result(Request(io_uring.BIND, made.fileno(), io_uring.at(held), offset=16)) == 0
            assert ring.result(Request(io_uring.LISTEN, made.fileno(), length=5)) == 0

    bound, listening = seen(watch, work)
    assert (bound.type, listening.type) == ("bind", "listen")
    local = ends(bound).local
    assert local is not None
    assert local.ip == IP
    assert bound.arguments["addr"] == b"127.0.0.1:0"
    assert ends(listening).local == local
    assert listening.arguments["backlog"] == b"5"


def test_a_bind_that_fails_says_where(watch: Watch, listener: socket.socket) -> None:
    if not io_uring.supported(io_uring.BIND):
        pytest.skip("needs IORING_OP_BIND, which this kernel's io_uring lacks")
    port = port_of(listener)

    def work() -> None:
        held = address(port)
        with socket.socket() as made, io_uring.ring() as ring:
            request = Request(io_uring.BIND, made.fileno(), io_uring.at(held), offset=16)
            assert ring.result(request) == -errno.EADDRINUSE

    event = one(seen(watch, work))
    assert (event.arguments["res"], event.arguments["addr"]) == (b"EADDRINUSE", b"127.0.0.1:%d" % port)


@pytest.mark.parametrize("several", [False, True])
def test_accept(watch: Watch, several: bool) -> None:
    """One at a time, or each connection as a completion of one request."""
    clients = []

    def work() -> None:
        with socket.create_server((LOOPBACK, 0), backlog=128) as server, io_uring.ring() as ring:
            port = port_of(server)
            request = Request(
                io_uring.ACCEPT,
                server.fileno(),
                how=socket.SOCK_CLOEXEC,
                priority=io_uring.MULTISHOT_ACCEPT if several else 0,
                tag=5,
            )
            assert ring.submit(request, wait=0) == 1
            for _ in range(2 if several else 1):
                clients.append(socket.create_connection((LOOPBACK, port)))
                ring.enter(0, 1)
                ((tag, fd, _),) = ring.completions()
                assert tag == 5
                assert fd >= 0

    events = seen(watch, work, "accept4")
    done = [event for event in events if (event.result or 0) >= 0]
    assert len(done) == (2 if several else 1)
    for event in done:
        found = ends(event)
        assert event.fd is not None
        assert event.fd.num == event.result
        assert (found.l4proto, found.is_server, found.connected) == (b"tcp", True, True)
        assert found.local is not None
        assert found.remote is not None
        assert found.local.ip == found.remote.ip == IP
        assert event.arguments["flags"] == b"%X" % socket.SOCK_CLOEXEC
        assert event.raw_arguments["queuemax"] == 128
    assert len({ends(event).remote for event in done}) == len(done)


def test_a_datagram_to_an_address(watch: Watch, receiver: socket.socket) -> None:
    port = port_of(receiver)

    def work() -> None:
        held, data = address(port), io_uring.text(b"hello\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made, io_uring.ring() as ring:
            request = Request(io_uring.SEND, made.fileno(), io_uring.at(data), 6, io_uring.at(held), slot=16)
            assert ring.result(request) == 6

    event = one(seen(watch, work))
    if ends(event).remote is None:
        pytest.skip("needs addresses of IORING_OP_SEND, which this kernel's io_uring lacks")
    assert event.type == "sendto"
    assert ends(event).remote == Endpoint(IP, port)
    assert event.arguments["data"] == b"hello."
    assert event.raw_arguments["data"] == b"hello\n"
    assert event.arguments["size"] == b"6"
    assert event.arguments["tuple"].endswith(b"->127.0.0.1:%d" % port)


def message(data: ctypes.Array[ctypes.c_char], length: int, to: int = 0) -> tuple[int, list[object]]:
    """A struct msghdr, and what must stay in memory with it."""
    piece = ctypes.create_string_buffer(struct.pack("=QQ", io_uring.at(data), length), 16)
    packed = struct.pack("=QI4xQQQQI4x", to, 16 if to else 0, io_uring.at(piece), 1, 0, 0, 0)
    header = ctypes.create_string_buffer(packed, len(packed))
    return io_uring.at(header), [piece, header]


@pytest.mark.parametrize("opcode", [io_uring.SENDMSG, io_uring.SENDMSG_ZC])
def test_a_message_whose_header_is_gone_when_it_was_sent(
    watch: Watch, receiver: socket.socket, opcode: int
) -> None:
    if not io_uring.supported(opcode):
        pytest.skip("needs IORING_OP_SENDMSG_ZC, which this kernel's io_uring lacks")
    port = port_of(receiver)

    def work() -> None:
        held, data = address(port), io_uring.text(b"hello")
        header, kept = message(data, 5, io_uring.at(held))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made, io_uring.ring() as ring:
            request = Request(opcode, made.fileno(), header, 1, flags=io_uring.ASYNC)
            assert ring.submit(request, wait=0) == 1
            ctypes.memset(header, 0, 56)
            ctypes.memset(held, 0, 16)
            ring.enter(0, 1)
            assert ring.completions()[0][1] == 5
            assert kept

    event = one(seen(watch, work))
    assert event.type == "sendmsg"
    assert ends(event).remote == Endpoint(IP, port)
    assert event.raw_arguments["data"] == b"hello"
    assert event.arguments["size"] == b"5"


def test_what_is_received_and_from_whom(watch: Watch) -> None:
    def work() -> None:
        data, name = io_uring.text(b"." * 16), ctypes.create_string_buffer(16)
        header, kept = message(data, 16, io_uring.at(name))
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
            io_uring.ring() as ring,
        ):
            made.bind((LOOPBACK, 0))
            other.bind((LOOPBACK, 0))
            assert ring.submit(Request(io_uring.RECVMSG, made.fileno(), header, 1), wait=0) == 1
            other.sendto(b"answer", made.getsockname())
            ring.enter(0, 1)
            assert ring.completions()[0][1] == 6
            assert kept

    event = one(seen(watch, work))
    assert (event.type, event.result) == ("recvmsg", 6)
    found = ends(event)
    assert found.remote is not None
    assert (found.remote.ip, found.is_server, found.name_changed) == (IP, True, True)
    assert event.raw_arguments["data"] == b"answer"
    assert event.arguments["size"] == b"6"


def test_send_and_receive_over_a_connection(watch: Watch) -> None:
    def work() -> None:
        out, held = io_uring.text(b"question" * 20), ctypes.create_string_buffer(200)
        one, other = socket.socketpair()
        with one, other, io_uring.ring() as ring:
            assert ring.result(Request(io_uring.SEND, one.fileno(), io_uring.at(out), 160)) == 160
            assert ring.result(Request(io_uring.RECV, other.fileno(), io_uring.at(held), 200)) == 160
            assert ring.result(Request(io_uring.SHUTDOWN, one.fileno(), length=socket.SHUT_RDWR)) == 0

    sent, received, shut = seen(watch, work)
    assert [event.type for event in (sent, received, shut)] == ["sendto", "recvfrom", "shutdown"]
    assert (sent.result, received.result, shut.result) == (160, 160, 0)
    for event in (sent, received):
        assert event.raw_arguments["data"] == b"question" * 10
        assert event.fd is not None
        assert event.fd.typechar == b"u"
    assert (sent.arguments["size"], received.arguments["size"]) == (b"160", b"200")
    assert shut.arguments["how"] == b"SHUT_RDWR"


def test_a_request_that_is_cancelled_has_failed(watch: Watch) -> None:
    """It waits when the process ends."""

    def work() -> None:
        with contextlib.suppress(OSError):
            server = socket.create_server((LOOPBACK, 0))
            ring = io_uring.Ring()
            ring.submit(Request(io_uring.ACCEPT, server.fileno()), wait=0)
            os._exit(0)

    for event in seen(watch, work, "accept4"):
        assert (event.result or 0) < 0


def test_a_request_that_was_pushed_out_leaves_nothing_behind(watch: Watch) -> None:
    """By others that wait; a later one under its number must not pass for it."""
    requests, tags = (watch.probes.map_fd(name) for name in ("requests", "request_tags"))
    before = set(syscall_bpf.map_keys(tags, TAG_BYTES))

    def left() -> set[bytes]:
        return set(syscall_bpf.map_keys(tags, TAG_BYTES)) - before

    server = socket.create_server((LOOPBACK, 0))
    pid = os.fork()
    if pid == 0:
        ring = io_uring.Ring()
        ring.submit(Request(io_uring.ACCEPT, server.fileno()), wait=0)
        signal.pause()
    until(lambda: len(left()) == 1)
    for tag in left():
        request = syscall_bpf.map_lookup(tags, tag, 8)
        assert request is not None
        assert syscall_bpf.map_delete(requests, request)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    server.close()
    until(lambda: not left())


def until(done: Callable[[], bool]) -> None:
    """The kernel ends what waits when it comes to it."""
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)

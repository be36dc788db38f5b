# SPDX-License-Identifier: Apache-2.0
"""TCP fast open: a send that makes the connection is known as one by whatever call, with the ends that the
kernel gave it, whether it waited, was refused, or carried its data with the first packet.
"""

from __future__ import annotations

import errno
import fcntl
import ipaddress
import pathlib
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.fields.model import Endpoint, Socket
from lanner_engine.syscalls.fast_open import MSG_FASTOPEN
from tests.kernel import io_uring
from tests.kernel.calling import call
from tests.kernel.conftest import Watch
from tests.kernel.io_uring import Request
from tests.kernel.messages import Message, array, ipv4, keep
from tests.kernel.rewriting import rewritten
from tests.kernel.test_sockets_of_io_uring_are_recorded import address

pytestmark = pytest.mark.each_kernel

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
IP = ipaddress.ip_address(FIRST).packed
CONNECTS = 100
NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
SENDS = ("sendto", "sendmsg", "sendmmsg")
Send = Callable[[socket.socket, int], int]


def sendto(made: socket.socket, port: int) -> int:
    return call("sendto", made.fileno(), b"data", 4, MSG_FASTOPEN, ipv4(FIRST, port), 16)


def sendmsg(made: socket.socket, port: int) -> int:
    at = keep(Message((b"da", b"ta"), ipv4(FIRST, port)).header())
    return call("sendmsg", made.fileno(), at, MSG_FASTOPEN)


def sendmmsg(made: socket.socket, port: int) -> int:
    return call("sendmmsg", made.fileno(), array(Message((b"data",), ipv4(FIRST, port))), 1, MSG_FASTOPEN)


def seen(watch: Watch, work: Callable[[], None]) -> list[Event]:
    return [event for event in watch.of(work, *SENDS) if isinstance(event, Event)]


def ends(event: Event) -> Socket:
    assert event.fd is not None
    assert event.fd.socket is not None
    return event.fd.socket


@pytest.fixture
def port() -> Iterator[int]:
    """Something listens there. It lies above those that the kernel chooses: a client has the lower port."""
    with next(filter(None, map(_listening, range(61_000, 65_000)))) as server:
        yield server.getsockname()[1]


def _listening(port: int) -> socket.socket | None:
    try:
        return socket.create_server((FIRST, port), backlog=999)
    except OSError:
        return None


@pytest.mark.parametrize("send", [sendto, sendmsg, sendmmsg])
def test_a_call_that_waits_has_the_ends_of_its_connection(watch: Watch, port: int, send: Send) -> None:
    def work() -> None:
        with socket.socket() as made:
            send(made, port)

    (event,) = seen(watch, work)
    assert (event.type, event.result, event.fast_open) == (send.__name__, 4, True)
    found = ends(event)
    assert found.local is not None
    assert found == Socket(b"tcp", Endpoint(IP, found.local.port), Endpoint(IP, port), False, True)
    assert event.fd is not None
    text = b"127.0.0.1:%d->127.0.0.1:%d" % (found.local.port, port)
    assert event.fd.name == event.arguments["tuple"] == text
    assert event.raw_arguments["data"] == b"data"


@pytest.mark.parametrize("send", [sendto, sendmsg, sendmmsg])
def test_a_call_that_does_not_wait_says_where_to(watch: Watch, port: int, send: Send) -> None:
    def work() -> None:
        with socket.socket() as made:
            made.setblocking(False)
            send(made, port)

    (event,) = seen(watch, work)
    assert (event.result, event.fast_open) == (-errno.EINPROGRESS, True)
    assert (ends(event).remote, ends(event).is_server) == (Endpoint(IP, port), False)
    assert ends(event).local is not None


@pytest.mark.parametrize("send", [sendto, sendmsg, sendmmsg])
def test_a_call_that_is_refused_says_where_to(watch: Watch, send: Send) -> None:
    def work() -> None:
        with socket.socket() as made:
            send(made, 1)

    (event,) = seen(watch, work)
    assert (event.result, event.fast_open) == (-errno.ECONNREFUSED, True)
    assert (ends(event).remote, ends(event).is_server) == (Endpoint(IP, 1), False)


def test_data_goes_with_the_first_packet_where_the_server_is_known(watch: Watch) -> None:
    """In a network of its own, whose servers take such data."""

    def work() -> None:
        assert call("unshare", NEWNET) == 0
        pathlib.Path("/proc/sys/net/ipv4/tcp_fastopen").write_text("3")
        with socket.socket() as server:
            fcntl.ioctl(server, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
            server.bind((FIRST, 61_000))
            server.listen()
            for _ in range(2):
                with socket.socket() as made:
                    sendto(made, 61_000)
                    server.accept()
            with socket.socket() as made:
                made.setblocking(False)
                sendto(made, 61_000)

    first, second, unwaited = seen(watch, work)
    assert [event.result for event in (first, second, unwaited)] == [4, 4, 4]
    for event in (first, second, unwaited):
        assert event.fast_open
        assert (ends(event).remote, ends(event).is_server) == (Endpoint(IP, 61_000), False)


def test_an_address_that_changes_during_the_call(watch: Watch, port: int, tmp_path: pathlib.Path) -> None:
    peers = tmp_path / "peers"

    def work() -> None:
        found = b""
        with (
            socket.create_server((SECOND, port), backlog=999),
            rewritten(ipv4(FIRST, port), ipv4(SECOND, port)) as to,
        ):
            for _ in range(CONNECTS):
                with socket.socket() as made:
                    call("sendto", made.fileno(), b"x", 1, MSG_FASTOPEN, to, 16)
                    found += socket.inet_aton(made.getpeername()[0])
                    # a reset instead of a port that is kept for a minute
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peers.write_bytes(found)

    events = seen(watch, work)
    really = [peer for (peer,) in struct.iter_unpack("4s", peers.read_bytes())]
    assert len(really) == CONNECTS
    assert [ends(event).remote for event in events] == [Endpoint(peer, port) for peer in really]
    assert all(event.fast_open for event in events)


def test_a_socket_that_is_connected_keeps_its_peer(watch: Watch, port: int) -> None:
    def work() -> None:
        with socket.create_connection((FIRST, port)) as made:
            made.send(b"data")
            sendto(made, 1)

    sent, refused = seen(watch, work)
    assert (sent.result, sent.fast_open) == (4, False)
    assert (refused.result, refused.fast_open) == (-errno.EISCONN, True)
    assert ends(refused).remote == Endpoint(IP, port)


def test_a_datagram_makes_no_connection(watch: Watch) -> None:
    """The bit means nothing to its socket."""

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            sendto(made, 7001)

    (event,) = seen(watch, work)
    assert (event.result, event.fast_open) == (4, False)
    assert ends(event).remote == Endpoint(IP, 7001)


def test_flags_inside_a_message_do_not_count(watch: Watch, port: int) -> None:
    def work() -> None:
        with socket.create_connection((FIRST, port)) as made:
            header = Message((b"data",)).header()
            call("sendmsg", made.fileno(), keep(header[:-8] + struct.pack("i4x", MSG_FASTOPEN)), 0)

    (event,) = seen(watch, work)
    assert (event.result, event.fast_open) == (4, False)


@pytest.mark.parametrize("flags", [0, io_uring.ASYNC], ids=["at once", "by a worker"])
def test_a_request_of_io_uring(watch: Watch, port: int, flags: int) -> None:
    """Few kernels let one wait for its connection."""

    def work() -> None:
        to, data = address(port), io_uring.text(b"data")
        with socket.socket() as made, io_uring.ring() as ring:
            what = (io_uring.at(data), 4, io_uring.at(to))
            ring.result(Request(io_uring.SEND, made.fileno(), *what, how=MSG_FASTOPEN, flags=flags, slot=16))

    (event,) = (one for one in seen(watch, work) if one.through_io_uring)
    if ends(event).remote is None:
        pytest.skip("needs addresses of IORING_OP_SEND, which this kernel's io_uring lacks")
    assert (event.type, event.fast_open) == ("sendto", True)
    assert event.result in (-errno.EINPROGRESS, 4)
    assert (ends(event).remote, ends(event).is_server) == (Endpoint(IP, port), False)


@pytest.mark.parametrize("opcode", [io_uring.SENDMSG, io_uring.SENDMSG_ZC])
def test_a_message_of_io_uring(watch: Watch, port: int, opcode: int) -> None:
    if not io_uring.supported(opcode):
        pytest.skip("needs IORING_OP_SENDMSG_ZC, which this kernel's io_uring lacks")

    def work() -> None:
        header = keep(Message((b"data",), ipv4(FIRST, port)).header())
        with socket.socket() as made, io_uring.ring() as ring:
            ring.submit(Request(opcode, made.fileno(), header, 1, how=MSG_FASTOPEN))

    (event,) = (one for one in seen(watch, work) if one.through_io_uring)
    assert (event.type, event.fast_open) == ("sendmsg", True)
    assert (ends(event).remote, ends(event).is_server) == (Endpoint(IP, port), False)

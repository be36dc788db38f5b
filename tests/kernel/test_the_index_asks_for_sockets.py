# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back calls on sockets of another kind, with other ends or another name than rules ask for;
where an end is what a call was given, all is possible.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
from collections.abc import Callable, Iterator

import pytest

from lanner_engine.syscalls.fast_open import FLAGS, MSG_FASTOPEN
from tests.kernel.asking import Asked, answers
from tests.kernel.calling import call
from tests.kernel.messages import Message, array, ipv4
from tests.kernel.sifting import Sieve

Deed = Callable[[], object]
CLOSED = 1  # nothing listens at this port
MAX_LENGTH = 108  # bytes of the path of a unix socket
IPV4, IPV6 = "127.0.0.1", "::1"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Somebody listens at it, over IPv4 and IPv6; at the one before it nobody does. Both lie below those that
    the kernel gives to connections, so that nobody takes them meanwhile.
    """
    with next(filter(None, map(_listening, range(20_001, 32_000, 2)))) as server:
        yield server.getsockname()[1]


def _listening(port: int) -> socket.socket | None:
    try:
        with socket.create_server(("", port - 1), family=socket.AF_INET6, dualstack_ipv6=True):
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=999)
    except OSError:
        return None


def connected(family: int, kind: int, address: object, then: Callable[[socket.socket], object] = id) -> Deed:
    def work() -> None:
        with socket.socket(family, kind) as own, contextlib.suppress(OSError):
            own.connect(address)  # type: ignore[arg-type]
            then(own)

    return work


def tcp(port: int, then: Callable[[socket.socket], object] = id) -> Deed:
    return connected(socket.AF_INET, socket.SOCK_STREAM, (IPV4, port), then)


def udp(port: int, then: Callable[[socket.socket], object] = id) -> Deed:
    return connected(socket.AF_INET, socket.SOCK_DGRAM, (IPV4, port), then)


def sent_unconnected(port: int) -> Deed:
    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(b"x", (IPV4, port))

    return work


def sent_in_every_way(own: socket.socket) -> None:
    own.send(b"x")
    own.sendmsg([b"x"])
    call("sendmmsg", own.fileno(), array(Message((b"x",))), 1, 0)


def opened_in_every_way(port: int) -> Deed:
    """By the data that is sent."""
    sends: list[Callable[[socket.socket], object]] = [
        lambda own: own.sendto(b"x", MSG_FASTOPEN, (IPV4, port)),
        lambda own: own.sendmsg([b"x"], [], MSG_FASTOPEN, (IPV4, port)),
        lambda own: call(
            "sendmmsg", own.fileno(), array(Message((b"x",), ipv4(IPV4, port))), 1, MSG_FASTOPEN
        ),
    ]

    def work() -> None:
        for send in sends:
            with socket.socket() as own:
                send(own)

    return work


def accepted(port: int) -> Deed:
    """By a listener of its own."""

    def work() -> None:
        with (
            socket.create_server((IPV4, port), reuse_port=True) as server,
            socket.create_connection((IPV4, port)),
        ):
            server.accept()[0].close()

    return work


def duplicated(make: Callable[[], int]) -> Deed:
    def work() -> None:
        one = make()
        os.dup2(one, 99)
        os.close(one)
        os.close(99)

    return work


def ended(pipe: tuple[int, int]) -> int:
    os.close(pipe[1])
    return pipe[0]


def by_first_data(name: str) -> Callable[[int], Asked]:
    """A connection that a call of this name makes, among those of the others."""
    return lambda port: Asked(
        name,
        opened_in_every_way(port),
        [
            "evt.is_fast_open = true",
            f"evt.is_fast_open = true and fd.sport = {port} and fd.sip = 127.0.0.1",
            f"evt.is_fast_open = true and fd.rport = {port} and fd.l4proto = tcp",
        ],
        ["evt.is_fast_open = false", "evt.is_fast_open = true and fd.sport = 443"],
        ["evt.is_fast_open = true and fd.rport = 443", "evt.is_fast_open = true and fd.type = unix"],
    )


IP: dict[str, Callable[[int], Asked]] = {
    "a connection": lambda port: Asked(
        "connect",
        tcp(port),
        [
            "fd.typechar = 4",
            "fd.type in (ipv4, ipv6)",
            "not fd.type = unix",
            "fd.l4proto = tcp",
            f"fd.sport = {port}",
            f"fd.rport in (1, {port})",
            "fd.sip = 127.0.0.1 and fd.cip = 127.0.0.1",
            "not fd.sport = 443 and not fd.sip = 10.0.0.1",
            "fd.snet = 127.0.0.0/8",
            "fd.rnet in (10.0.0.0/8, 127.0.0.1/32)",
            "not fd.snet in (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)",
            "fd.snet != 0.0.0.0/1 or fd.cnet = 0.0.0.0/0",
        ],
        [
            "fd.snet in (126.5.0.0/16, 128.0.0.0/7)",  # the first is asked by 7 bits, as the second is
            "fd.net = 10.0.0.0/8",
            "fd.snet = ::/0",
            "fd.name endswith :443",
        ],
        [
            "fd.typechar = 6",
            "fd.typechar = u",
            "fd.type = file",
            "not fd.typechar = 4",
            "fd.l4proto = udp",
            "not fd.l4proto = tcp",
            "fd.sport = 443",
            f"fd.cport = {port}",
            f"not fd.rport = {port}",
            "fd.sip = 10.0.0.1",
            "fd.rip = ::1",
            "fd.sip != 127.0.0.1",
            "fd.snet in (10.0.0.0/8)",
            "fd.snet = 127.0.0.2/31",
            "not fd.snet = 127.0.0.0/8",
            "not fd.rnet in (10.0.0.0/8, 127.0.0.0/30)",
            "fd.name endswith /docker.sock",
            "fd.name = /run/docker.sock",
        ],
    ),
    "a connection that is refused": lambda _: Asked(
        "connect",
        tcp(CLOSED),
        ["fd.typechar = 4", "fd.l4proto = tcp", f"fd.sport = {CLOSED}", "evt.res = ECONNREFUSED"],
        ["fd.sport = 443", f"not fd.sport = {CLOSED}", "fd.sip = 10.0.0.1"],
        ["fd.typechar = u", "fd.l4proto = udp", "evt.res = ETIMEDOUT"],
    ),
    "a connection over IPv6": lambda port: Asked(
        "connect",
        connected(socket.AF_INET6, socket.SOCK_STREAM, (IPV6, port)),
        [
            "fd.typechar = 6",
            "fd.sip = ::1",
            f"fd.sport = {port}",
            "not fd.sip = 127.0.0.1",
            "not fd.snet = 0.0.0.0/0",
        ],
        ["fd.typechar = 4", "not fd.typechar = 6", "fd.snet = ::2/128", "not fd.snet = ::/0"],
        ["fd.typechar = u", "fd.sip = 127.0.0.1", "not fd.sip = ::1", "fd.lip = ::2", "fd.snet = 0.0.0.0/0"],
    ),
    "a connection to IPv4 through IPv6": lambda port: Asked(
        "connect",
        connected(socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", port)),
        ["fd.typechar = 4", "fd.sip = 127.0.0.1", "fd.lip = 127.0.0.1", "fd.snet = 127.0.0.0/8"],
        ["fd.typechar = 6"],
        ["fd.sip = ::1", "fd.sip = ::", "not fd.lip = 127.0.0.1", "fd.typechar = n"],
    ),
    "a connected datagram socket": lambda port: Asked(
        "connect",
        udp(port),
        ["fd.l4proto = udp", f"fd.sport = {port}", "fd.l4proto in (udp, raw)"],
        [],
        ["fd.l4proto = tcp", "fd.sport = 443", "fd.l4proto != udp"],
    ),
    "a datagram to anybody": lambda port: Asked(
        "sendto",
        sent_unconnected(port),
        ["fd.l4proto = udp", f"fd.rport = {port}"],
        ["fd.rport = 443", "fd.rip = 10.0.0.1", "fd.sport = 443"],
        ["fd.l4proto = tcp", "fd.typechar = u", f"fd.lport = {port}"],
    ),
    "bytes over a connection": lambda port: Asked(
        "sendto",
        tcp(port, lambda own: own.send(b"x")),
        [f"fd.rport = {port}", "fd.rip = 127.0.0.1"],
        ["fd.sport = 443"],
        ["fd.rport = 443", f"not fd.rport = {port}", "fd.lip = 10.0.0.1", "evt.arg.size = 2"],
    ),
    "messages over a connection": lambda port: Asked(
        "sendto, sendmsg, sendmmsg",
        tcp(port, sent_in_every_way),
        ["evt.is_fast_open = false", "not evt.is_fast_open = true"],
        [],
        ["evt.is_fast_open = true", f"evt.is_fast_open = true and fd.rport = {port}"],
    ),
    **{f"a connection by the first data of {name}": by_first_data(name) for name in FLAGS},
    "an accepted connection": lambda port: Asked(
        "accept, accept4",
        accepted(port - 1),
        [f"fd.sport = {port - 1}", f"fd.lport = {port - 1}", "fd.cip = 127.0.0.1", "fd.l4proto = tcp"],
        [],
        ["fd.sport = 443", f"fd.cport = {port - 1}", "fd.cip = 10.0.0.1", "fd.l4proto = udp"],
    ),
    "a bound socket": lambda port: Asked(
        "bind",
        accepted(port - 1),
        [f"fd.sport = {port - 1}", f"fd.lport = {port - 1}"],
        ["fd.rport = 443", "fd.cport = 443"],
        ["fd.sport = 443", "fd.sip = 10.0.0.1", f"not fd.lport = {port - 1}"],
    ),
    "a socket that is made": lambda _: Asked(
        "socket",
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
        ["fd.type = netlink", "fd.l4proto = <NA>", "evt.arg.domain contains AF_NETLINK"],
        [],
        ["fd.type in (ipv4, ipv6)", "fd.typechar = u", "fd.l4proto = tcp", "fd.lport = 1", "fd.lip = ::1"],
    ),
    "a socket of no family that has a letter": lambda _: Asked(
        "socket",
        lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
        ["fd.typechar = o", "fd.l4proto = <NA>"],
        [],
        ["fd.typechar = 4", "fd.typechar = n", "fd.l4proto = raw"],
    ),
    "a raw socket": lambda _: Asked(
        "socket",
        lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close(),
        ["fd.l4proto = raw", "not fd.l4proto = icmp"],
        [],
        ["fd.l4proto = icmp", "fd.l4proto = <NA>"],
    ),
    "a duplicate of a socket": lambda _: Asked(
        "dup2, dup3",
        duplicated(lambda: socket.socket(socket.AF_INET).detach()),
        ["fd.type in (ipv4, ipv6)", "evt.rawres = 99 and fd.typechar = 4"],
        [],
        ["fd.type = unix", "fd.typechar = f", "evt.rawres = 1 and fd.typechar = 4"],
    ),
    "a duplicate of a pipe": lambda _: Asked(
        "dup2, dup3",
        duplicated(lambda: ended(os.pipe())),
        ["fd.type = pipe", "fd.l4proto = <NA>", "not fd.type in (ipv4, ipv6)"],
        ["fd.type = file", "fd.typechar in (4, d)"],
        ["fd.type in (ipv4, ipv6)", "fd.type = unix", "fd.l4proto = tcp"],
    ),
    "no descriptor": lambda _: Asked(
        "connect",
        lambda: call("connect", -1, None, 0),
        ["evt.res = EBADF"],
        ["fd.typechar = 4", "fd.l4proto = tcp", "fd.sport = 443", "fd.name = /run/docker.sock"],
        ["evt.res = EINVAL"],
    ),
    "a file for a socket": lambda _: Asked(
        "connect",
        lambda: call("connect", os.open("/dev/null", os.O_RDONLY), None, 0),
        ["evt.res = ENOTSOCK", "fd.typechar = f"],
        ["fd.name = /run/docker.sock"],
        ["fd.typechar = 4", "fd.l4proto = tcp", "fd.sport = 443", "fd.lip = 10.0.0.1"],
    ),
}


@pytest.mark.parametrize("case", IP)
def test_a_call_on_a_socket(sieve: Sieve, port: int, case: str) -> None:
    asked = IP[case](port)
    assert answers(sieve, asked) == asked


@contextlib.contextmanager
def listening(name: str | bytes, kind: int = socket.SOCK_STREAM) -> Iterator[None]:
    """At a unix socket."""
    with socket.socket(socket.AF_UNIX, kind) as server:
        server.bind(name)
        if kind == socket.SOCK_STREAM:
            server.listen(999)
        yield


def unix(name: str | bytes, kind: int = socket.SOCK_STREAM) -> Deed:
    return connected(socket.AF_UNIX, kind, name)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_the_path_of_a_unix_socket(sieve: Sieve, tmp_path: pathlib.Path, kind: int) -> None:
    path = str(tmp_path / "containerd.sock")
    asked = Asked(
        "connect",
        unix(path, kind),
        [
            "fd.name endswith /containerd.sock",
            f"fd.name in (/run/docker.sock, {path})",
            "fd.type = unix",
            "fd.l4proto = <NA>",
            "fd.name endswith .sock",
        ],
        ["fd.name = /run/containerd.sock", "fd.name endswith .sick"],
        [
            "fd.name endswith /docker.sock",
            "fd.name = /run/docker.sock",
            "fd.typechar = 4",
            "fd.l4proto = tcp",
            "fd.sport = 443",
            "fd.sip in (10.0.0.1, ::1)",
        ],
    )
    with listening(path, kind):
        assert answers(sieve, asked) == asked


def test_the_longest_path_of_a_unix_socket(sieve: Sieve, tmp_path: pathlib.Path) -> None:
    end = "x" * (MAX_LENGTH - len(f"{tmp_path}/"))
    given = b"\1\0" + f"{tmp_path}/{end}".encode()  # without the NUL that the C library wants

    def work() -> None:
        with socket.socket(socket.AF_UNIX) as own:
            assert call("connect", own.fileno(), given, len(given)) == 0

    asked = Asked("connect", work, [f"fd.name endswith /{end}"], [], ["fd.name endswith yyyyyyyyy"])
    with socket.socket(socket.AF_UNIX) as server:
        assert call("bind", server.fileno(), given, len(given)) == 0
        server.listen(999)
        assert answers(sieve, asked) == asked


def test_a_short_name_of_a_unix_socket(sieve: Sieve, tmp_path: pathlib.Path) -> None:
    os.chdir(tmp_path)
    asked = Asked(
        "connect", unix("s"), ["fd.name = s", "fd.name in (s, t)"], [], ["fd.name = t", "fd.name = ss"]
    )
    try:
        with listening("s"):
            assert answers(sieve, asked) == asked
    finally:
        os.chdir("/")


def test_an_abstract_name_of_a_unix_socket(sieve: Sieve) -> None:
    asked = Asked(
        "connect",
        unix(b"\0lanner-abstract"),
        ["fd.name = @lanner-abstract", "fd.name endswith -abstract"],
        [],
        ["fd.name = @lanner-concrete", "fd.name = /run/docker.sock"],
    )
    with listening(b"\0lanner-abstract"):
        assert answers(sieve, asked) == asked


def test_a_short_abstract_name_is_not_asked(sieve: Sieve) -> None:
    asked = Asked("connect", unix(b"\0lan"), ["fd.name = @lan"], ["fd.name = /run/docker.sock"])
    with listening(b"\0lan"):
        assert answers(sieve, asked) == asked


def test_the_name_of_a_unix_socket_that_nobody_listens_at_is_not_asked(sieve: Sieve) -> None:
    asked = Asked(
        "connect",
        unix("/missing/containerd.sock"),
        ["fd.name endswith /containerd.sock", "fd.type = unix"],
        ["fd.name endswith /docker.sock"],
        ["fd.typechar = 4", "evt.res = SUCCESS and fd.name endswith /containerd.sock"],
    )
    assert answers(sieve, asked) == asked

# SPDX-License-Identifier: Apache-2.0
"""The descriptor of calls on sockets: its name, its form as a parameter, when its name changed."""

from __future__ import annotations

import socket

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.kernel.record_layout import FileFlag
from lanner_engine.fields.model import Endpoint
from lanner_engine.syscalls import fast_open
from tests.agent.decode import records
from tests.agent.decode.records import Builder

KNOWN = FileFlag.KNOWN
Facts = dict[str, int | bytes]
TCP: Facts = {"family": socket.AF_INET, "type": socket.SOCK_STREAM, "protocol": socket.IPPROTO_TCP}
UDP: Facts = {"family": socket.AF_INET, "type": socket.SOCK_DGRAM, "protocol": socket.IPPROTO_UDP}
PEER: Facts = {"remote": bytes((127, 0, 0, 1)) + bytes(12), "remote_port": socket.htons(53)}


def called(call: str, facts: Facts, result: int = 0, file_flags: int = KNOWN) -> Event:
    record = Builder(call, result=result).descriptor(num=3, file_flags=file_flags).socket(**facts)
    return decode(record.bytes(), records.session())


@pytest.mark.parametrize("facts", [TCP, UDP, {"family": socket.AF_UNIX}, {"family": socket.AF_NETLINK}])
def test_a_socket_without_ends_has_an_empty_name(facts: Facts) -> None:
    fd = called("socket", facts, 3).fd
    assert fd is not None
    assert fd.name == b""


def test_what_is_not_open_has_no_name() -> None:
    fd = called("listen", {}, -9, file_flags=0).fd
    assert fd is not None
    assert fd.name is None


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (TCP, b"<4t>"),
        (UDP, b"<4u>"),
        ({**UDP, **PEER}, b"<4u>127.0.0.1:53"),
        ({**TCP, "protocol": socket.IPPROTO_ICMP}, b"<4i>"),
        ({**TCP, "type": socket.SOCK_RAW}, b"<4r>"),
        ({"family": socket.AF_UNIX}, b"<u>"),
    ],
)
def test_a_parameter_says_the_kind_the_protocol_and_the_ends(facts: Facts, text: bytes) -> None:
    assert called("socket", facts, 3).arguments["fd"] == text


@pytest.mark.parametrize(
    ("call", "facts", "changed"),
    [("connect", UDP, True), ("connect", TCP, False), ("sendto", UDP, False), ("bind", UDP, False)],
)
def test_a_datagram_socket_has_another_name_by_every_connect(call: str, facts: Facts, changed: bool) -> None:
    fd = called(call, facts | PEER).fd
    assert fd is not None
    assert fd.socket is not None
    assert fd.socket.name_changed is changed


@pytest.mark.parametrize(
    ("facts", "calls"),
    [
        ({**UDP, "bound": 0}, True),
        ({**UDP, "bound": 1}, False),
        ({**TCP, "bound": 0}, False),
        ({**TCP, "bound": 1}, True),
    ],
    ids=["no peer knew its port", "datagrams to a port that is known", "made by a listener", "bound itself"],
)
def test_who_called_is_told_by_the_port_that_was_chosen(facts: Facts, calls: bool) -> None:
    """Of a connection whose own port is the lower one."""
    ends: Facts = {"local_port": socket.htons(1000), "remote_port": socket.htons(2000)}
    fd = called("sendto", facts | PEER | {"local": PEER["remote"]} | ends).fd
    assert fd is not None
    assert fd.socket is not None
    assert fd.socket.is_server is not calls


MPTCP: Facts = {**TCP, "protocol": socket.IPPROTO_MPTCP}
SCTP: Facts = {**TCP, "protocol": socket.IPPROTO_SCTP}
UNIX: Facts = {"family": socket.AF_UNIX, "type": socket.SOCK_STREAM}


@pytest.mark.parametrize(("call", "at"), fast_open.FLAGS.items())
@pytest.mark.parametrize(
    ("facts", "made"), [(TCP, True), (MPTCP, True), (UDP, False), (SCTP, False), (UNIX, False), ({}, False)]
)
def test_a_send_makes_a_connection_by_its_flags_and_its_socket(
    call: str, at: int, facts: Facts, made: bool
) -> None:
    for flags in (fast_open.MSG_FASTOPEN, fast_open.MSG_FASTOPEN | socket.MSG_NOSIGNAL, socket.MSG_NOSIGNAL):
        given = [0] * 6
        given[at] = flags
        record = Builder(call, result=1).call(*given).descriptor(num=3, file_flags=KNOWN).socket(**facts)
        event = decode(record.bytes(), records.session())
        assert event.fast_open is (made and bool(flags & fast_open.MSG_FASTOPEN))


@pytest.mark.parametrize("call", ["connect", "recvfrom", "accept4"])
def test_no_other_call_on_a_socket_is_such_a_send(call: str) -> None:
    given = [fast_open.MSG_FASTOPEN] * 6
    record = Builder(call).call(*given).descriptor(num=3, file_flags=KNOWN).socket(**TCP)
    assert not decode(record.bytes(), records.session()).fast_open


def test_who_sends_the_first_data_is_the_client() -> None:
    """Whichever port is lower, and of the address that is given where the kernel has none any more."""
    ends: Facts = {"local_port": socket.htons(1000), "remote_port": socket.htons(2000)}
    to = b"\2\0\x07\xd0\x7f\0\0\1" + bytes(8)
    for facts in (ends | {"local": PEER["remote"], "remote": PEER["remote"]}, {}):
        record = Builder("sendto", result=-115).call(3, 0, 0, fast_open.MSG_FASTOPEN, address=to)
        event = decode(
            record.descriptor(num=3, file_flags=KNOWN).socket(**TCP, **facts).bytes(), records.session()
        )
        assert event.fd is not None
        assert event.fd.socket is not None
        assert event.fd.socket.is_server is False
        assert event.fd.socket.remote == Endpoint(bytes((127, 0, 0, 1)), 2000)


def test_flags_stand_beside_the_type_of_a_socket_and_in_that_of_a_pair() -> None:
    asked = socket.SOCK_STREAM | socket.SOCK_CLOEXEC
    one, pair = (
        decode(Builder(call).call(socket.AF_UNIX, asked).bytes(), records.session())
        for call in ("socket", "socketpair")
    )
    assert (one.raw_arguments["type"], one.arguments["flags"]) == (socket.SOCK_STREAM, b"SOCK_CLOEXEC")
    assert (pair.raw_arguments["type"], pair.arguments["type"]) == (asked, b"%d" % asked)


def test_the_flags_of_accept4_are_a_number() -> None:
    record = Builder("accept4", result=3).call(4, 0, 0, socket.SOCK_CLOEXEC)
    assert decode(record.bytes(), records.session()).arguments["flags"] == b"%X" % socket.SOCK_CLOEXEC


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (b"\2\0\0\x35\x7f\0\0\1", b"127.0.0.1:53"),
        (b"\1\0/run/x\0", b"/run/x"),
        (b"\1\0\0hidden", b"@hidden"),
        (b"\x10\0abc", b"family 16"),
        (b"", b""),
    ],
)
def test_an_address_is_written_by_its_family(address: bytes, text: bytes) -> None:
    record = Builder("bind").call(3, address=address)
    assert decode(record.bytes(), records.session()).arguments["addr"] == text

# SPDX-License-Identifier: Apache-2.0
"""sendmmsg and recvmmsg move many messages by one call: each is an event, with its address, size and data."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Callable

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields.model import Endpoint, Socket
from tests.kernel import calling_32
from tests.kernel.calling import call
from tests.kernel.calling_32 import Calls32
from tests.kernel.conftest import Watch
from tests.kernel.messages import Message, array, array_32, ipv4, ipv6

LOOPBACK = "127.0.0.1"
IP = ipaddress.ip_address(LOOPBACK).packed
MOST = 16
BEYOND = "message beyond the 16th of a call"
SENDMSG_32, RECVMSG_32, SENDMMSG_32, RECVMMSG_32, RECVMMSG_TIME64 = 370, 372, 345, 337, 417


def seen(watch: Watch, work: Callable[[], None], *types: str) -> list[Event]:
    return [event for event in watch.of(work, *types) if isinstance(event, Event)]


def ends(event: Event) -> Socket:
    assert event.fd is not None
    assert event.fd.socket is not None
    return event.fd.socket


def datagram(port: int = 0) -> int:
    """The descriptor of a bound UDP socket that stays open."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((LOOPBACK, port))
    return made.detach()


def test_each_message_has_its_address_size_and_data(watch: Watch) -> None:
    def work() -> None:
        sender = datagram()
        messages = array(
            Message((b"one", b"", b" more"), ipv4(LOOPBACK, 7001)),
            Message((b"\0two\xff",), ipv4("127.0.0.2", 7002)),
            Message((b"x" * 500, b"y" * 500), ipv4("127.0.0.3", 7003)),
            Message((b"",), ipv4("127.0.0.4", 7004)),
        )
        os._exit(call("sendmmsg", sender, messages, 4, 0) != 4)

    first, *_ = events = seen(watch, work, "sendmmsg")
    local = ends(first).local
    assert local is not None
    own = b"127.0.0.1:%d" % local.port
    wanted = [
        (8, b"127.0.0.1:7001", b"one more"),
        (5, b"127.0.0.2:7002", b".two."),
        (1000, b"127.0.0.3:7003", b"x" * 80),
        (0, b"127.0.0.4:7004", b""),
    ]
    assert len(events) == len(wanted)
    for event, (size, peer, data) in zip(events, wanted, strict=True):
        tuple_ = own + b"->" + peer
        assert event.result == size
        assert dict(event.arguments) == {
            "res": b"%d" % size,
            "data": data,
            "fd": b"<4u>" + tuple_,
            "size": b"%d" % size,
            "tuple": tuple_,
        }
        assert event.raw_arguments["size"] == event.raw_arguments["res"] == size
        assert (ends(event).is_server, ends(event).name_changed, ends(event).l4proto) == (False, True, b"udp")
        assert event.time == first.time
        assert event.process.pid == first.process.pid
    assert events[1].call.buffer == b"\0two\xff"


def test_the_bytes_are_found_in_whichever_pieces_they_are(watch: Watch) -> None:
    text = bytes(range(65, 75))

    def work() -> None:
        message = Message(tuple(bytes([byte]) for byte in text), ipv4(LOOPBACK, 7001))
        call("sendmmsg", datagram(), array(message), 1, 0)
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"a"] * 20, [], 0, (LOOPBACK, 7001))

    many, one = seen(watch, work, "sendmmsg", "sendmsg")
    assert many.call.buffer == text
    assert (one.result, one.call.buffer) == (20, b"a" * 16)  # of the first 16 pieces


def test_those_before_one_that_fails_were_sent(watch: Watch) -> None:
    def work() -> None:
        messages = array(
            Message((b"first",), ipv4(LOOPBACK, 7001)),
            Message((b"second",), ipv4(LOOPBACK, 7002)),
            Message((b"third",), ipv4(LOOPBACK, 7003)[:4]),  # too short an address
        )
        os._exit(call("sendmmsg", datagram(), messages, 3, 0) != 2)

    events = seen(watch, work, "sendmmsg")
    assert [(event.result, event.call.buffer) for event in events] == [(5, b"first"), (6, b"second")]
    assert [ends(event).remote for event in events] == [Endpoint(IP, 7001), Endpoint(IP, 7002)]


def test_a_call_that_fails_is_one_event_with_the_first_address(watch: Watch) -> None:
    def work() -> None:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
        messages = array(*[Message((b"never sent",), ipv4("127.255.255.255", 7000 + at)) for at in range(3)])
        call("sendmmsg", sender, messages, 3, 0)
        call("sendmmsg", sender, 8, 3, 0)

    broadcast, fault = seen(watch, work, "sendmmsg")
    assert broadcast.result == -errno.EACCES
    assert dict(broadcast.arguments) == {
        "res": b"EACCES",
        "data": b"never sent",
        "size": b"10",
        "fd": broadcast.arguments["fd"],
        "tuple": broadcast.arguments["tuple"],
    }
    assert broadcast.arguments["tuple"].endswith(b"127.255.255.255:7000")
    assert ends(broadcast).remote == Endpoint(ipaddress.ip_address("127.255.255.255").packed, 7000)
    assert (fault.result, ends(fault).remote, fault.arguments["size"]) == (-errno.EFAULT, None, b"0")


def test_no_message_at_all_is_an_event_of_nothing(watch: Watch) -> None:
    def work() -> None:
        call("sendmmsg", datagram(), array(), 0, 0)

    (event,) = seen(watch, work, "sendmmsg")
    assert (event.result, event.arguments["size"], event.arguments["data"]) == (0, b"0", b"")
    assert ends(event).remote is None


def test_each_received_message_says_where_it_came_from(watch: Watch) -> None:
    def work() -> None:
        receiver = datagram(7100)
        to = ipv4(LOOPBACK, 7100)
        for at in range(3):
            call("sendto", datagram(7101 + at), b"question %d" % at, 10, 0, to, len(to))
        messages = array(*[Message((bytes(4), bytes(60)), bytes(16)) for _ in range(5)])
        os._exit(call("recvmmsg", receiver, messages, 5, 0x40, None) != 3)  # MSG_DONTWAIT

    events = seen(watch, work, "recvmmsg")
    assert [event.result for event in events] == [10, 10, 10]
    for at, event in enumerate(events):
        tuple_ = b"127.0.0.1:%d->127.0.0.1:7100" % (7101 + at)
        assert ends(event).is_server
        assert dict(event.arguments) == {
            "res": b"10",
            "data": b"question %d" % at,
            "fd": b"<4u>" + tuple_,
            "tuple": tuple_,
            "msgcontrol": b"",
            "size": b"10",
        }


def test_receiving_nothing_is_the_error(watch: Watch) -> None:
    def work() -> None:
        call("recvmmsg", datagram(), array(Message((bytes(8),))), 1, 0x40, None)

    (event,) = seen(watch, work, "recvmmsg")
    assert event.result == -errno.EAGAIN
    assert (event.arguments["res"], event.arguments["size"], event.arguments["data"]) == (
        *(b"EAGAIN", b"0"),
        b"",
    )
    assert ends(event).remote is None


def test_one_socket_may_send_to_both_families(watch: Watch) -> None:
    def work() -> None:
        sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).detach()
        messages = array(
            Message((b"six",), ipv6("::1", 7001)),
            Message((b"mapped",), ipv6("::ffff:127.0.0.1", 7002)),
            Message((b"four",), ipv4(LOOPBACK, 7003)),
        )
        os._exit(call("sendmmsg", sender, messages, 3, 0) != 3)

    six, mapped, four = seen(watch, work, "sendmmsg")
    assert ends(six).remote == Endpoint(ipaddress.ip_address("::1").packed, 7001)
    assert ends(mapped).remote == Endpoint(IP, 7002)
    assert ends(four).remote == Endpoint(IP, 7003)
    assert [event.fd and event.fd.typechar for event in (six, mapped, four)] == [b"6", b"4", b"4"]


def test_what_is_beyond_the_sixteenth_is_counted(watch: Watch, probes: Probes) -> None:
    before = counted(probes)

    def work() -> None:
        messages = [Message((b"%d" % at,), ipv4(LOOPBACK, 7000 + at)) for at in range(MOST + 5)]
        os._exit(call("sendmmsg", datagram(), array(*messages), MOST + 5, 0) != MOST + 5)

    events = seen(watch, work, "sendmmsg")
    assert [event.call.buffer for event in events] == [b"%d" % at for at in range(MOST)]
    after = counted(probes)
    more = {name: after[name] - before.get(name, 0) for name in after}
    assert {name: count for name, count in more.items() if count} == {"seen": MOST, "sent": MOST, BEYOND: 5}
    assert any(
        one.lost and one.event_class == "sendmmsg" for one in probes.counters() if one.reason == BEYOND
    )


@pytest.mark.skipif(not calling_32.possible(), reason="this kernel takes no 32-bit calls")
def test_messages_of_32_bit_calls_are_read_alike(watch: Watch) -> None:
    def work() -> None:
        calls = Calls32()
        receiver, sender = datagram(7201), datagram(7202)
        to = ipv4(LOOPBACK, 7201)
        calls.call(SENDMSG_32, sender, calls.place(Message((b"a", b"1"), to).header_32(calls)), 0)
        many = array_32(calls, Message((b"b2",), to), Message((b"c", b"3"), to))
        calls.call(SENDMMSG_32, sender, many, 2, 0)
        answer = Message((bytes(1), bytes(9)), bytes(16))
        calls.call(RECVMSG_32, receiver, calls.place(answer.header_32(calls)), 0)
        for number in (RECVMMSG_32, RECVMMSG_TIME64):
            calls.call(number, receiver, array_32(calls, answer), 1, 0x40, 0)

    events = seen(watch, work, "sendmsg", "sendmmsg", "recvmsg", "recvmmsg")
    assert [(event.type, event.result, event.call.buffer) for event in events] == [
        ("sendmsg", 2, b"a1"),
        *(("sendmmsg", 2, b"b2"), ("sendmmsg", 2, b"c3")),
        ("recvmsg", 2, b"a1"),
        *(("recvmmsg", 2, b"b2"), ("recvmmsg", 2, b"c3")),
    ]
    for event in events:
        assert event.arguments["tuple"] == b"127.0.0.1:7202->127.0.0.1:7201"


def counted(probes: Probes) -> dict[str, int]:
    """But for the environment of the fork, which arm64 without hardware access flags may not find."""
    totals = {one.reason: one.value for one in probes.totals() if one.event_class == "sendmmsg"}
    totals.pop("environment not in memory", None)
    return dict.fromkeys(("seen", "sent", BEYOND), 0) | totals

# SPDX-License-Identifier: Apache-2.0
"""Records that are short, cut or wrong; what an event takes from the session."""

from __future__ import annotations

import struct

import pytest

from lanner_agent.decode.event import DecodeError, decode, fixed
from lanner_agent.decode.host_names import HostNames
from lanner_agent.decode.session import Session
from lanner_agent.kernel import tables
from lanner_agent.kernel.record_layout import ANCESTORS, FORK_FACTS, OPEN_FACTS, RECORD, RecordAt
from lanner_engine.fields import model
from lanner_engine.fields.model import HOST, Container
from tests.agent.decode import records
from tests.agent.decode.records import Builder
from tests.kernel.answers import Answers

ATTRIBUTES = {
    protocol: [name for name, value in vars(protocol).items() if isinstance(value, property)]
    for protocol in (model.Event, model.Process, model.Descriptor)
}


@pytest.mark.parametrize("event", tables.EVENTS)
def test_a_short_record_is_refused(event: str) -> None:
    data = Builder(event).bytes()
    for length in (0, 1, 31, fixed(data) - 1):
        with pytest.raises(DecodeError, match=f"{length} bytes"):
            decode(data[:length], records.session())
    assert decode(data[: fixed(data)], records.session()).type == event


def test_a_record_has_the_room_that_its_event_needs() -> None:
    found = [fixed(Builder(event).bytes()) for event in ("execve", "procexit", "openat", "connect")]
    assert found == [RecordAt.fork + FORK_FACTS.size] * 2 + [RecordAt.open + OPEN_FACTS.size, RECORD.size]


@pytest.mark.parametrize("number", [0, 256, 0xFFFF])
def test_an_event_that_does_not_exist_is_refused(number: int) -> None:
    with pytest.raises(DecodeError, match=str(number)):
        decode(_numbered(number), records.session())


def _numbered(number: int) -> bytes:
    return Builder("open").head(event=number).bytes()


@pytest.mark.parametrize("event", tables.EVENTS)
@pytest.mark.parametrize("fill", [0x00, 0x2F, 0xFF])
@pytest.mark.parametrize("more", [0, 100])
def test_nothing_in_a_record_makes_a_reading_fail(event: str, fill: int, more: int) -> None:
    data = bytearray([fill]) * (RECORD.size + 100)
    struct.pack_into("<H", data, RecordAt.event, tables.EVENTS[event])
    read = decode(bytes(data[: fixed(bytes(data)) + more]), records.session())
    for name in ATTRIBUTES[model.Event]:
        getattr(read, name)
    process: model.Process | None = read.process
    ancestors = 0
    while process is not None:
        for name in ATTRIBUTES[model.Process]:
            getattr(process, name)
        process = process.parent
        ancestors += 1
    assert ancestors <= 1 + ANCESTORS
    if read.fd is not None:
        for name in ATTRIBUTES[model.Descriptor]:
            getattr(read.fd, name)
    assert all(isinstance(value, bytes) for value in read.arguments.values())
    assert set(read.raw_arguments) == set(read.arguments)
    assert all(isinstance(value, int | bytes) for value in read.raw_arguments.values())


def test_a_view_is_as_good_as_bytes() -> None:
    data = Builder("execve", cpu=5).process(comm=b"sh").bytes()
    event = decode(memoryview(data), records.session())
    assert (event.process.comm, event.cpu) == (b"sh", 5)


def test_a_cut_record_says_so() -> None:
    assert decode(Builder("execve", flags=8).bytes(), records.session()).cut == 8
    assert not decode(Builder("execve").bytes(), records.session()).cut


def test_events_are_counted_from_one() -> None:
    session = records.session()
    assert [decode(Builder("open").bytes(), session).num for _ in range(3)] == [1, 2, 3]


def test_an_event_knows_how_long_the_watch_had_lasted() -> None:
    session = records.session()
    begun = session.began
    events = [Builder("open").head(time=begun + passed).bytes() for passed in (5_000, -5_000)]
    assert [decode(one, session).since_start for one in events] == [5_000, 0]


def test_an_address_has_the_names_of_everybody_and_of_the_pods_namespace() -> None:
    known = HostNames({b"ip": (b"b",)}, {b"shop": {b"ip": (b"a",)}, b"bank": {b"ip": (b"c",)}})
    shop = Container(b"i", b"id", pod_namespace=b"shop")
    for container, names in ((HOST, (b"b",)), (shop, (b"a", b"b"))):
        lookups = records.answers(b"id", container)
        lookups.host_names = lambda: known
        session = Session(lookups)
        assert decode(Builder("open").bytes(), session).names_of(b"ip") == names


def test_a_container_is_asked_for_until_the_runtime_has_answered() -> None:
    found = iter([Container(b"c" * 12, b"c" * 64), Container(b"c" * 12, b"c" * 64, name=b"web")])
    asked: list[bytes] = []

    def identify(path: bytes) -> bytes:
        asked.append(path)
        return b"c" * 64

    session = Session(Answers(identify, lambda full_id: next(found)))
    event = decode(Builder("execve").process(cgroup=b"/kubepods/x").bytes(), session)
    assert event.container_id == b"c" * 64
    assert (event.container.name, event.container.name) == (None, b"web")
    assert asked == [b"/kubepods/x"]


def test_a_process_of_the_host_is_in_no_container() -> None:
    event = decode(Builder("execve").process(uid=7, gid=8).bytes(), records.session())
    assert (event.container_id, event.container) == (None, HOST)
    assert (event.user.name, event.group, event.hostname) == (b"user7", b"group8", b"node")

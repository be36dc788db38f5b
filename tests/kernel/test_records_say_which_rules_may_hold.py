# SPDX-License-Identifier: Apache-2.0
"""Each record says which generation of the rules' index was asked, and which clauses it left; so the rules of
these clauses are asked, of the generation that was in force when the event began.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from lanner_agent.decode import texts
from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.fixed import FIXED
from lanner_agent.kernel.record_layout import RECORD, OpenFactsAt, Record, RecordAt
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.generations import Generations
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.tables import Tables
from tests.kernel import io_uring
from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import in_child
from tests.kernel.io_uring import Request
from tests.kernel.sifting import Sieve, asks_names, identify, rules, tables

pytestmark = pytest.mark.each_kernel

WORD = 64
FILES = ("/etc/passwd", "/etc/hostname", "/etc/group")
PASSWD, HOSTNAME, GROUP = (f"evt.type = openat and fd.name = {path}" for path in FILES)
READS = "evt.type = openat and evt.is_open_read = true and evt.failed = false"


def open_all() -> None:
    for path in FILES:
        os.close(os.open(path, os.O_RDONLY))


def with_rules(sieve: Sieve, work: Callable[[], None], *conditions: str) -> tuple[list[Event], int]:
    """What arrives of a process while these are in force, and the generation that they are."""
    with sieve.sifting(*conditions):
        generation = sieve.watch.probes.generation
        pid = in_child(work)
        found = [event for event in sieve.watch.events(pid) if isinstance(event, Event)]
    return [event for event in found if event.type != "procexit"], generation


def owners(event: Event, built: Tables) -> set[int]:
    """The rules of the clauses that are left."""
    own = built[CLASS_OF[event.type]].rules
    return set().union(*(own[bit] for bit in range(len(own)) if event.candidates >> bit & 1))


def by_file(events: Sequence[Event], built: Tables) -> dict[bytes, set[int]]:
    return {
        event.fd.name or b"": owners(event, built)
        for event in events
        if event.type == "openat" and event.fd is not None
    }


def left(by_names: set[int], many: int) -> set[int]:
    """What names of the path leave of so many rules; where they are not asked, all of them."""
    return by_names if asks_names() else set(range(many))


def test_without_an_index_there_is_no_generation(sieve: Sieve) -> None:
    pid = in_child(open_all)
    found = [event for event in sieve.watch.events(pid) if isinstance(event, Event)]
    assert found
    assert {(event.generation, event.candidates) for event in found} == {(0, 0)}


def test_the_clauses_of_an_open(sieve: Sieve) -> None:
    conditions = (PASSWD, "evt.type = openat and fd.name = /no/where", GROUP, READS + " and proc.name != zz")
    found, generation = with_rules(sieve, open_all, *conditions)
    opened = [event for event in found if event.type == "openat"]
    assert by_file(opened, tables(*conditions)) == {
        b"/etc/passwd": left({0, 3}, 4),
        b"/etc/hostname": left({3}, 4),
        b"/etc/group": left({2, 3}, 4),
    }
    assert generation > 0
    assert {event.generation for event in opened} == {generation}
    every = (1 << len(tables(*conditions)["open"].clauses)) - 1
    assert all(0 < event.candidates <= every for event in opened)


def test_the_clauses_of_an_open_that_fails(sieve: Sieve) -> None:
    def work() -> None:
        with suppress(FileNotFoundError):
            os.open("/no/where", os.O_RDONLY)

    conditions = (READS, "evt.type = openat and evt.failed = true", "evt.type = openat and evt.rawres = -2")
    found, generation = with_rules(sieve, work, *conditions)
    (event,) = [event for event in found if event.type == "openat" and event.result == -2]
    assert owners(event, tables(*conditions)) == {1, 2}
    assert event.generation == generation


def test_the_clauses_of_other_events(sieve: Sieve) -> None:
    def work() -> None:
        os.chdir("/")
        pid = os.fork()
        if not pid:
            os.execv("/bin/true", ["true"])  # noqa: S606 (no shell is the point)
        os.waitpid(pid, 0)

    conditions = (
        "evt.type = chdir and evt.failed = true",
        "evt.type = chdir and evt.failed = false",
        "evt.type in (chdir, execve) and proc.name != zz",
        "evt.type = execve and proc.name = zz",
        "evt.type = procexit and proc.name = true",
        "evt.type = procexit and proc.name = zz",
    )
    with sieve.sifting(*conditions):
        generation = sieve.watch.probes.generation
        in_child(work)
        found = [event for event in sieve.watch.everything() if isinstance(event, Event)]
    found = [event for event in found if event.type in ("chdir", "execve", "procexit")]
    built = tables(*conditions)
    asked = {(event.type, event.process.comm): owners(event, built) for event in found}
    here = next(event.process.comm for event in found if event.type == "chdir")
    assert asked["chdir", here] == {1, 2}
    assert asked["execve", b"true"] == {2}
    assert asked["procexit", b"true"] == {4}
    assert {event.generation for event in found} == {generation}


@pytest.mark.parametrize("number", [WORD, WORD + 1, 2 * WORD, 2 * WORD + 1, 3 * WORD + 5, 8 * WORD])
def test_clauses_in_several_words(sieve: Sieve, number: int) -> None:
    """The last rules have bits in the last word; what lies behind the words is as it was."""
    others = [f"evt.type = openat and fd.name = /no/where/{at}" for at in range(number - 3)]
    conditions = (PASSWD, *others, HOSTNAME, GROUP)
    built = tables(*conditions)
    assert len(built["open"].clauses) == number
    found, generation = with_rules(sieve, open_all, *conditions)
    assert by_file(found, built) == {
        b"/etc/passwd": left({0}, number),
        b"/etc/hostname": left({number - 2}, number),
        b"/etc/group": left({number - 1}, number),
    }
    assert [event.candidates.bit_length() for event in found if event.type == "openat"] == (
        [1, number - 1, number] if asks_names() else [number] * 3
    )
    assert {event.generation for event in found if event.type == "openat"} == {generation}
    for event in found:
        if event.type == "openat":
            assert event.process.parent is not None
            assert event.process.parent.comm == event.process.comm
            assert event.process.pid != event.process.parent.pid == os.getpid()


def test_what_is_shared_by_many_clauses_is_all_of_theirs(sieve: Sieve) -> None:
    """More clauses than bits."""
    others = [f"evt.type = openat and fd.name = /no/where/{at}" for at in range(8 * WORD - 1)]
    conditions = (PASSWD, *others, HOSTNAME)
    found, _ = with_rules(sieve, open_all, *conditions)
    asked = by_file(found, tables(*conditions))
    assert asked[b"/etc/passwd"] == left({0, 8 * WORD}, 8 * WORD + 1) == asked[b"/etc/hostname"]


def test_of_requests_of_io_uring_it_is_known_too(sieve: Sieve) -> None:
    if not io_uring.supported(io_uring.OPENAT):
        pytest.skip("this kernel has no io_uring")

    def work() -> None:
        path = io_uring.text(b"/etc/passwd")
        with io_uring.ring() as ring:
            assert ring.result(Request(io_uring.OPENAT, AT_FDCWD, address=io_uring.at(path))) >= 0

    conditions = (HOSTNAME, PASSWD)
    found, generation = with_rules(sieve, work, *conditions)
    (request,) = (event for event in found if event.through_io_uring)
    assert request.generation == generation
    # where names are not asked, none is told: each may hold
    assert owners(request, tables(*conditions)) == ({1} if asks_names() else set())
    found, _ = with_rules(sieve, work, "evt.type = openat and fd.name = /no/where")
    assert bool([event for event in found if event.through_io_uring]) != asks_names()


def test_a_record_says_where_the_strings_of_the_process_end(sieve: Sieve) -> None:
    pid = in_child(open_all)
    records = list(sieve.watch.probes.drain())
    opened = [
        record
        for record in records
        if (event := decode(record, sieve.watch.session)).process.pid == pid and event.type == "openat"
    ]
    assert opened
    for record in opened:
        head = Record._make(RECORD.unpack_from(record + bytes(RECORD.size)))
        at, length = texts.place(head.lineage)
        raw, _ = texts._read_text(record, RecordAt.open + OpenFactsAt.raw)
        assert FIXED[head.event] < at < at + length <= head.own == raw < head.size == len(record)


def test_an_event_meets_the_rules_that_were_in_force_when_it_began(sieve: Sieve) -> None:
    """Rules are replaced between two events; both wait in the ring until then."""
    counts = Counts()
    generations = Generations(counts)
    probes = sieve.watch.probes
    sets = [(HOSTNAME, PASSWD), (GROUP, READS, PASSWD)]
    put: list[int] = []
    pids: list[int] = []
    try:
        for conditions in sets:
            assert probes.hold_back(tables(*conditions), identify) == ""
            generations.switch(compile_rules(rules(*conditions)), probes.generation, tables(*conditions))
            put.append(probes.generation)
            pids.append(in_child(lambda: os.close(os.open("/etc/passwd", os.O_RDONLY))))
    finally:
        probes.hold_back(None)
    assert put[1] == put[0] + 1
    found = [event for event in sieve.watch.events(*pids) if isinstance(event, Event)]
    opened = [event for event in found if event.fd is not None and event.fd.name == b"/etc/passwd"]
    assert [event.generation for event in opened] == put
    assert [owners(event, tables(*sets[at])) for at, event in enumerate(opened)] == [
        left({1}, 2),
        left({1, 2}, 3),
    ]
    matched = [[rule.name for rule in generations.asked(event).match(event)] for event in opened]
    assert matched == [["r1"], ["r1"]]
    assert [generations.asked(event).match(event)[0].condition for event in opened] == [
        rules(PASSWD)[0].condition,
        rules(READS)[0].condition,
    ]
    assert counts.outlived == 0

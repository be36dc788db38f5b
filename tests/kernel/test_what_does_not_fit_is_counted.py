# SPDX-License-Identifier: Apache-2.0
"""With the reader stopped: every event is either in a ring or counted as lost, by its class,
whether its origin had its share of the ring or the ring was full; execs, forks and exits have a ring of their
own.
"""

from __future__ import annotations

import os
import pathlib
import struct
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel import room, syscall_bpf
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record_layout import BUFFER_OWNERS, BUFFERS
from lanner_engine.index.tables import build
from tests.kernel import sifting
from tests.kernel.calling import call
from tests.kernel.conftest import Watch, execute, in_child
from tests.kernel.pods import cgroup, done

TRUE = "/usr/bin/true"
SMALL = 256 << 10
OPENS = 3000
ORIGINS = 100
FORKS = frozenset({"clone", "fork", "vfork", "clone3"})
TYPES = FORKS | {"execve", "procexit", "openat"}
RARE = {"delete_module": 1500, "process_vm_writev": 900}  # calls that nobody else makes; both fail
PROGRAMS = 200


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, own_cgroup: pathlib.Path) -> Iterator[Watch]:
    """Probes of this test's own, with small rings for all but exec, fork and exit."""
    monkeypatch.setattr(room, "here", lambda: room.Room(1, SMALL, 2, room.LIFE_BYTES))
    probes = Probes.load(scope=own_cgroup)
    probes.subscribe(TYPES, TYPES)
    yield Watch(probes)
    probes.close()


def open_many() -> None:
    """Opens of one path that nothing else opens."""
    for _ in range(OPENS):
        os.close(os.open("/proc/self/limits", os.O_RDONLY))
    os._exit(0)


def totals(watch: Watch, event: str) -> Counter[str]:
    return Counter({one.reason: one.value for one in watch.probes.totals() if one.event_class == event})


def lost(counted: Counter[str]) -> int:
    return counted["beyond its share"] + counted["ring full"] + counted["buffer busy"]


def test_opens_are_in_a_ring_or_counted_to_the_last_one(watch: Watch) -> None:
    pid = in_child(open_many)
    watch.probes.subscribe(frozenset(), frozenset())  # the machine goes on opening files
    time.sleep(0.1)
    counted = totals(watch, "openat")
    assert counted["seen"] >= OPENS
    assert counted["seen"] == counted["sent"] + lost(counted)
    found = [event for event in watch.everything() if event.type == "openat"]
    assert counted["beyond its share"] > 0
    assert len(found) == counted["sent"]
    assert any(event.process.pid == pid for event in found)
    (away,) = (
        one
        for one in watch.probes.counters()
        if (one.event_class, one.reason) == ("openat", "beyond its share")
    )
    assert away.lost


def test_a_ring_that_many_origins_fill_is_counted_to_the_last_one(
    watch: Watch, own_cgroup: pathlib.Path
) -> None:
    """Each has little waiting, all of them together have everything: of events that are urgent, for the last
    eighth of a ring is kept for them.
    """
    watch.probes.hold_back(build(sifting.rules("evt.type = openat", priority="CRITICAL")), sifting.identify)
    number = 0
    while not totals(watch, "openat")["ring full"] and number < ORIGINS:
        number += 1
        with cgroup(own_cgroup, f"pod-{number}") as pod:
            done(pod, open_many)
    counted = totals(watch, "openat")
    found = [event for event in watch.everything() if event.type == "openat"]
    assert counted["ring full"] > 0
    assert counted["seen"] == counted["sent"] + lost(counted) == OPENS * number
    assert len(found) == counted["sent"]
    (full,) = (
        one for one in watch.probes.counters() if (one.event_class, one.reason) == ("openat", "ring full")
    )
    assert (full.value, full.lost) == (counted["ring full"], True)


def test_done_is_recorded_or_counted_for_each_class(watch: Watch) -> None:
    def work() -> None:
        for number in range(max(RARE.values())):
            for name, times in RARE.items():
                if number < times:
                    call(name, 0, 0, 0, 0, 0, 0)

    watch.probes.subscribe(TYPES | RARE.keys(), TYPES | RARE.keys())
    in_child(work)
    events = watch.everything()
    for name, times in RARE.items():
        counted = totals(watch, name)
        recorded = sum(event.type == name for event in events)
        assert counted["seen"] == times
        assert counted["beyond its share"] > 0, name
        assert recorded == counted["sent"] == times - lost(counted)


def test_a_flood_of_opens_costs_no_program_its_fork_its_exec_or_its_exit(watch: Watch) -> None:
    def work() -> None:
        for pid in [os.posix_spawn(TRUE, ["true"], {}) for _ in range(PROGRAMS)]:
            os.waitpid(pid, 0)

    in_child(open_many)
    maker = in_child(work)
    events: list[Event] = [event for event in watch.everything() if isinstance(event, Event)]
    assert lost(totals(watch, "openat")) > 0
    pids = [event.child()[1] for event in events if event.type in FORKS and event.process.pid == maker]
    assert len(set(pids)) == len(pids) == PROGRAMS
    for event_type in ("execve", "procexit"):
        seen = Counter(event.process.pid for event in events if event.type == event_type)
        assert [pid for pid in pids if seen[pid] != 1] == []


def test_a_flood_of_opens_pushes_no_exec_or_exit_out(watch: Watch) -> None:
    flood = in_child(open_many)
    pid = in_child(lambda: execute(TRUE, "true", "after the flood"))
    events = watch.everything()
    assert [event.type for event in events if event.process.pid == pid and event.type != "openat"] == [
        "execve",
        "procexit",
    ]
    assert [event.type for event in events if event.process.pid == flood][-1:] == ["procexit"]
    for event in ("execve", "procexit"):
        assert lost(totals(watch, event)) == 0


def delete_ten() -> None:
    for _ in range(10):
        call("delete_module", b"none", 0)


def take_buffers(watch: Watch, sets: int) -> None:
    """As programs do that are preempted while they fill a record: so many on each CPU."""
    owners = BUFFER_OWNERS.pack(*[1] * sets, *[0] * (BUFFERS - sets))
    key = struct.pack("I", 0)
    syscall_bpf.map_update(watch.probes.map_fd("buffer_owners"), key, owners * syscall_bpf.possible_cpus())


@pytest.mark.parametrize("taken", range(BUFFERS + 1))
def test_programs_that_are_interrupted_leave_others_a_buffer(watch: Watch, taken: int) -> None:
    """And where none is left the event is counted."""
    watch.probes.subscribe(frozenset(RARE), frozenset(RARE))
    take_buffers(watch, taken)
    maker = in_child(delete_ten)
    take_buffers(watch, 0)
    found = [event for event in watch.everything() if event.type == "delete_module"]
    counted = totals(watch, "delete_module")
    busy = 10 if taken == BUFFERS else 0
    assert (counted["seen"], counted["sent"], counted["buffer busy"]) == (10, 10 - busy, busy)
    assert [event.process.pid for event in found] == [maker] * (10 - busy)
    assert {event.arguments["name"] for event in found} == ({b"none"} if found else set())
    comm = pathlib.Path("/proc/thread-self/comm").read_bytes().strip()
    assert {event.process.comm for event in found} == ({comm} if found else set())

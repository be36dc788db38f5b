# SPDX-License-Identifier: Apache-2.0
"""When a ring fills, what one origin has waiting there leaves room for the others; what is turned away is
counted by event and by origin, and nothing is turned away while the reader keeps up.
"""

from __future__ import annotations

import os
import pathlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.kernel import room
from lanner_agent.kernel.origins import UNKNOWN, Origin
from lanner_agent.kernel.probes import Probes
from lanner_engine.index.tables import build
from tests.kernel import load, scope, sifting
from tests.kernel.calling import call
from tests.kernel.conftest import Watch
from tests.kernel.pods import cgroup, done, start
from tests.kernel.sifting import BOX, identify

FILE = "/etc/hostname"
RING = (8 << 20) // load.PART
FLOOD = 20_000 // load.PART
ACTS = 1000 // load.PART
LIFE_RING = (1 << 19) // load.PART
FORKS = 1300 // load.PART
PROGRAMS = 50 // load.PART
FEW = 15 // load.PART
CROWD = 12  # so many origins leave a hundredth of what is not kept
URGENT = "/etc/group"
TRUE = "/usr/bin/true"
FORK_CALLS = frozenset({"clone", "clone3", "fork", "vfork"})
LIFE = FORK_CALLS | {"execve", "procexit"}
TYPES = frozenset({"openat", "delete_module", "kill"})
MAX_OF_A_RING = 0.55  # a half, and what several CPUs add at once
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, own_cgroup: pathlib.Path) -> Iterator[Watch]:
    """Probes of this test's own, with one ring for all CPUs besides that of processes' life."""
    monkeypatch.setattr(room, "here", lambda: room.Room(1, RING, 2, LIFE_RING))
    probes = Probes.load(scope=own_cgroup)
    probes.subscribe(TYPES, TYPES)
    probes.tell_apart(identify)
    yield Watch(probes)
    probes.close()


@pytest.fixture
def pods(own_cgroup: pathlib.Path) -> Iterator[list[pathlib.Path]]:
    """Three cgroups, each with a path of its own."""
    with ExitStack() as made:
        yield [made.enter_context(cgroup(own_cgroup, f"pod-{name}")) for name in "abc"]


def opens(times: int, path: str = FILE) -> Callable[[], None]:
    def work() -> None:
        for _ in range(times):
            os.close(os.open(path, os.O_RDONLY))

    return work


def opened(events: list[Event], pid: int) -> int:
    return sum(event.process.pid == pid and event.type == "openat" for event in events)


def arrived(watch: Watch) -> list[Event]:
    return [event for event in watch.everything() if isinstance(event, Event)]


def totals(watch: Watch, event: str) -> Counter[str]:
    return Counter({one.reason: one.value for one in watch.probes.totals() if one.event_class == event})


def origin(pod: pathlib.Path) -> Origin:
    """Of a cgroup that is no container's."""
    return Origin(None, f"/{pod.relative_to(scope.ROOT)}".encode())


def learn(watch: Watch, *pods: pathlib.Path) -> None:
    """Let the kernel know of these cgroups, by an event of each."""
    for pod in pods:
        done(pod, opens(1))
    arrived(watch)


def test_beside_a_flood_all_that_another_does_arrives(watch: Watch, pods: list[pathlib.Path]) -> None:
    learn(watch, *pods)
    before = totals(watch, "openat")
    flood = done(pods[0], opens(FLOOD))
    other = done(pods[1], opens(ACTS))
    again = done(pods[0], opens(ACTS))
    counted = totals(watch, "openat") - before
    events = arrived(watch)
    away = counted["beyond its share"]
    assert opened(events, other) == ACTS
    assert (counted["seen"], counted["ring full"], counted["buffer busy"]) == (FLOOD + 2 * ACTS, 0, 0)
    assert opened(events, flood) + opened(events, again) + away == FLOOD + ACTS
    assert opened(events, flood) > 0
    assert opened(events, again) == 0
    (crowd,) = watch.probes.crowded()
    assert (crowd.origin, crowd.event_type, crowd.value) == (origin(pods[0]), "openat", away)
    (lost,) = (one for one in watch.probes.counters() if one.reason == "beyond its share")
    assert (lost.event_class, lost.value, lost.lost) == ("openat", away, True)


def test_a_flood_has_most_of_a_ring_and_no_more(watch: Watch, pods: list[pathlib.Path]) -> None:
    done(pods[0], opens(FLOOD))
    taken = sum((len(record) + 15) & -8 for record in drained(watch.probes))
    assert 0.45 < taken / RING < MAX_OF_A_RING


def drained(probes: Probes) -> list[bytes]:
    found: list[bytes] = []
    while batch := probes.drain():
        found += batch
    return found


def test_two_floods_leave_room_too(watch: Watch, pods: list[pathlib.Path]) -> None:
    learn(watch, *pods)
    floods = [start(pod, opens(FLOOD)) for pod in pods[:2]]
    for flood in floods:
        os.waitpid(flood, 0)
    other = done(pods[2], opens(ACTS))
    events = arrived(watch)
    assert opened(events, other) == ACTS
    assert totals(watch, "openat")["ring full"] == 0
    assert {crowd.origin for crowd in watch.probes.crowded()} == {origin(pod) for pod in pods[:2]}
    told = {crowd.origin: crowd.value for crowd in watch.probes.crowded()}
    for pod, flood in zip(pods, floods, strict=False):
        assert opened(events, flood) + told[origin(pod)] == FLOOD


def test_an_urgent_event_finds_room_where_no_other_does(
    watch: Watch, own_cgroup: pathlib.Path, pods: list[pathlib.Path]
) -> None:
    """Many origins take all that is not kept for what alerts of the highest priorities are about."""
    urgent = sifting.rules(f"evt.type = openat and fd.name = {URGENT}", priority="CRITICAL")
    others = sifting.rules(f"evt.type = openat and fd.name = {FILE}", priority="ERROR")
    watch.probes.hold_back(build([*urgent, *others]), identify)
    for number in range(CROWD):
        with cgroup(own_cgroup, f"crowd-{number}") as pod:
            done(pod, opens(FLOOD // 2))
    plain = done(pods[0], opens(ACTS))
    away = totals(watch, "openat")["beyond its share"]
    critical = done(pods[1], opens(ACTS, URGENT))
    assert totals(watch, "openat")["beyond its share"] == away
    events = arrived(watch)
    assert opened(events, plain) < ACTS // 2
    assert opened(events, critical) == ACTS
    assert totals(watch, "openat")["ring full"] == 0


def test_what_is_read_makes_room_again(watch: Watch, pods: list[pathlib.Path]) -> None:
    for _ in range(3):
        away = totals(watch, "openat")["beyond its share"]
        flood = done(pods[0], opens(FLOOD))
        assert totals(watch, "openat")["beyond its share"] > away
        assert 0 < opened(arrived(watch), flood) < FLOOD
        few = done(pods[0], opens(ACTS))
        assert opened(arrived(watch), few) == ACTS


def test_a_slow_reader_hears_each_act_of_another(watch: Watch, pods: list[pathlib.Path]) -> None:
    """A flood that goes on, and a reader that takes less than what comes."""
    learn(watch, *pods)
    before = totals(watch, "openat")
    records: list[bytes] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.wait(0.2):
            records.extend(watch.probes.drain())

    def act() -> None:
        for _ in range(ACTS):
            os.close(os.open(FILE, os.O_RDONLY))
            time.sleep(0.002)

    reader = threading.Thread(target=read)
    flood = start(pods[0], lambda: endless(FILE))
    reader.start()
    try:
        other = done(pods[1], act)
    finally:
        os.kill(flood, signal.SIGKILL)
        os.waitpid(flood, 0)
        ended.set()
        reader.join()
    counted = totals(watch, "openat") - before
    records += drained(watch.probes)
    pids = Counter(decode(record, watch.session).process.pid for record in records)
    assert pids[other] == ACTS
    assert counted["beyond its share"] > 0
    assert counted["ring full"] == 0
    assert counted["seen"] == len(records) + counted["beyond its share"]
    assert pids[flood] + pids[other] == len(records) == counted["sent"]
    (crowd,) = watch.probes.crowded()
    assert (crowd.origin, crowd.value) == (origin(pods[0]), counted["beyond its share"])


def endless(path: str) -> None:
    while True:
        os.close(os.open(path, os.O_RDONLY))


def test_nothing_is_turned_away_while_the_reader_keeps_up(watch: Watch, pods: list[pathlib.Path]) -> None:
    with load.reading(watch.probes) as records:
        done(pods[0], opens(3 * FLOOD))
    counted = totals(watch, "openat")
    assert len(records) == counted["seen"] == counted["sent"] == 3 * FLOOD
    assert watch.probes.crowded() == ()


def test_a_flood_of_one_call_leaves_the_other_calls_of_its_origin_room(
    watch: Watch, pods: list[pathlib.Path]
) -> None:
    def work() -> None:
        opens(FLOOD)()
        for _ in range(ACTS):
            call("delete_module", b"none", 0)

    pid = done(pods[0], work)
    events = arrived(watch)
    assert totals(watch, "openat")["beyond its share"] > 0
    assert sum(event.type == "delete_module" and event.process.pid == pid for event in events) == ACTS
    assert totals(watch, "delete_module")["sent"] == ACTS


def test_beside_a_fork_bomb_another_s_programs_are_seen(watch: Watch, pods: list[pathlib.Path]) -> None:
    def bomb() -> None:
        for _ in range(FORKS):
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)

    def programs(times: int) -> None:
        for _ in range(times):
            os.waitpid(os.posix_spawn(TRUE, ["true"], {}), 0)

    watch.probes.subscribe(LIFE | TYPES, LIFE | TYPES)
    learn(watch, *pods)
    done(pods[0], bomb)
    maker = done(pods[1], lambda: programs(PROGRAMS))
    done(pods[0], lambda: programs(FEW))
    events = arrived(watch)
    forks = [event for event in events if event.type in FORK_CALLS]
    children = {event.child()[1] for event in forks if event.process.pid == maker}
    executed = {event.process.pid for event in events if event.type == "execve"}
    ended = {event.process.pid for event in events if event.type == "procexit"}
    assert len(children & executed & ended) == PROGRAMS
    assert len(executed) == PROGRAMS + FEW  # the bomb hides no exec of its own origin either
    assert {crowd.origin for crowd in watch.probes.crowded()} == {origin(pods[0])}
    assert {crowd.event_type for crowd in watch.probes.crowded()} <= LIFE - {"execve"}
    for name in LIFE:
        counted = totals(watch, name)
        assert counted["seen"] == counted["sent"] + counted["beyond its share"]


def test_what_a_container_makes_below_its_cgroup_is_counted_with_it(
    watch: Watch, own_cgroup: pathlib.Path
) -> None:
    with cgroup(own_cgroup, BOX) as box:
        learn(watch, box)
        floods = []
        for name in ("x", "y", "z"):  # not known to the kernel
            with cgroup(box, name) as below:
                floods.append(done(below, opens(FLOOD)))
        away = totals(watch, "openat")["beyond its share"]
        (crowd,) = watch.probes.crowded()
        events = arrived(watch)
    assert [opened(events, flood) > 0 for flood in floods] == [True, False, False]
    assert (crowd.origin, crowd.event_type, crowd.value) == (Origin(b"0123456789ab"), "openat", away)
    assert away == 3 * FLOOD - sum(opened(events, flood) for flood in floods)


def test_a_cgroup_that_nobody_has_told_of_is_counted_by_itself(
    watch: Watch, pods: list[pathlib.Path]
) -> None:
    flood = done(pods[0], opens(FLOOD))
    other = done(pods[1], opens(ACTS))
    (crowd,) = watch.probes.crowded()
    events = arrived(watch)
    assert (crowd.origin, crowd.event_type) == (UNKNOWN, "openat")
    assert crowd.value == FLOOD - opened(events, flood)
    assert opened(events, other) == ACTS

# SPDX-License-Identifier: Apache-2.0
"""Thousands of processes that live for a millisecond, and threads that all open files at once: each is
recorded, once, as what it was, and nothing is counted as lost.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.reentry import PASSED_OVER
from tests.kernel.conftest import ALL, ASKED, Watch, in_child
from tests.kernel.load import reading, scaled

pytestmark = pytest.mark.timeout(180)  # an emulated guest takes its time
EACH = scaled(3000)
FORKS = frozenset({"clone", "fork", "vfork", "clone3"})
LIFE = FORKS | {"execve", "procexit"}
OPEN = frozenset({"openat"})
NAMES = 10
# One program after the other, under names by turns: by vfork as the shell does, or by a fork that calls exec.
START = {
    "vfork": 'n=0; while [ $n -lt $2 ]; do "$0/name-$((n % 10))" "$1" $n; n=$((n + 1)); done',
    "fork": 'n=0; while [ $n -lt $2 ]; do (exec "$0/name-$((n % 10))" "$1" $n); n=$((n + 1)); done',
}
THREADS, OPENS = 32, scaled(40)


@pytest.fixture
def life(probes: Probes) -> Iterator[Probes]:
    """Records of what processes do with themselves only."""
    probes.subscribe(LIFE, LIFE, ASKED)
    yield probes
    probes.subscribe(ALL, ALL, ASKED)


@pytest.fixture
def programs(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder where one program has ten names."""
    for number in range(NAMES):
        (tmp_path / f"name-{number}").symlink_to("/bin/true")
    return tmp_path


def lost(probes: Probes, types: frozenset[str]) -> dict[str, int]:
    """Whole events, of everybody on this machine."""
    counters = (one for one in probes.counters() if one.lost and one.event_class in types)
    return {f"{one.event_class}: {one.reason}": one.value for one in counters}


def passed_over(probes: Probes) -> int:
    """Calls that the kernel may have started no program for; it does not where it preempts none."""
    counters = ((one.event_class, one.reason, one.value) for one in probes.counters())
    return sum(times for what, why, times in counters if (what, why) == ("system calls", PASSED_OVER))


def start(how: str, programs: pathlib.Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sh", "-c", START[how], programs, how, str(EACH)])


def test_thousands_of_processes_a_second_are_each_recorded(life: Probes, programs: pathlib.Path) -> None:
    before = lost(life, LIFE)
    with reading(life) as records:
        begin = time.monotonic()
        makers = {how: start(how, programs) for how in START}
        assert [maker.wait() for maker in makers.values()] == [0] * len(makers)
        seconds = time.monotonic() - begin
    print(f"{EACH * len(makers) / seconds:,.0f} processes a second for {seconds:.1f} s")
    session = Watch(life).session
    events = [event for record in records if isinstance(event := decode(record, session), Event)]
    assert lost(life, LIFE) == before
    for how, maker in makers.items():
        made = [
            event.child()[1] for event in events if event.process.pid == maker.pid and event.type in FORKS
        ]
        execs = {
            e.process.pid: e for e in events if e.type == "execve" and e.process.args[:1] == (how.encode(),)
        }
        ends = Counter(event.process.pid for event in events if event.type == "procexit")
        assert len(made) == len(execs) == EACH
        assert set(made) == execs.keys()
        assert [pid for pid in made if ends[pid] != 1] == []
        found = [recorded(execs[pid]) for pid in made]
        assert found == [expected(how, number, maker.pid, programs) for number in range(EACH)]


def recorded(event: Event) -> tuple[object, ...]:
    process = event.process
    parent = process.parent
    assert parent is not None
    return process.comm, process.args, process.exepath, process.ppid, parent.pid, parent.comm, parent.args


def expected(how: str, number: int, maker: int, programs: pathlib.Path) -> tuple[object, ...]:
    args = (how.encode(), b"%d" % number)
    shell = (b"-c", START[how].encode(), os.fsencode(programs), how.encode(), b"%d" % EACH)
    true = os.fsencode(os.path.realpath("/bin/true"))
    return b"name-%d" % (number % NAMES), args, true, maker, maker, b"sh", shell


def test_opens_of_many_threads_at_once_are_each_of_its_thread(probes: Probes, tmp_path: pathlib.Path) -> None:
    def opens(ready: threading.Barrier) -> None:
        own = tmp_path / str(threading.get_native_id())
        ready.wait()
        for number in range(OPENS):
            os.close(os.open(f"{own}-{number}", os.O_CREAT | os.O_WRONLY))
            with contextlib.suppress(FileNotFoundError):
                os.open(f"{own}-{number}-not", os.O_RDONLY)

    def work() -> None:
        ready = threading.Barrier(THREADS)
        threads = [threading.Thread(target=opens, args=(ready,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    probes.subscribe(OPEN, OPEN, ASKED)
    before, passed = lost(probes, OPEN), passed_over(probes)
    try:
        with reading(probes) as records:
            pid = in_child(work)
    finally:
        probes.subscribe(ALL, ALL, ASKED)
    session = Watch(probes).session
    events = [event for record in records if (event := decode(record, session)).process.pid == pid]
    seen = Counter(
        (event.process.tid, event.fd.name, event.arguments["name"], (event.result or 0) >= 0)
        for event in events
        if event.type == "openat" and event.fd
    )
    assert lost(probes, OPEN) == before
    made = [(int(path.name.partition("-")[0]), os.fsencode(path)) for path in tmp_path.iterdir()]
    assert len(made) == THREADS * OPENS
    done = {(tid, path, path, True) for tid, path in made}
    done |= {(tid, path + b"-not", path + b"-not", False) for tid, path in made}
    found = {one: times for one, times in seen.items() if one[1] and one[1].startswith(os.fsencode(tmp_path))}
    assert found.keys() <= done
    assert set(found.values()) == {1}
    assert len(done - found.keys()) <= passed_over(probes) - passed

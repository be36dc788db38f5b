# SPDX-License-Identifier: Apache-2.0
"""A container in which thousands of programs with long arguments sleep leaves the others room for theirs;
what it is refused is counted, and what it took is given back by whichever way its programs end. The start of
a program says all of it wherever there is no room.
"""

from __future__ import annotations

import os
import pathlib
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record_layout import STRING_BYTES
from tests.kernel.conftest import Watch, execute
from tests.kernel.pods import cgroup, done
from tests.kernel.sleepers import LONG_BLOCKS, sleeping

BEYOND, FULL = "path or arguments beyond its share", "no room for path or arguments"
SHARE = struct.Struct("=3I")  # struct exec_share: execs, blocks of strings, long blocks
PLACE = struct.Struct("=I")
EXECS, STRINGS, LONG = range(3)
MAPS = ("execs", "strings", "long_strings")  # in that order
FEW = 100
TYPES = frozenset({"execve", "openat"})
FILE = "/etc/hostname"
PROGRAM = os.path.realpath("/bin/cat")
LONG_ARGUMENT = "y" * 4000
ARGUMENTS = (FILE.encode(), LONG_ARGUMENT.encode())
CUT = b"\0".join([b"cat", *ARGUMENTS])[:STRING_BYTES].split(b"\0")[1:]  # as far as the first block goes
PATIENCE_S = 10.0
pytestmark = pytest.mark.timeout(300)  # thousands of programs


@pytest.fixture
def probes(own_cgroup: pathlib.Path) -> Iterator[Probes]:
    """Of this test's own, which know of no cgroup yet."""
    made = Probes.load(scope=own_cgroup)
    made.subscribe(TYPES, TYPES)
    yield made
    made.close()


@pytest.fixture
def pods(own_cgroup: pathlib.Path) -> Iterator[list[pathlib.Path]]:
    with ExitStack() as made:
        yield [made.enter_context(cgroup(own_cgroup, f"pod-{name}")) for name in "ab"]


def size(probes: Probes, room: int) -> int:
    """Elements that the map holds."""
    fdinfo = pathlib.Path(f"/proc/self/fdinfo/{probes.map_fd(MAPS[room])}").read_text()
    return next(int(line.split()[1]) for line in fdinfo.splitlines() if line.startswith("max_entries:"))


def taken(probes: Probes, room: int) -> dict[int, int]:
    """By place: 0 is that of all together; an origin has two."""
    keys, values = syscall_bpf.map_items(probes.map_fd("exec_shares"), PLACE.size, SHARE.size)
    shares = SHARE.iter_unpack(values)
    return {place: share[room] for (place,), share in zip(PLACE.iter_unpack(keys), shares, strict=True)}


def risen(before: dict[int, int], after: dict[int, int], by: int) -> set[int]:
    """The places of origins that have so many more now."""
    return {place for place in after if place and after[place] - before[place] == by}


def counted(probes: Probes) -> Counter[str]:
    return Counter({one.reason: one.value for one in probes.counters() if one.event_class == "execve"})


def run(watch: Watch, pod: pathlib.Path) -> tuple[Event, Event]:
    """The start of a program with long arguments, and an open by it."""
    pid = done(pod, lambda: execute(PROGRAM, "cat", FILE, LONG_ARGUMENT))
    found = [one for one in watch.events(pid) if isinstance(one, Event)]
    (opened,) = (one for one in found if one.fd is not None and one.fd.name == FILE.encode())
    (start,) = (one for one in found if one.type == "execve")
    return start, opened


def fill(probes: Probes, room: int) -> None:
    """No origin has a share of it any more."""
    share = [0, 0, 0]
    share[room] = size(probes, room)
    syscall_bpf.map_update(probes.map_fd("exec_shares"), PLACE.pack(0), SHARE.pack(*share))


def is_whole(event: Event) -> bool:
    process = event.process
    return (process.exepath, process.args, process.args_cut) == (PROGRAM.encode(), ARGUMENTS, False)


def settled(probes: Probes, room: int, places: set[int], expected: int) -> None:
    """Until these places have what is expected: a process can be waited for before all of it is gone."""
    end = time.monotonic() + PATIENCE_S
    while {taken(probes, room)[place] for place in places} != {expected}:
        assert time.monotonic() < end, {place: taken(probes, room)[place] for place in places}
        time.sleep(0.05)


def test_a_crowd_of_sleeping_programs_leaves_others_their_paths_and_arguments(
    probes: Probes, pods: list[pathlib.Path]
) -> None:
    flood = size(probes, LONG) // 3 // LONG_BLOCKS + FEW
    with sleeping(pods[0], flood):
        own = max(number for place, number in taken(probes, LONG).items() if place)
        refused = counted(probes)[BEYOND]
        while probes.drain():
            pass
        watch = Watch(probes)
        mine, others = run(watch, pods[0]), run(watch, pods[1])
    assert FEW <= refused < flood
    assert LONG_BLOCKS * FEW < own <= size(probes, LONG) // 3
    assert counted(probes)[FULL] == 0
    assert [is_whole(one) for one in (*mine, *others)] == [True, False, True, True]
    later = mine[1].process
    assert (later.exepath, list(later.args), later.args_cut) == (PROGRAM.encode(), CUT, True)


def test_what_was_taken_is_given_back_wherever_the_process_ends(
    probes: Probes, pods: list[pathlib.Path]
) -> None:
    before = taken(probes, LONG)
    with sleeping(pods[0], FEW) as pids:
        own = risen(before, taken(probes, LONG), FEW * LONG_BLOCKS)
        assert len(own) == 2
        for pid in pids:
            (pods[1] / "cgroup.procs").write_text(str(pid))
        assert risen(before, taken(probes, LONG), FEW * LONG_BLOCKS) == own
    for room in (EXECS, STRINGS, LONG):
        settled(probes, room, own, 0)
    assert min(taken(probes, LONG).values()) >= 0


def test_processes_older_than_the_agent_have_a_share_by_cgroup(
    own_cgroup: pathlib.Path, pods: list[pathlib.Path]
) -> None:
    with sleeping(pods[0], FEW), sleeping(pods[1], 2 * FEW):
        probes = Probes.load(scope=own_cgroup)
        try:
            probes.subscribe(TYPES, TYPES)
            probes.scan()
            now = taken(probes, LONG)
            first, second = (
                {place for place in now if place and now[place] == number * LONG_BLOCKS}
                for number in (FEW, 2 * FEW)
            )
        except BaseException:
            probes.close()
            raise
    try:
        assert (len(first), len(second)) == (2, 2)
        for room in (EXECS, STRINGS, LONG):
            settled(probes, room, first | second, 0)
    finally:
        probes.close()


@pytest.mark.parametrize("room", [EXECS, STRINGS, LONG])
def test_where_all_is_taken_a_start_is_whole_and_it_is_counted(
    probes: Probes, pods: list[pathlib.Path], room: int
) -> None:
    """Of what follows the name is known always, the path where only the room for long strings is taken."""
    fill(probes, room)
    start, opened = run(Watch(probes), pods[0])
    later = opened.process
    assert is_whole(start)
    assert counted(probes)[BEYOND] > 0
    assert later.comm == b"cat"
    assert later.exepath == (PROGRAM.encode() if room == LONG else b"")
    assert list(later.args) == (CUT if room == LONG else [])


def test_where_all_is_taken_a_process_older_than_the_agent_has_its_name(own_cgroup: pathlib.Path) -> None:
    """The one that it had when it was found, whatever it calls itself after that."""
    script = f"input(); open('/proc/self/comm', 'w').write('sshd'); open({FILE!r})"
    with subprocess.Popen(["/usr/bin/python3", "-c", script], stdin=subprocess.PIPE) as old:
        probes = Probes.load(scope=own_cgroup)
        try:
            fill(probes, EXECS)
            probes.subscribe(TYPES, TYPES)
            probes.scan()
            old.communicate(b"\n")
            found = [one for one in Watch(probes).events(old.pid) if isinstance(one, Event)]
        finally:
            probes.close()
    (opened,) = (one for one in found if one.fd is not None and one.fd.name == FILE.encode())
    assert (opened.process.comm, opened.process.exepath) == (b"python3", b"")

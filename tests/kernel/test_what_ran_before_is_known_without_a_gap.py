# SPDX-License-Identifier: Apache-2.0
"""Attach, then scan: 10,000 processes are known in less than two seconds, and those that fork and exec
meanwhile are known as what they have become.
"""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from lanner_agent.decode.event import decode
from lanner_agent.kernel import probes as loading
from lanner_agent.kernel import startup_cmdlines, syscall_bpf
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from tests.kernel.conftest import ALL, ASKED, Watch, loaded_with_room
from tests.kernel.load import scaled

LIFE = frozenset({"clone", "execve", "procexit"})
TASKS = scaled(10_000)
LIMIT_S = 2.0  # on a machine with nothing else to do
# Each is a fork of one small process and waits in it; the shell says who they are.
FORKS = "exec 3<&0; n=0; while [ $n -lt $1 ]; do (read never <&3) & n=$((n+1)); echo $!; done; echo; wait"
# Leaves a fork that waits and a program that ends, then becomes the next of its kind; every fifth leaves a
# program that waits too.
GENERATION = """
n=$2
/bin/true &
(read never <&3) &
echo $!
[ $((n % 5)) != 0 ] || { /bin/cat - "/nonexistent/$n" <&3 & echo $!; }
[ -e "$1" ] || exec /bin/sh "$0" "$1" $((n + 1))
echo
wait
"""
# The same once, when told.
ONE = "exec 3<&0; read go; (read never <&3) & echo $!; exec /bin/sh -c 'echo; read never <&3; :' after $$"
BEFORE_S = 0.3
PATIENCE_S = 30.0
pytestmark = pytest.mark.timeout(180)  # each has probes of its own, which a busy machine loads slowly
AT_A_TIME = 500  # their ends fit into the ring


@dataclass(frozen=True, slots=True)
class Image:
    """What /proc says a process runs."""

    exepath: bytes
    args: tuple[bytes, ...]

    @classmethod
    def of(cls, pid: int) -> Image:
        args = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:-1]
        return cls(os.fsencode(os.readlink(f"/proc/{pid}/exe")), tuple(args))


@contextmanager
def shell(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """In a session of its own, its input a pipe where nothing ever comes; it ends with all it made."""
    made = subprocess.Popen(
        ["/bin/sh", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield made
    finally:
        os.killpg(made.pid, signal.SIGKILL)
        made.communicate()


def numbers(said: subprocess.Popen[str]) -> list[int]:
    """The process ids it printed, up to the empty line."""
    assert said.stdout is not None
    return [int(line) for line in iter(said.stdout.readline, "\n")]


@pytest.fixture
def probes(own_cgroup: pathlib.Path) -> Iterator[Probes]:
    """Loaded, attached to nothing."""
    loaded = loaded_with_room(own_cgroup)
    yield loaded
    loaded.close()


def ends(probes: Probes, pids: Sequence[int]) -> dict[int, model.Process]:
    """Who these are when they are killed, some at a time, as the records of their ends have it."""
    session, known = Watch(probes).session, dict[int, model.Process]()
    while probes.drain():  # what was done before leaves no room for these ends
        pass
    before = lost(probes)
    end = time.monotonic() + PATIENCE_S
    for at in range(0, len(pids), AT_A_TIME):
        some = pids[at : at + AT_A_TIME]
        for pid in some:
            os.kill(pid, signal.SIGKILL)
        while not known.keys() >= set(some) and time.monotonic() < end:
            probes.wait(0.1)
            events = [decode(record, session) for record in probes.drain()]
            known |= {event.process.pid: event.process for event in events if event.type == "procexit"}
    assert lost(probes) == before
    return known


def image(process: model.Process) -> Image:
    return Image(process.exepath, process.args)


def taken_by_others() -> float:
    """Seconds for which this thread could have run and no processor was free (run_delay)."""
    return int(pathlib.Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def left_behind(probes: Probes) -> set[bytes]:
    """Numbers of execs whose path or arguments are kept although nobody runs them."""

    def numbered(*names: str) -> set[bytes]:
        fds = [(probes.map_fd(name), 8 if name == "execs" else 16) for name in names]
        return {key[:8] for fd, size in fds for key in syscall_bpf.map_keys(fd, size)}

    some = numbered("strings", "long_strings")
    time.sleep(0.2)  # an exec under way has its strings first
    return (some & numbered("strings", "long_strings")) - numbered("execs")


def lost(probes: Probes) -> list[str]:
    """What became of events of LIFE that are in no ring."""
    return [f"{one.value} {one.reason}" for one in probes.counters() if one.lost and one.event_class in LIFE]


def test_ten_thousand_processes_are_known_in_two_seconds(probes: Probes) -> None:
    with shell("-c", FORKS, "maker", str(TASKS)) as maker:
        children = numbers(maker)
        begin, others = time.monotonic(), taken_by_others()
        probes.subscribe(LIFE, LIFE, ASKED)
        found = probes.scan()
        passed, others = time.monotonic() - begin, taken_by_others() - others
        print(f"{found} processes known {passed:.2f} s after attaching, {others:.2f} s of it taken by others")
        expected = Image.of(maker.pid)
        known = ends(probes, children)
    assert len(children) == TASKS
    assert found > TASKS
    assert passed - others < LIMIT_S
    assert lost(probes) == []
    assert [pid for pid in children if pid not in known] == []
    assert {image(known[pid]) for pid in children} == {expected}
    makers = [known[pid].parent for pid in children]
    assert {(one.pid, image(one)) for one in makers if one} == {(maker.pid, expected)}
    assert {one.parent.pid for one in makers if one and one.parent} == {os.getpid()}


def test_who_forks_and_execs_during_the_scan_is_known_as_what_it_is(
    probes: Probes, tmp_path: pathlib.Path
) -> None:
    script, stop = tmp_path / "generation.sh", tmp_path / "stop"
    script.write_text("exec 3<&0\n" + GENERATION)
    with (
        shell("-c", FORKS, "others", str(TASKS // 5)) as others,
        shell(str(script), str(stop), "0") as first,
        shell(str(script), str(stop), "0") as second,
    ):
        numbers(others)
        time.sleep(BEFORE_S)
        probes.subscribe(ALL, ALL, ASKED)
        probes.scan()
        stop.touch()
        left = [*numbers(first), first.pid, *numbers(second), second.pid]
        running = {pid: Image.of(pid) for pid in left}
        known = ends(probes, left)
    generations = {one.args[-1] for one in running.values()}
    print(f"{len(left)} processes of {len(generations)} generations")
    wrong = {
        pid: (image(known[pid]) if pid in known else None, one)
        for pid, one in running.items()
        if pid not in known or image(known[pid]) != one
    }
    assert wrong == {}
    assert left_behind(probes) == set()


@pytest.mark.parametrize("most", [0, 1])
def test_what_is_held_during_the_scan_is_bounded(
    probes: Probes, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Held at most until there is enough; the rest waits in the rings, and none is gone."""
    monkeypatch.setattr(loading, "EARLY_BYTES", most)
    probes.subscribe(frozenset({"execve"}), frozenset())
    subprocess.run(["/bin/true"], check=True)
    probes.scan()
    early = bool(probes._early)
    records = [*probes.drain(), *probes.drain()]
    assert early == bool(most)
    assert any(decode(record, Watch(probes).session).process.comm == b"true" for record in records)


def test_a_fork_has_what_its_maker_was_before_an_exec_in_the_middle_of_the_scan(
    probes: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_late(
        maps: startup_cmdlines.Maps, found: Sequence[startup_cmdlines.Found], **others: bool
    ) -> list[startup_cmdlines.Found]:
        if any(one.pid == maker.pid for one in found) and not children:
            assert maker.stdin is not None
            maker.stdin.write("go\n")
            maker.stdin.flush()
            children.extend(numbers(maker))
        return add(maps, found, **others)

    children: list[int] = []
    add = startup_cmdlines.add
    monkeypatch.setattr(startup_cmdlines, "add", add_late)
    with shell("-c", ONE, "before") as maker:
        while Image.of(maker.pid).args[-1:] != (b"before",):
            time.sleep(0.01)
        before = Image.of(maker.pid)
        probes.subscribe(ALL, ALL, ASKED)
        probes.scan()
        after = Image.of(maker.pid)
        # one by one: a child whose maker has ended is pid 1's
        known = ends(probes, children) | ends(probes, [maker.pid])
    (child,) = children
    assert before.args != after.args
    assert image(known[child]) == before
    assert image(known[maker.pid]) == after
    above = known[child].parent
    assert above is not None
    assert (above.pid, image(above)) == (maker.pid, after)

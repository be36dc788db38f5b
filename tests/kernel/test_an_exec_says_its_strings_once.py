# SPDX-License-Identifier: Apache-2.0
"""A process that comes again has said its path, arguments and cgroup: its records do without, and so do those
of its children about it. What is read of them stays the same whatever is lost, forgotten or executed
meanwhile.
"""

from __future__ import annotations

import os
import pathlib
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.processes import Processes
from lanner_agent.kernel import kept, room, syscall_bpf
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record_layout import TEXT_KEPT, StringPart
from tests.kernel.conftest import Watch, execute, in_child

FILE = "/etc/hostname"
PYTHON = "/usr/bin/python3"
OPENAT, EXECVE = frozenset({"openat"}), frozenset({"execve"})
FIELDS = frozenset({"proc.exepath", "proc.args", "proc.pcmdline", "proc.pexepath"})
# Opens the file for each byte it reads, and says so; after an `x` it executes the same again, with one
# argument more; after an `f` a child of its own opens the file.
SOURCE = f"""
import os, sys
while (what := os.read(0, 1)):
    if what == b"x":
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "more"])
    if what != b"f":
        os.open({FILE!r}, os.O_RDONLY)
    elif not (child := os.fork()):
        os.open({FILE!r}, os.O_RDONLY)
        os._exit(0)
    else:
        os.waitpid(child, 0)
    os.write(1, b".")
"""


class Actor:
    """A program that opens the file when it is told to."""

    def __init__(self, argv: list[bytes | str]) -> None:
        asked, self._ask = os.pipe()
        self._done, done = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.dup2(asked, 0)
            os.dup2(done, 1)
            os.execv(PYTHON, argv)  # noqa: S606 (no shell is the point)
        os.close(asked)
        os.close(done)

    def do(self, what: bytes) -> None:
        os.write(self._ask, what)
        for _ in what.replace(b"x", b""):
            assert os.read(self._done, 1), "the program has ended"

    def end(self) -> None:
        os.close(self._ask)
        os.waitpid(self.pid, 0)
        os.close(self._done)


@contextmanager
def acting(*arguments: bytes | str) -> Iterator[Actor]:
    actor = Actor(["python3", "-Sc", SOURCE, *arguments])
    try:
        actor.do(b"o")
        yield actor
    finally:
        actor.end()


@pytest.fixture(scope="module")
def fresh(own_cgroup: pathlib.Path) -> Iterator[Probes]:
    """Probes of these tests' own."""
    with pytest.MonkeyPatch.context() as patched:
        probes = new_probes(own_cgroup, patched)
    yield probes
    probes.close()


@pytest.fixture
def watch(fresh: Probes) -> Watch:
    """What the tests before did is read; nothing is known of what this one does."""
    watch = Watch(fresh)
    opens(watch)
    return watch


def new_probes(scope: pathlib.Path, patched: pytest.MonkeyPatch, ring: int = 8 << 20) -> Probes:
    patched.setattr(room, "here", lambda: room.Room(1, ring, 2, 1 << 20))
    probes = Probes.load(scope=scope)
    probes.subscribe(OPENAT, OPENAT, dict.fromkeys(OPENAT, FIELDS))
    probes.scan()
    return probes


def opens(watch: Watch, pid: int | None = None) -> list[Event]:
    """Of the file, each with its process read as rules would."""
    found = []
    while batch := watch.probes.drain():
        for event in (decode(record, watch.session) for record in batch):
            process = event.process
            if event.fd and event.fd.name == FILE.encode() and pid in {None, process.pid}:
                found.append(event)
    return found


def short(event: Event) -> bool:
    """Whether the record does without the path and the arguments of the process."""
    facts = event.process.facts
    left_out = {int(where) == TEXT_KEPT for where in (facts.exepath, facts.args)}
    assert len(left_out) == 1, "both or none"
    return left_out.pop()


def said(event: Event) -> tuple[object, ...]:
    process = event.process
    parent = process.parent
    assert parent is not None
    return process.exepath, process.exe, process.args, process.cgroup, parent.exepath, parent.cmdline


def settled(watch: Watch, actor: Actor) -> Event:
    """The first event that says all there is, once the kernel does without."""
    (first,) = opens(watch, actor.pid)
    for _ in range(5):
        actor.do(b"o")
        (event,) = opens(watch, actor.pid)
        if short(event):
            return first
    raise AssertionError("the kernel never left anything out")


def test_a_process_that_comes_again_says_the_same_with_less(watch: Watch) -> None:
    with acting("a", "", b"\xff\n") as actor:
        first = settled(watch, actor)
        actor.do(b"ooo")
        rest = opens(watch, actor.pid)
    assert [short(event) for event in rest] == [True] * 3
    assert {int(event.process.facts.cgroup) for event in rest} == {TEXT_KEPT}
    assert {said(event) for event in (first, *rest)} == {said(first)}
    assert first.process.args[2:] == (b"a", b"", b"\xff\n")
    assert first.process.exepath == os.fsencode(pathlib.Path(PYTHON).resolve())
    assert first.process.cgroup.endswith(b"lanner-test-%d" % os.getpid())
    assert watch.probes.kept.missed == 0


def test_an_exec_begins_anew(watch: Watch) -> None:
    with acting() as actor:
        first = settled(watch, actor)
        actor.do(b"xoo")
        second, third = opens(watch, actor.pid)
    facts = second.process.facts
    assert facts.exec != first.process.facts.exec
    assert int(facts.args) != TEXT_KEPT
    assert int(facts.exepath) != TEXT_KEPT
    assert int(facts.cgroup) == TEXT_KEPT  # which stayed
    assert second.process.args == third.process.args == (*first.process.args, b"more")


def test_a_fork_is_of_the_same_image(watch: Watch) -> None:
    with acting() as actor:
        first = settled(watch, actor)
        actor.do(b"f")
        (child,) = opens(watch)
    assert child.process.pid != actor.pid
    assert short(child)
    assert said(child)[:4] == said(first)[:4]
    parent = child.process.parent
    assert parent is not None
    assert (parent.pid, parent.exepath, parent.args) == (actor.pid, *said(first)[:1], first.process.args)


def test_ancestors_are_said_once_too(watch: Watch) -> None:
    with acting() as actor:
        first = settled(watch, actor)
        actor.do(b"o")
        (event,) = opens(watch, actor.pid)
    parent = event.process.parent
    assert parent is not None
    assert (parent._facts.exepath, parent._facts.args) == (TEXT_KEPT, TEXT_KEPT)
    assert said(event) == said(first)
    exe, *arguments = pathlib.Path("/proc/self/cmdline").read_bytes()[:-1].split(b"\0")
    assert (parent.pid, parent.exepath) == (os.getpid(), os.fsencode(os.readlink("/proc/self/exe")))
    assert (parent.exe, parent.args) == (exe, tuple(arguments))


def crowd_out(watch: Watch) -> None:
    """So many others that the oldest have to make room, and go from the kernel's map."""
    for number in range(kept.MAX_KEPT + 1):
        watch.probes.kept.offer(1 << 40 | number, {0: b"x"})
        if not number % kept.MAX_OFFERED:
            watch.probes.kept.turn()
    for _ in range(2):
        watch.probes.kept.turn()


def test_records_in_flight_are_read_before_what_they_need_is_forgotten(watch: Watch) -> None:
    with acting() as actor:
        first = settled(watch, actor)
        actor.do(b"ooo")  # left in the ring
        crowd_out(watch)
        actor.do(b"o")
        *in_flight, after = opens(watch, actor.pid)
        assert [short(event) for event in in_flight] == [True] * 3
        assert not short(after)
        opens(watch)
        watch.probes.kept.turn()
        number = first.process.facts.exec
        assert number * 4 not in watch.probes.kept.view.strings
        assert {said(event) for event in (*in_flight, after)} == {said(first)}
        actor.do(b"o")
        assert said(settled(watch, actor)) == said(first)
    assert watch.probes.kept.missed == 0


def test_another_agent_is_told_everything(
    watch: Watch, own_cgroup: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting() as actor:
        first = settled(watch, actor)
        others = Watch(new_probes(own_cgroup, monkeypatch))
        try:
            actor.do(b"o")
            (event,) = opens(others, actor.pid)
            assert not short(event)
            (same,) = opens(watch, actor.pid)
            assert short(same)
        finally:
            others.probes.close()
    assert said(event) == said(same) == said(first)


def test_what_is_lost_is_not_missed(own_cgroup: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most records of a flood are: of those that arrive each says all."""
    watch = Watch(new_probes(own_cgroup, monkeypatch, ring=1 << 16))
    try:
        with acting() as flood:
            events = []
            for _ in range(20):
                flood.do(b"o" * 400)
                events += opens(watch)
                flood.do(b"ooxo")
                events += opens(watch)
        reasons = {counter.reason for counter in watch.probes.totals()}
        assert reasons & {"ring full", "beyond its share"}
        by_exec: dict[int, set[tuple[object, ...]]] = {}
        for event in events:
            by_exec.setdefault(event.process.facts.exec, set()).add(said(event)[:4])
        assert {len(one) for one in by_exec.values()} == {1}
        assert any(short(event) for event in events)
        assert len(by_exec) > 10
        assert all(event.process.args.count(b"more") == at for at, event in numbered(events))
        assert watch.probes.kept.missed == 0
    finally:
        watch.probes.close()


def numbered(events: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """Each with how many execs of the flood were before."""
    number, last = -1, 0
    for event in events:
        if b"-Sc" in event.process.args:
            number += event.process.facts.exec != last
            last = event.process.facts.exec
            yield number, event


@pytest.mark.parametrize(
    "arguments",
    [
        (b"x" * 100_000,),
        (b"y" * 150, b"z" * 150),
        tuple(b"%d" % number for number in range(900)),
        (b"",) * 3000,
        (b"\x00\x01"[1:], b"\xff\xfe", b"--\n\r\t\x1b[2J"),
    ],
    ids=["cut", "blocks", "many", "empty", "unprintable"],
)
def test_hostile_arguments_are_the_same_ones(watch: Watch, arguments: tuple[bytes, ...]) -> None:
    with acting(*arguments) as actor:
        first = settled(watch, actor)
        actor.do(b"o")
        (event,) = opens(watch, actor.pid)
    assert short(event)
    assert said(event) == said(first)
    assert event.process.args_cut == first.process.args_cut == (len(b"\0".join(arguments)) > 3500)
    known = event.process.args[2:]
    assert known[:-1] == arguments[: len(known) - 1]


def test_the_kernel_forgets_with_the_last_user(watch: Watch) -> None:
    with acting() as actor:
        number = settled(watch, actor).process.facts.exec
        key = struct.pack("=Q", number)
        assert syscall_bpf.map_lookup(watch.probes.map_fd("kept"), key, 4) is not None
    deadline = time.monotonic() + 5
    while syscall_bpf.map_lookup(watch.probes.map_fd("kept"), key, 4) is not None:
        assert time.monotonic() < deadline, "it is still known"


@pytest.mark.parametrize("length", [10, 300, 530, 600, 3000])
def test_what_is_not_at_hand_is_asked_of_the_kernel_and_counted(watch: Watch, length: int) -> None:
    with acting(b"q" * length) as actor:
        first = settled(watch, actor)
        for part in (StringPart.EXEPATH, StringPart.ARGS):
            del watch.probes.kept.view.strings[first.process.facts.exec * 4 + part]
        watch.session.processes = Processes()
        before = watch.probes.kept.missed
        actor.do(b"o")
        (event,) = opens(watch, actor.pid)
        assert said(event) == said(first)
    (counter,) = [one for one in watch.probes.counters() if "at hand" in one.reason]
    assert counter.event_class == "paths and arguments of processes"
    assert (counter.value - before, counter.lost) == (2, False)


def test_a_process_of_one_event_tells_the_kernel_nothing(watch: Watch) -> None:
    def told() -> int:
        keys, _ = syscall_bpf.map_items(watch.probes.map_fd("kept"), 8, 4)
        return len(keys) // 8

    def rounds() -> None:
        for _ in range(10):
            in_child(lambda: execute("/bin/true", "true"))
            for record in watch.probes.drain():
                assert decode(record, watch.session).process

    watch.probes.subscribe(EXECVE, frozenset(), dict.fromkeys(EXECVE, FIELDS))
    try:
        rounds()
        before = told()
        rounds()
    finally:
        watch.probes.subscribe(OPENAT, OPENAT, dict.fromkeys(OPENAT, FIELDS))
    assert told() == before

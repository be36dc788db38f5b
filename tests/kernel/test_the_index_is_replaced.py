# SPDX-License-Identifier: Apache-2.0
"""Rules change while things happen: what the old ones and the new ones ask for is never missed, and what else
changes meanwhile, names, cgroups, namespaces, makes no difference.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.index_slots import slot
from lanner_engine.index.places import EXACT, PREFIX, SUFFIX, Key
from lanner_engine.index.tables import ClassTables
from tests.kernel.conftest import Watch
from tests.kernel.mounting import LIBC, mount_empty
from tests.kernel.scope import left_empty
from tests.kernel.sifting import BOX, Sieve, asks_names, identify, names, tables

TIMES = 10_000
BATCH = 500  # records that surely fit into a ring
CLONE_NEWNS = 0x20000
SETS = 12
FILE = "/etc/hostname"
OWN_NAME = pathlib.Path("/proc/self/comm").read_text().rstrip()
# One of these is true of every open of the file, whatever becomes of the process meanwhile.
WANTED = tuple(
    f"evt.type = openat and fd.name = {FILE} and proc.name = {OWN_NAME} and proc.pname = {OWN_NAME}"
    f" and container.id {which} host"
    for which in ("=", "!=")
)


def sets_of_rules() -> list[Mapping[str, ClassTables]]:
    """Each has other rows, slots, names and bits for what all of them want."""
    found = []
    for number in range(SETS):
        others = [
            f"evt.type = openat and fd.name = /folder-{number}/file-{at} and proc.name = name-{number}-{at}"
            for at in range(number * 7)
        ]
        half = len(others) // 2
        found.append(tables(*others[:half], *WANTED, *others[half:]))
    return found


@contextmanager
def again_and_again(work: Callable[[int], object]) -> Iterator[list[int]]:
    """By a thread; the number of the list is how often."""
    ended, times = threading.Event(), [0]

    def run() -> None:
        while not ended.is_set():
            work(times[0])
            times[0] += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()


def opens(watch: Watch, meanwhile: Callable[[], AbstractContextManager[object]] = nullcontext) -> int:
    """How many arrive of a process that opens the file TIMES times."""
    told, done = os.pipe()
    asked, ask = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(told)
            os.close(ask)
            with meanwhile():
                for _ in range(TIMES // BATCH):
                    os.write(done, b".")
                    os.read(asked, 1)
                    for _ in range(BATCH):
                        os.close(os.open(FILE, os.O_RDONLY))
        finally:
            os._exit(0)
    os.close(done)
    os.close(asked)
    with watch.wanting("openat"):
        while os.read(told, 1):
            while watch.probes.wait(0):
                watch.take()
            os.write(ask, b".")
        os.waitpid(pid, 0)
    os.close(told)
    os.close(ask)
    return sum(event.fd is not None and event.fd.name == FILE.encode() for event in watch.events(pid))


@pytest.fixture
def box(own_cgroup: pathlib.Path, sieve: Sieve) -> Iterator[pathlib.Path]:
    """A cgroup of a container that the kernel knows."""
    made = own_cgroup / BOX
    made.mkdir()
    sieve.learn(lambda: (made / "cgroup.procs").write_text("0"))
    yield made
    left_empty(made)


@contextmanager
def everything_changing(place: pathlib.Path, box: pathlib.Path) -> Iterator[None]:
    """Other threads change what the index looks at, of this process and of the file system."""
    (place / "a").touch()
    home = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    process = str(os.getpid())

    def change(number: int) -> None:
        pathlib.Path("/proc/self/comm").write_text(f"name-{number}")
        os.rename(place / "a", place / "another-name-that-lies-outside-of-the-entry-of-the-file")
        os.rename(place / "another-name-that-lies-outside-of-the-entry-of-the-file", place / "a")
        ((box if number % 2 else box.parent) / "cgroup.procs").write_text(process)

    def move(number: int) -> None:
        assert LIBC.unshare(CLONE_NEWNS) == 0
        mount_empty(place)
        assert LIBC.setns(home, CLONE_NEWNS) == 0

    with again_and_again(change), again_and_again(move):
        yield


def test_while_tables_are_replaced_nothing_is_missed(sieve: Sieve) -> None:
    sets, probes = sets_of_rules(), sieve.watch.probes
    with again_and_again(lambda number: probes.hold_back(sets[number % SETS], identify)) as times:
        found = opens(sieve.watch)
    probes.hold_back(None)
    assert found == TIMES
    assert times[0] > SETS


def test_while_the_generation_changes_all_the_time_nothing_is_missed(sieve: Sieve) -> None:
    """Much more often than tables can be filled."""
    probes, zero = sieve.watch.probes, bytes(4)
    generation = probes.map_fd("index_generation")
    filled: list[bytes] = []
    for one in sets_of_rules()[-2:]:
        probes.hold_back(one, identify)
        filled.append(syscall_bpf.map_lookup(generation, zero, 4) or b"")
    with again_and_again(lambda number: syscall_bpf.map_update(generation, zero, filled[number % 2])):
        found = opens(sieve.watch)
    probes.hold_back(None)
    assert found == TIMES
    assert filled[0] != filled[1]


def test_while_processes_and_files_change_nothing_is_missed(
    sieve: Sieve, box: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    sets, probes = sets_of_rules(), sieve.watch.probes
    with again_and_again(lambda number: probes.hold_back(sets[number % SETS], identify)):
        found = opens(sieve.watch, lambda: everything_changing(tmp_path, box))
    probes.hold_back(None)
    assert found == TIMES


def test_without_rules_everything_arrives_again(sieve: Sieve) -> None:
    def work() -> None:
        os.open("/etc/passwd", os.O_RDONLY)

    def arrives() -> bool:
        return b"/etc/passwd" in names(sieve.watch.of(work))

    other = "fd.name = /no/where" if asks_names() else "proc.name = lanner-nobody"
    for _ in range(2):
        assert arrives()
        with sieve.sifting(f"evt.type = openat and {other}"):
            assert not arrives()


def falling_together(kind: int, text: bytes) -> str:
    """Another name that the kernel looks up at the same place."""
    wanted = slot(Key(kind, text))
    return next(
        one for number in itertools.count() if slot(Key(kind, (one := f"x{number:07x}").encode())) == wanted
    )


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (EXACT, "fd.filename = {}"),
        (EXACT, "fd.name = /etc/{}"),
        (EXACT, "fd.name contains /{}/"),
        (PREFIX, "fd.filename startswith {}"),
        (SUFFIX, "fd.filename endswith {}"),
    ],
)
def test_names_that_fall_together_take_nothing_away(
    sieve: Sieve, tmp_path: pathlib.Path, kind: int, asked: str
) -> None:
    """A rule of either name sees its own, beside rules of the other."""
    first = "passwd__"
    second = falling_together(kind, first.encode())
    for name in (first, second):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()

    def work() -> None:
        os.chroot(tmp_path)
        for name in (first, second):
            os.close(os.open(f"/{name}/{name}", os.O_RDONLY))

    for rules in itertools.permutations((first, second)):
        conditions = [f"evt.type = openat and {asked.format(name)}" for name in rules]
        with sieve.sifting(*conditions, "evt.type = openat and fd.name = /no/where"):
            found = names(sieve.watch.of(work))
        if "/etc/" not in asked or not asks_names():
            assert found == [f"/{name}/{name}".encode() for name in (first, second)]
        else:
            assert found == []

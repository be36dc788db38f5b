# SPDX-License-Identifier: Apache-2.0
"""Rules and deeds that nobody chose: of all records of a few processes, the engine says which its rules are
true on; those are there, too, when the kernel holds back what it takes to be of no interest.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.fields import model
from tests.kernel import io_uring
from tests.kernel.acting import SHELL
from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import in_child
from tests.kernel.io_uring import Request
from tests.kernel.mounting import mount, own_mounts
from tests.kernel.sifting import Sieve, rules

SEED = 5
SETS = 8
ROOTS = ("/srv", "/opt", "/mnt")
NAMES = ("etc", "x", "shadow", ".ssh", "a-folder-of-more-than-forty-bytes-in-its-name", "passwd", "passwdx")
FLAGS = (
    *(os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_PATH, os.O_DIRECTORY, os.O_ACCMODE),
    *(os.O_RDWR | os.O_CREAT, os.O_WRONLY | os.O_CREAT | os.O_EXCL),
)
PROGRAMS = ("alpha", "beta")
OPENS = ("open", "openat", "openat2", "creat")
TYPES = (
    *OPENS,
    *("execve", "clone", "procexit", "mkdir", "mkdirat", "chdir"),
    *("unlink", "unlinkat", "dup2", "dup3", "pipe", "pipe2"),
)
DEEDS = 80
IN_SHELLS = 15


def by_call(path: str, flags: int) -> None:
    os.close(os.open(path, flags, 0o600))


def by_request(path: str, flags: int, how: int = 0) -> None:
    held = io_uring.text(path.encode())
    with io_uring.ring() as ring:
        result = ring.result(
            Request(io_uring.OPENAT, AT_FDCWD, io_uring.at(held), 0o600, how=flags, flags=how)
        )
    if result < 0:
        raise OSError(-result, path)
    os.close(result)


def by_worker(path: str, flags: int) -> None:
    by_request(path, flags, io_uring.ASYNC)


WAYS = (by_call, by_call, by_request, by_worker)  # to open a file


class Chance:
    """Draws paths, deeds and rules."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (nothing secret)
        self.one = self._random.choice

    def path(self) -> str:
        return "/".join((self.one(ROOTS), *(self.one(NAMES) for _ in range(self.one((0, 1, 1, 2, 3))))))

    def way(self) -> str:
        """A path as somebody may write it."""
        path = self.path()
        return self.one(
            (path, path, f"/proc/self/root{path}", f"/srv/..{path}", "/." * 40 + path, f"/{path}")
        )

    def part(self, path: str) -> str:
        begin, end = sorted((self._random.randrange(len(path)), self._random.randrange(len(path))))
        return path[begin : end + 1]

    def open(self) -> tuple[str, int]:
        return self.way(), self.one(FLAGS)

    def script(self) -> str:
        """Of a shell: opens, and what leads to other events."""
        drawn = (
            self.one(
                (f"true < {self.way()}", f"true >> {self.way()}", "cd .", "( : )", f"mkdir {self.path()}")
            )
            for _ in range(IN_SHELLS)
        )
        return "exec 2> /dev/null; " + "; ".join(drawn)

    def rule(self) -> str:
        types = ", ".join(
            {self.one(TYPES[:4]) if self._random.random() < 0.8 else self.one(TYPES) for _ in "123"}
        )
        return f"evt.type in ({types}) and {self.condition(self.one((0, 1, 1, 2)))}"

    def condition(self, depth: int) -> str:
        if not depth:
            return (
                self.one(("", "", "", "not "))
                + self.one((self.of_path, self.of_path, self.of_process, self.how))()
            )
        parts = [self.condition(depth - 1) for _ in range(self.one((2, 2, 3)))]
        return self.one(("", "", "", "not ")) + "(" + self.one((" and ", " and ", " or ")).join(parts) + ")"

    def of_path(self) -> str:
        path, other = self.path(), self.path()
        folder, _, last = path.rpartition("/")
        return self.one(
            (
                *(f"fd.name = {path}", f"fd.name in ({path}, {other})", f"fd.name != {path}"),
                *(f"fd.name startswith {path[: self.one((2, 5, 9))]}", f"fd.name endswith {last[-3:]}"),
                *(f"fd.name startswith {folder or path}", f"fd.name endswith /{last}"),
                *(f"fd.name endswith {path[-9:]}", f"fd.name contains /{last}/"),
                *(f'fd.name contains "{self.part(path)}"', f'fd.name glob "{path[:5]}*{last[-2:]}"'),
                *(f"fd.name pmatch ({folder or path}, {other})", f'fd.name glob "/???/*{last}"'),
                *(f'fd.name glob "*/{last}/*"', f"fd.directory = {folder or '/'}"),
                *(f"fd.directory in ({folder or '/'}, {other})", f"fd.directory startswith {path}"),
                *(f"fd.filename = {last}", f"fd.filename in ({last}, etc)"),
                *(f"fd.filename startswith {last[:4]}", f"fd.filename endswith {last[-9:]}"),
                *('fd.nameraw contains "../"', "fd.nameraw contains .."),
            )
        )

    def of_process(self) -> str:
        fields = ("proc.name", "proc.pname", "proc.aname", "proc.aname[2]")
        field, name = self.one(fields), self.one(PROGRAMS)
        return field + self.one(
            (" = {}", " != {}", " in ({}, sh)", " startswith {}", " contains lph")
        ).format(name)

    def how(self) -> str:
        fields = "evt.is_open_read", "evt.is_open_write", "evt.is_open_create", "evt.failed"
        return self.one(
            (
                *(f"{field} = {value}" for field in fields for value in ("true", "false")),
                *(
                    "fd.typechar = f",
                    "fd.typechar = d",
                    "evt.rawres >= 0",
                    "fd.num < 0",
                    "container.id = host",
                ),
                *("container.id != host", "k8s.ns.name exists", "user.uid = 0", "user.uid != 0"),
                *("user.name = root", "user.name in (bin, daemon)", "user.loginuid >= 0", "proc.tty = 0"),
            )
        )


@pytest.fixture
def deeds(tmp_path: pathlib.Path) -> Callable[[], None]:
    """What a process and the shells that it starts do, always the same."""
    chance = Chance(SEED)
    for program in PROGRAMS:
        shutil.copy(SHELL, tmp_path / program)
    for root in ROOTS:
        for names in ((), *((one,) for one in NAMES[:5])):
            for last in NAMES[:5]:
                tmp_path.joinpath(root[1:], *names, last).mkdir(parents=True, exist_ok=True)
            for last in NAMES[5:]:
                tmp_path.joinpath(root[1:], *names, last).touch()
    opens = [chance.open() for _ in range(DEEDS)]
    scripts = [chance.script() for _ in PROGRAMS * 2]
    alpha, beta = (f"{tmp_path}/{program}" for program in PROGRAMS)
    chains = [
        [alpha, "-c", scripts[0]],
        [beta, "-c", f"{scripts[1]}; {alpha} -c '{scripts[2]}'; {scripts[3]}"],
    ]

    def work() -> None:
        own_mounts()
        for root in ROOTS:
            mount(tmp_path / root[1:], pathlib.Path(root))
        made = set()
        for number, (path, flags) in enumerate(opens):
            with suppress(OSError):
                present = os.path.lexists(path)
                WAYS[number % len(WAYS)](path, flags)
                if not present:
                    made.add(path)
        for path in made:
            os.unlink(path)
        for chain in chains:
            os.spawnv(os.P_WAIT, chain[0], chain)  # noqa: S606 (no shell is the point)

    return work


Key = tuple[object, ...]


def key(event: model.Event) -> Key:
    """What is the same of an event when all is done once more."""
    process, fd = event.process, event.fd
    failed = event.result is not None and event.result < 0
    who = process.comm, process.parent.comm if process.parent else b""
    how = event.open_read, event.open_write, event.open_create
    named = (fd.name, fd.nameraw) if fd is not None else ()
    return (event.type, failed, *who, *how, *named)


Events = Sequence[model.Event]


def all_of(sieve: Sieve, deeds: Callable[[], None]) -> Events:
    """What arrives of the process and of those that it starts; not when workers of io_uring end, which the
    kernel decides.
    """
    in_child(deeds)
    return [one for one in sieve.watch.everything() if one.type != "procexit" or _is_leader(one.process)]


def _is_leader(process: model.Process) -> bool:
    return process.tid == process.pid


@dataclass(frozen=True)
class Outcome:
    """Of a set of rules: on how many events they are true, how many of their types there are and how many of
    those arrive while they are in force; and the ones that are missing.
    """

    true: int
    every: int
    arrived: int
    missing: Counter[Key]


def outcome(sieve: Sieve, deeds: Callable[[], None], conditions: Sequence[str], whole: Events) -> Outcome:
    program = compile_rules(rules(*conditions))
    true = Counter(key(event) for event in whole if program.match(event))
    with sieve.sifting(*conditions):
        arrived = Counter(key(event) for event in all_of(sieve, deeds) if event.type in program.event_types)
    every = sum(event.type in program.event_types for event in whole)
    return Outcome(true.total(), every, arrived.total(), true - arrived)


def test_what_rules_are_true_on_is_never_held_back(sieve: Sieve, deeds: Callable[[], None]) -> None:
    chance = Chance(SEED + 1)
    with sieve.watch.wanting(*TYPES):
        all_of(sieve, deeds)  # some files are made the first time only
        whole = all_of(sieve, deeds)
        assert Counter(map(key, whole)) == Counter(map(key, all_of(sieve, deeds)))
        found = []
        for _ in range(SETS):
            conditions = [chance.rule() for _ in range(chance.one((1, 1, 2, 4)))]
            found.append(outcome(sieve, deeds, conditions, whole))
            assert not found[-1].missing, conditions
    assert sum(one.true for one in found) > SETS
    assert sum(one.arrived for one in found) < 0.9 * sum(one.every for one in found), found

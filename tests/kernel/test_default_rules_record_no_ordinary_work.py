# SPDX-License-Identifier: Apache-2.0
"""With all default rules in force none of what an ordinary machine does all the time becomes a record: starts
of programs, files that are opened, looked for and replaced, connections, children.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.policy import defaults
from lanner_agent.policy.files import load
from lanner_engine.codegen.compile import Program
from lanner_engine.index.tables import Tables, build
from tests.kernel.acting import furnish, run
from tests.kernel.scope import left_empty
from tests.kernel.sifting import BOX, Sieve, asks_names, identify

TIMES = 200
TRUE = shutil.which("true") or "/usr/bin/true"
SHELL = "alpha"  # a shell that no rule names
OTHER_HOST = "127.0.0.1"

pytestmark = pytest.mark.skipif(not asks_names(), reason="names of the paths of opens are not asked here")


@cache
def in_force() -> tuple[Program, Tables]:
    checked = load.check([defaults.directory()])
    return load.compiled(checked), build(checked.rules)


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    shutil.copy(TRUE, tmp_path / "built")
    return furnish(tmp_path, SHELL)


@pytest.fixture(params=["host", "container"])
def enter(
    request: pytest.FixtureRequest, own_cgroup: pathlib.Path, sieve: Sieve
) -> Iterator[Callable[[], object]]:
    """By which a process gets to where it works: it stays on the host, or goes into a container."""
    if request.param == "host":
        yield lambda: None
        return
    box = own_cgroup / BOX
    box.mkdir()
    into = lambda: (box / "cgroup.procs").write_text("0")  # noqa: E731
    sieve.learn(into)
    yield into
    left_empty(box)


def recorded(sieve: Sieve, work: Callable[[], object], enter: Callable[[], object]) -> Counter[str]:
    """How many of each type of event under the default rules."""
    program, tables = in_force()

    def inside() -> None:
        enter()
        work()

    with sieve.watch.wanting():
        sieve.watch.probes.subscribe(program.succeeding, program.failing, program.reads)
        assert not sieve.watch.probes.hold_back(tables, identify)
        try:
            found = sieve.done(inside)
            return Counter(event.type for event in found if not starts_the_shell(event))
        finally:
            sieve.watch.probes.hold_back(None)


def starts_the_shell(event: Event) -> bool:
    """It is where miners are put, and Python starts it."""
    return event.type == "execve" and event.process.comm == SHELL.encode()


def again(script: str) -> str:
    """A shell's script that does it so many times."""
    return f"i=0; while [ $i -lt {TIMES} ]; do {script}; i=$((i+1)); done"


def test_starts_of_a_program_are_not(sieve: Sieve, place: pathlib.Path, enter: Callable[[], object]) -> None:
    assert recorded(sieve, run(place, SHELL, again(TRUE)), enter) == {}


def test_starts_of_a_program_that_was_just_built_are_not(sieve: Sieve, place: pathlib.Path) -> None:
    """On the host: what was written into a container that runs is what a rule is about."""
    assert recorded(sieve, run(place, SHELL, again("./built")), lambda: None) == {}


def test_programs_that_are_looked_for_are_not(
    sieve: Sieve, place: pathlib.Path, enter: Callable[[], object]
) -> None:
    def work() -> None:
        for _ in range(TIMES):
            with contextlib.suppress(FileNotFoundError):
                os.posix_spawn("/usr/local/bin/no-such-program", ["x"], {})

    assert recorded(sieve, work, enter) == {}


def test_opens_are_not(sieve: Sieve, place: pathlib.Path, enter: Callable[[], object]) -> None:
    """Read, written, made, refused, and not there."""

    def work() -> None:
        for number in range(TIMES):
            for file in ("/etc/hostname", "/etc/ld.so.cache", os.__file__):
                os.close(os.open(file, os.O_RDONLY))
            os.close(os.open("/dev/null", os.O_WRONLY))
            os.close(os.open(place / str(number), os.O_RDWR | os.O_CREAT, 0o644))
            for missing in ("/etc/ld.so.nohwcap", "/usr/lib/glibc-hwcaps/libc.so.6", "a"):
                with contextlib.suppress(FileNotFoundError):
                    os.open(missing, os.O_RDONLY)
            with contextlib.suppress(OSError):
                os.open(place, os.O_WRONLY)

    assert recorded(sieve, work, enter) == {}


def test_files_that_are_replaced_and_removed_are_not(
    sieve: Sieve, place: pathlib.Path, enter: Callable[[], object]
) -> None:
    def work() -> None:
        os.chdir(place)
        for number in range(TIMES):
            pathlib.Path("new").write_text("x")
            os.chmod("new", 0o700)
            os.rename("new", "file")
            os.link("file", f"link-{number}")
            os.symlink("file", f"symlink-{number}")
            os.truncate("file", 0)
            os.unlink(f"link-{number}")

    assert recorded(sieve, work, enter) == {}


def test_connections_are_not(sieve: Sieve, enter: Callable[[], object]) -> None:
    """Over loopback, by names of sockets, by datagrams, and refused."""

    def work() -> None:
        with socket.create_server((OTHER_HOST, 0)) as server, contextlib.suppress(ConnectionError):
            for _ in range(TIMES):
                with socket.create_connection(server.getsockname()) as one, server.accept()[0] as other:
                    one.sendall(b"x")
                    os.dup2(other.fileno(), one.fileno())
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                    asking.sendto(b"x", (OTHER_HOST, 53))
                with socket.socket(socket.AF_UNIX) as local, contextlib.suppress(OSError):
                    local.connect("/run/no-such-socket")

    assert recorded(sieve, work, enter) == {}


def test_children_are_not(sieve: Sieve, place: pathlib.Path, enter: Callable[[], object]) -> None:
    assert recorded(sieve, run(place, SHELL, again("( : )")), enter) == {}

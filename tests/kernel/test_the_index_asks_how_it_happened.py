# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back what happened in another way than rules ask for: opens by access, kind of file and
outcome, execs by what was run, all other calls by outcome.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from tests.kernel import calling_32
from tests.kernel.calling import AT_FDCWD, call, here, own_mounts
from tests.kernel.conftest import execute
from tests.kernel.sifting import Sieve
from tests.kernel.test_an_open_by_handle_is_recorded import BY_HANDLE, LIBC, handle_of

FILE, DIRECTORY = "(fd.typechar = f)", "(fd.typechar = d)"
ANY = "evt.type in (open, openat, openat2, creat, open_by_handle_at) and "
READ, WRITE = "evt.is_open_read = true", "evt.is_open_write = true"
NO_READ, NO_WRITE = "evt.is_open_read = false", "evt.is_open_write = false"
CREATED, NOT_CREATED = "evt.is_open_create = true", "evt.is_open_create = false"
WELL, FAILED, RESULT = "evt.failed = false", "evt.failed = true", "evt.rawres >= 0"
NUMBER, NO_NUMBER = "fd.num >= 0", "fd.num < 0"
OPENS = ("open", "openat", "openat2", "creat", "open_by_handle_at")


def opening(path: str, flags: int) -> Callable[[], None]:
    return lambda: os.close(os.open(path, flags, 0o600))


def openat2(path: str, flags: int) -> Callable[[], object]:
    how = struct.pack("QQQ", flags, 0o600 if flags & os.O_CREAT else 0, 0)
    return lambda: call("openat2", AT_FDCWD, path.encode(), how, len(how))


def creat(path: str) -> Callable[[], object]:
    return lambda: call("creat", path.encode(), 0o600)


def by_open(path: str) -> Callable[[], object]:
    return lambda: call("open", path.encode(), os.O_WRONLY, 0)


def by_handle(path: str, flags: int) -> Callable[[], None]:
    handle = handle_of(path.encode())

    def work() -> None:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        os.chdir("/")
        LIBC.syscall(BY_HANDLE, folder, handle, flags)

    return work


def by_32_bits(path: str, flags: int) -> Callable[[], None]:
    def work() -> None:
        calls = calling_32.Calls32()
        assert calls.call(5, path.encode(), flags, 0o600) >= 0

    return work


def of_memory(flags: int) -> Callable[[], None]:
    def work() -> None:
        held = os.memfd_create("made/of/memory")
        os.open(f"/proc/self/fd/{held}", flags)

    return work


def udp() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()


def of_pipe(flags: int) -> Callable[[], object]:
    return lambda: os.open(f"/proc/self/fd/{os.pipe()[flags & 1]}", flags)


# What is done to `file`, `folder`, `fifo`, `new` or another path; what holds on it, and what does not.
CASES: dict[str, tuple[Callable[[str], Callable[[], object]], str, list[str], list[str]]] = {
    "reading": (lambda p: opening(p, os.O_RDONLY), "file", [READ, NO_WRITE, WELL, RESULT], [WRITE, NO_READ]),
    "writing": (lambda p: opening(p, os.O_WRONLY), "file", [WRITE, NO_READ, FILE], [READ, NO_WRITE, FAILED]),
    "both": (lambda p: opening(p, os.O_RDWR), "file", [READ, WRITE, NUMBER], [NO_READ, NO_WRITE, NO_NUMBER]),
    "appending": (lambda p: opening(p, os.O_WRONLY | os.O_APPEND | os.O_TRUNC), "file", [WRITE], [READ]),
    "neither": (lambda p: opening(p, os.O_ACCMODE), "file", [NO_READ, NO_WRITE], [READ, WRITE]),
    "a path": (lambda p: opening(p, os.O_PATH), "file", [READ, NO_WRITE, FILE], []),
    "a path to write": (lambda p: opening(p, os.O_PATH | os.O_WRONLY), "file", [WRITE, FILE], []),
    "a path of a folder": (lambda p: opening(p, os.O_PATH | os.O_DIRECTORY), "folder", [DIRECTORY], []),
    "a folder": (lambda p: opening(p, os.O_DIRECTORY), "folder", [DIRECTORY, READ], [FILE, WRITE]),
    "a folder as a file": (lambda p: opening(p, os.O_RDONLY), "folder", [FILE, READ], [DIRECTORY, WRITE]),
    "creating": (lambda p: opening(p, os.O_CREAT | os.O_RDWR), "new", [CREATED, WRITE], [NOT_CREATED]),
    "not creating": (lambda p: opening(p, os.O_CREAT | os.O_RDWR), "file", [NOT_CREATED, READ], [CREATED]),
    "without a name": (
        lambda p: opening(p, os.O_TMPFILE | os.O_RDWR),
        "folder",
        [WRITE, FILE, CREATED],
        [DIRECTORY, NOT_CREATED],
    ),
    "a device": (lambda _: opening("/dev/null", os.O_RDWR), "", [READ, FILE, WRITE], [DIRECTORY, NO_READ]),
    "a fifo": (lambda p: opening(p, os.O_RDWR), "fifo", [READ, WRITE], [NO_READ, FAILED]),
    "a pipe": (lambda _: of_pipe(os.O_RDONLY), "", [READ, "fd.typechar = p"], [WRITE]),
    "a pipe to write": (lambda _: of_pipe(os.O_WRONLY), "", [WRITE], [READ]),
    "memory": (lambda _: of_memory(os.O_RDWR), "", [WRITE, "fd.type = memfd"], [NO_WRITE, DIRECTORY]),
    "openat2": (lambda p: openat2(p, os.O_WRONLY), "file", [WRITE, FILE, NOT_CREATED], [READ, CREATED]),
    "openat2 creating": (lambda p: openat2(p, os.O_CREAT | os.O_RDWR), "new", [CREATED], [NOT_CREATED]),
    "openat2 of a folder": (lambda p: openat2(p, os.O_DIRECTORY), "folder", [DIRECTORY], [FILE]),
    "by handle": (lambda p: by_handle(p, os.O_RDONLY), "file", [READ, FILE], [WRITE, NO_READ]),
    "by handle to write": (lambda p: by_handle(p, os.O_WRONLY), "file", [WRITE, WELL], [READ]),
    "missing": (lambda p: opening(p, os.O_RDONLY), "missing", [FAILED, NO_NUMBER, READ], [WELL, RESULT]),
    "missing in openat2": (lambda p: openat2(p, os.O_RDWR), "missing", [FAILED, WRITE, READ], [WELL, NUMBER]),
    "no folder": (lambda p: opening(p, os.O_DIRECTORY), "file", [FAILED, "evt.rawres = -20"], [WELL]),
}
if here("creat"):
    CASES["creat"] = (
        lambda p: lambda: call("creat", p.encode(), 0o600) and None,
        "new",
        [CREATED, WRITE],
        [READ],
    )
    CASES["open"] = (by_open, "file", [WRITE], [READ, CREATED])
if calling_32.possible():
    CASES["32 bits"] = (lambda p: by_32_bits(p, os.O_WRONLY), "file", [WRITE, FILE], [READ, CREATED])
    CASES["32 bits creating"] = (lambda p: by_32_bits(p, os.O_CREAT | 2), "new", [CREATED], [NOT_CREATED])
    CASES["32 bits of a folder"] = (lambda p: by_32_bits(p, os.O_DIRECTORY), "folder", [DIRECTORY], [FILE])


def arrives(sieve: Sieve, conditions: Sequence[str], work: Callable[[], object]) -> list[str]:
    """On which of these the open does that is the last thing a process does: behind its last change of the
    directory.
    """

    def last() -> None:
        os.chdir("/")
        work()

    found = []
    rounds = sieve.seen_by_each([(ANY + condition,) for condition in conditions], last)
    for condition, events in zip(conditions, rounds, strict=True):
        types = [event.type for event in events]
        if any(one in OPENS for one in types[max(at for at, one in enumerate(types) if one == "chdir") :]):
            found.append(condition)
    return found


@pytest.mark.parametrize("case", CASES)
def test_an_open(sieve: Sieve, tmp_path: pathlib.Path, case: str) -> None:
    make, name, holds, fails = CASES[case]
    (tmp_path / "file").write_text("content")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    deed = make(str(tmp_path / name))

    def work() -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(tmp_path / "new")
        deed()

    assert arrives(sieve, [*holds, *fails], work) == holds


def test_how_an_open_that_failed_would_have_happened_is_not_asked(sieve: Sieve) -> None:
    conditions = [READ, NO_READ, WRITE, NO_WRITE, FILE, CREATED, NOT_CREATED]
    assert arrives(sieve, conditions, opening("/missing", os.O_RDONLY)) == conditions


def test_what_no_open_that_failed_has_is_held_back(sieve: Sieve) -> None:
    """Its letter is that of a file or of what has none, and it has no type."""
    conditions = [DIRECTORY, "fd.typechar in (m, p)", "fd.type = file", "fd.type = memfd"]
    assert arrives(sieve, [FILE, "not fd.type = file", *conditions], opening("/missing", os.O_RDONLY)) == [
        FILE,
        "not fd.type = file",
    ]


def flags(name: str) -> str:
    return f"proc.is_exe_{name} = true"


@pytest.fixture
def true(tmp_path: pathlib.Path) -> str:
    return str(shutil.copy("/usr/bin/true", tmp_path / "true"))


def of_execs(sieve: Sieve, condition: str, work: Callable[[], object]) -> list[bytes]:
    """The names of the processes that run another program."""

    def last() -> None:
        with contextlib.suppress(OSError):
            work()

    found = sieve.seen(f"evt.type in (execve, execveat) and {condition}", last)
    return [event.process.comm for event in found if event.type in ("execve", "execveat")]


def on_an_overlay(folder: pathlib.Path, program: str) -> None:
    """Run a program that lies in the upper or the lower layer of an overlay."""
    own_mounts()
    assert LIBC.mount(b"none", os.fsencode(folder), b"tmpfs", 0, None) == 0
    for name in ("lower", "upper", "work", "whole"):
        (folder / name).mkdir()
    for layer in ("lower", "upper"):
        shutil.copy("/usr/bin/true", folder / layer / layer)
    layers = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work"
    assert LIBC.mount(b"none", os.fsencode(folder / "whole"), b"overlay", 0, layers.encode()) == 0
    execute(str(folder / "whole" / program), program)


def of_a_memfd() -> None:
    held = os.memfd_create("true", 0)
    os.write(held, pathlib.Path("/usr/bin/true").read_bytes())
    os.execve(held, ["true"], {})  # noqa: S606 (no shell is the point)


def test_an_exec_of_an_overlay(sieve: Sieve, tmp_path: pathlib.Path) -> None:
    for condition, seen in {
        flags("upper_layer"): ([b"upper"], []),
        flags("lower_layer"): ([], [b"lower"]),
        flags("from_memfd"): ([], []),
    }.items():
        found = tuple(
            of_execs(sieve, condition, partial(on_an_overlay, tmp_path, layer))
            for layer in ("upper", "lower")
        )
        assert found == seen, condition


def test_an_exec_of_memory(sieve: Sieve, true: str) -> None:
    assert len(of_execs(sieve, flags("from_memfd"), of_a_memfd)) == 1
    assert of_execs(sieve, "proc.is_exe_from_memfd = false", of_a_memfd) == []
    assert of_execs(sieve, flags("from_memfd"), lambda: execute(true, "true")) == []
    assert of_execs(sieve, flags("writable"), lambda: execute(true, "true")) == [b"true"]


def test_an_exec_that_fails(sieve: Sieve, true: str) -> None:
    def fails() -> None:
        execute("/missing", "missing")

    assert len(of_execs(sieve, FAILED, fails)) == 1
    assert of_execs(sieve, WELL, fails) == []
    assert of_execs(sieve, FAILED, lambda: execute(true, "true")) == []
    assert of_execs(sieve, WELL, lambda: execute(true, "true")) == [b"true"]
    # what would have been run is not known: the flags are those of the image that stays
    assert of_execs(sieve, flags("upper_layer"), fails) == of_execs(sieve, flags("from_memfd"), fails) == []
    assert len(of_execs(sieve, "proc.is_exe_from_memfd = false", fails)) == 1


# Event types -> what succeeds, and what fails.
DEEDS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "mkdir, mkdirat": (lambda: os.mkdir("new"), lambda: os.mkdir("/")),
    "unlink, unlinkat": (lambda: os.unlink("file"), lambda: os.unlink("missing")),
    "symlink, symlinkat": (lambda: os.symlink("file", "link"), lambda: os.symlink("file", "link")),
    "socket": (socket.socket, lambda: socket.socket(99)),
    "connect": (udp, lambda: socket.socket(socket.AF_UNIX).connect("missing")),
    "setuid": (lambda: os.setuid(0), lambda: call("setuid", -1)),
    "kill": (lambda: os.kill(os.getpid(), 0), lambda: os.kill(os.getpid(), 99)),
}


@pytest.mark.parametrize("types", DEEDS)
def test_any_other_call(sieve: Sieve, tmp_path: pathlib.Path, types: str) -> None:
    def outcomes(condition: str) -> list[bool]:
        folder = pathlib.Path(tempfile.mkdtemp(dir=tmp_path))
        (folder / "file").touch()

        def work() -> None:
            os.chdir(folder)
            for deed in DEEDS[types]:
                with contextlib.suppress(OSError):
                    deed()

        events = sieve.seen(f"evt.type in ({types}) and {condition}", work)
        return [(event.result or 0) >= 0 for event in events if event.type in types.split(", ")]

    assert outcomes(WELL) == outcomes("evt.rawres >= 0") == [True]
    assert outcomes(FAILED) == [False]

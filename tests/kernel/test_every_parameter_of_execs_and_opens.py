# SPDX-License-Identifier: Apache-2.0
"""Execs and opens, each once so that it works and once so that it fails, with every parameter compared."""

from __future__ import annotations

import ctypes
import os
import pathlib
import resource
import struct
from collections.abc import Callable

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.fields import time_text
from tests.kernel import environment
from tests.kernel.calling import AT_FDCWD, call, here
from tests.kernel.conftest import Watch

PROGRAM = pathlib.Path("/usr/bin/true").resolve()
UNSTEADY = frozenset({"pgft_maj", "pgft_min", "vm_size", "vm_rss", "vm_swap"})
LIMIT = 555  # more than this process has open, with all programs and maps
UID, GID = 1234, 2345
_kept: list[object] = []  # what the kernel reads by its address must stay where it is


def events(watch: Watch, work: Callable[[], None], *types: str) -> list[Event]:
    return [one for one in watch.of(work, *types) if isinstance(one, Event)]


def image(event: Event, path: pathlib.Path, cwd: pathlib.Path) -> dict[str, bytes]:
    """The parameters of an exec that are the same whoever asks."""
    found = path.stat()
    process = event.process
    writable = b"EXE_WRITABLE" if process.uid == 0 else b"0"
    pid = b"%d" % process.pid
    assert process.parent is not None
    assert event.raw_arguments["ptid"] == process.parent.pid == os.getpid()
    return {
        "tid": process.comm,
        "pid": process.comm,
        "ptid": process.parent.comm,
        "vpgid": pid,
        "pgid": pid,
        "cwd": os.fsencode(cwd) + b"/",
        "fdlimit": b"%d" % LIMIT,
        "tty": b"0",
        "uid": b"u%d" % (process.uid or 0),
        "gid": b"g%d" % (process.gid or 0),
        "loginuid": b"<NONE>",
        "flags": writable,
        "exe_ino": b"%d" % found.st_ino,
        "exe_ino_ctime": time_text.written(found.st_ctime_ns),
        "exe_ino_mtime": time_text.written(found.st_mtime_ns),
        "trusted_exepath": os.fsencode(path),
    }


def hold(event: Event, wanted: dict[str, bytes]) -> None:
    """Every parameter is as wanted; those that change by the moment are numbers, as in the process' facts."""
    steady = {name: text for name, text in event.arguments.items() if name not in UNSTEADY}
    groups = steady.pop("cgroups")
    assert groups.startswith(b"cpuset=/") or b"=/" in groups
    assert steady == wanted
    usage = event.process.usage
    assert usage is not None
    assert [event.raw_arguments[name] for name in ("vm_size", "vm_rss", "vm_swap")] == [
        *(usage.vm_size, usage.vm_rss, usage.vm_swap)
    ]
    assert [event.raw_arguments[name] for name in ("pgft_maj", "pgft_min")] == [
        *(usage.faults_major, usage.faults_minor)
    ]
    assert usage.vm_size > usage.vm_rss >= 0


def vector(*strings: bytes) -> bytes:
    """An argv."""
    kept = [ctypes.create_string_buffer(one) for one in strings]
    _kept.extend(kept)
    return struct.pack(f"{len(kept) + 1}P", *map(ctypes.addressof, kept), 0)


def prepare(folder: pathlib.Path) -> None:
    os.setsid()
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


@pytest.mark.parametrize("name", ["execve", "execveat"])
def test_an_exec_that_works(watch: Watch, tmp_path: pathlib.Path, name: str) -> None:
    def work() -> None:
        prepare(tmp_path)
        folder = os.open(PROGRAM.parent, os.O_PATH)
        os.setgid(GID)
        os.setuid(UID)
        if name == "execve":
            os.execve(PROGRAM, ["a lie", "one", "", "three"], {"A": "1", "B": "2 3"})  # noqa: S606
        program, argv = PROGRAM.name.encode(), vector(b"a lie", b"one", b"", b"three")
        call("execveat", folder, program, argv, vector(b"A=1", b"B=2 3"), 0)

    (event,) = events(watch, work, "execve", "execveat")
    assert event.type == name
    filename = os.fsencode(PROGRAM) if name == "execve" else event.arguments["filename"]
    hold(
        event,
        {
            **image(event, PROGRAM, tmp_path),
            "res": b"0",
            "exe": b"a lie",
            "args": b"one  three",
            "comm": b"true",
            "env": b"A=1 B=2 3",
            "cap_inheritable": b"0",
            "cap_permitted": b"0",
            "cap_effective": b"0",
            "filename": filename,
        },
    )
    assert filename.endswith(b"/true")


@pytest.mark.parametrize("name", ["execve", "execveat"])
def test_an_exec_that_fails_has_the_image_that_stays(watch: Watch, tmp_path: pathlib.Path, name: str) -> None:
    own = pathlib.Path("/proc/self/exe").resolve()

    def work() -> None:
        prepare(tmp_path)
        environment.touch()
        arguments = (b"/no/such", vector(b"x"), vector())
        call(name, *((AT_FDCWD, *arguments, 0) if name == "execveat" else arguments))

    (event,) = events(watch, work, name)
    status = dict(
        line.split(b":\t", 1) for line in pathlib.Path("/proc/self/status").read_bytes().splitlines()
    )
    capabilities = {
        f"cap_{kind}": b"%X" % int(status[b"Cap" + key], 16)
        for kind, key in (("inheritable", b"Inh"), ("permitted", b"Prm"), ("effective", b"Eff"))
    }
    command = pathlib.Path("/proc/self/cmdline").read_bytes().removesuffix(b"\0").split(b"\0")
    variables = pathlib.Path("/proc/self/environ").read_bytes()[:4095].removesuffix(b"\0")
    hold(
        event,
        {
            **image(event, own, tmp_path),
            **capabilities,
            "res": b"ENOENT",
            "exe": command[0],
            "args": b" ".join(command[1:]),
            "comm": pathlib.Path("/proc/self/comm").read_bytes().removesuffix(b"\n"),
            "env": variables.replace(b"\0", b" "),
            "filename": b"/no/such",
        },
    )


HOW = struct.pack("QQQ", os.O_RDWR | os.O_CREAT, 0o640, 0x08 | 0x04)  # struct open_how
HOW_WRONG = struct.pack("QQQ", os.O_RDONLY, 0, 0x01)
FOLDER = 150
Open = tuple[str, tuple[int | bytes, ...], dict[str, bytes], str]
OPENS: list[Open] = [
    (
        *("open", (b"file", os.O_WRONLY | os.O_APPEND, 0o777)),
        {"name": b"file", "flags": b"O_APPEND|O_WRONLY", "mode": b"0"},
        "file",
    ),
    (
        *("open", (b"no", os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_DIRECTORY, 0o600)),
        {"name": b"no", "flags": b"O_DIRECTORY|O_EXCL|O_CREAT|O_RDONLY", "mode": b"0600"},
        "EINVAL",
    ),
    ("creat", (b"new", 0o4755), {"name": b"new", "mode": b"04755", "creat_flags": b"0"}, "new"),
    ("creat", (b"no/no", 0o644), {"name": b"no/no", "mode": b"0644", "creat_flags": b"0"}, "ENOENT"),
    (
        *("openat", (FOLDER, b"new", os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o644)),
        {
            "dirfd": b"%d" % FOLDER,
            "name": b"new",
            "mode": b"0644",
            "flags": b"O_TRUNC|O_CREAT|O_RDWR|O_F_CREATED",
        },
        "new",
    ),
    (
        *("openat", (AT_FDCWD, b"file/", os.O_RDONLY | os.O_NONBLOCK, 0)),
        {"dirfd": b"AT_FDCWD", "name": b"file/", "flags": b"O_NONBLOCK|O_RDONLY", "mode": b"0"},
        "ENOTDIR",
    ),
    (
        *("openat2", (FOLDER, b"new", HOW, len(HOW))),
        {
            "dirfd": b"%d" % FOLDER,
            "name": b"new",
            "flags": b"O_CREAT|O_RDWR|O_F_CREATED",
            "mode": b"0640",
            "resolve": b"RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS",
        },
        "new",
    ),
    (
        *("openat2", (AT_FDCWD, b"/proc/self/stat", HOW_WRONG, len(HOW_WRONG))),
        {
            "dirfd": b"AT_FDCWD",
            "name": b"/proc/self/stat",
            "flags": b"O_RDONLY",
            "mode": b"0",
            "resolve": b"RESOLVE_NO_XDEV",
        },
        "EXDEV",
    ),
]


@pytest.mark.parametrize(
    "case", [case for case in OPENS if here(case[0])], ids=lambda case: "-".join((case[0], case[3]))
)
def test_an_open(watch: Watch, tmp_path: pathlib.Path, case: Open) -> None:
    """`outcome`: the file that was opened, or the error."""
    name, arguments, wanted, outcome = case
    (tmp_path / "file").touch()

    def work() -> None:
        os.chdir(tmp_path)
        os.umask(0)
        os.dup2(os.open(".", os.O_PATH), FOLDER)
        call(name, *arguments)

    event = events(watch, work, name)[-1]
    if outcome.startswith("E"):
        rest = {"fd": outcome.encode(), "dev": b"0", "ino": b"0"}
    else:
        opened = tmp_path / outcome
        found = opened.stat()
        rest = {
            "fd": b"<f>" + os.fsencode(opened),
            "dev": b"%X" % found.st_dev,
            "ino": b"%d" % found.st_ino,
        }
        assert event.fd is not None
        assert event.raw_arguments["fd"] == event.fd.num == event.result
    path = os.path.normpath(os.path.join(os.fsencode(tmp_path), wanted["name"]))
    assert dict(event.arguments) == {**rest, **wanted, "name": path}
    assert event.raw_arguments["name"] == wanted["name"]

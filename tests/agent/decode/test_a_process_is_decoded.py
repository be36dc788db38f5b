# SPDX-License-Identifier: Apache-2.0
"""The process of an event, its ancestors, and the events of its life."""

from __future__ import annotations

import time
from typing import get_type_hints

import pytest

from lanner_agent.decode.event import decode
from lanner_agent.kernel.record_layout import ProcessFacts, ProcessNumbers, RecordFlag
from lanner_engine.fields import model
from tests.agent.decode import records
from tests.agent.decode.records import Builder

ORPHAN = RecordFlag.ORPHAN
SHELL = {"comm": b"sh", "exepath": b"/bin/dash", "args": b"sh\0-c\0\0x y\0"}
NUMBERS = [
    name
    for struct in (ProcessFacts, ProcessNumbers)
    for name, kind in get_type_hints(struct).items()
    if kind is int and name not in ("start", "pidns_start", "exec", "cgroup_id", "threads", "pid_ns")
]


def event_of(builder: Builder, container_id: bytes | None = None) -> model.Event:
    return decode(builder.bytes(), records.session(container_id))


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_of_the_process_is_its_own(name: str) -> None:
    process = event_of(Builder("execve").process(**{name: 4242})).process
    assert getattr(process, name) == 4242


@pytest.mark.parametrize(
    ("event", "threads", "left"), [("execve", 3, 3), ("procexit", 3, 2), ("procexit", 0, 0)]
)
def test_the_thread_that_leaves_is_no_more(event: str, threads: int, left: int) -> None:
    assert event_of(Builder(event).process(threads=threads)).process.nthreads == left


def test_the_command_line_is_name_and_arguments() -> None:
    process = event_of(Builder("execve").process(**SHELL, cgroup=b"/a.slice", threads=7)).process
    assert (process.comm, process.exe, process.exepath) == (b"sh", b"sh", b"/bin/dash")
    assert process.args == (b"-c", b"", b"x y")
    assert (process.cgroup, process.nthreads) == (b"/a.slice", 7)


@pytest.mark.parametrize(
    ("line", "exe", "args"),
    [
        (b"", b"", ()),
        (b"\0", b"", ()),
        (b"\0\0", b"", (b"",)),
        (b"a", b"a", ()),
        (b"a\0b", b"a", (b"b",)),
        (b"a\0\xff\x1b[2J\n\0", b"a", (b"\xff\x1b[2J\n",)),
    ],
)
def test_hostile_command_lines(line: bytes, exe: bytes, args: tuple[bytes, ...]) -> None:
    process = event_of(Builder("execve").process(args=line)).process
    assert (process.exe, process.args) == (exe, args)


def test_names_end_at_a_nul() -> None:
    process = event_of(Builder("execve").process(comm=b"a\0rubbish", exepath=b"/x\0y")).process
    assert (process.comm, process.exepath) == (b"a", b"/x")
    assert event_of(Builder("execve").process(comm=b"sixteen-letters!")).process.comm == b"sixteen-letters!"


def test_nobody_logged_in() -> None:
    event = event_of(Builder("execve").process(loginuid=0xFFFFFFFF))
    assert event.process.loginuid == -1
    assert event.arguments["loginuid"] == b"<NONE>"
    assert event_of(Builder("execve").process(loginuid=0)).process.loginuid == 0


def test_ancestors_are_a_chain() -> None:
    builder = Builder("execve").process(pid=3, sid=1, pgid=3)
    builder.lineage({"level": 1, "pid": 2, "vpid": 12, **SHELL}, {"level": 2, "pid": 1, "comm": b"init"})
    process = event_of(builder).process
    parent = process.parent
    assert parent is not None
    assert (parent.pid, parent.vpid, parent.comm, parent.exe) == (2, 12, b"sh", b"sh")
    assert (parent.exepath, parent.args) == (b"/bin/dash", (b"-c", b"", b"x y"))
    assert (parent.uid, parent.ppid, parent.cgroup) == (None, None, None)
    assert process.ppid == 2
    assert parent.parent is not None
    assert (parent.parent.comm, parent.parent.args, parent.parent.parent) == (b"init", (), None)
    assert process.session_leader is parent.parent
    assert process.group_leader is process


def test_creators_stand_beside_the_chain() -> None:
    builder = Builder("execve", flags=ORPHAN).process(pid=9, sid=8, pgid=9)
    builder.lineage(
        {"level": 0, "pid": 8, "comm": b"sh", "args": b"sh\0-c\0"},
        {"level": 0, "pid": 7, "comm": b"nginx"},
        {"level": 1, "pid": 2, "comm": b"shim"},
        {"level": 0, "pid": 6, "comm": b"runc"},
        {"level": 2, "pid": 1, "comm": b"init"},
    )
    process = event_of(builder).process
    assert process.parent is not None
    assert process.parent.parent is not None
    assert (process.parent.comm, process.parent.parent.comm, process.parent.parent.parent) == (
        b"shim",
        b"init",
        None,
    )
    assert [one.comm for one in process.creators] == [b"sh", b"nginx", b"runc"]
    assert process.creator is process.creators[0]
    assert process.creator.args == (b"-c",)
    assert process.session_leader is process.creators[0]


def test_a_parent_that_made_its_child_is_the_creator() -> None:
    builder = Builder("execve").process(pid=9)
    builder.lineage({"level": 1, "pid": 2}, {"level": 0, "pid": 6, "comm": b"runc"})
    process = event_of(builder).process
    assert process.creator is process.parent
    assert [one.comm for one in process.creators] == [b"runc"]


def test_a_process_alone() -> None:
    process = event_of(Builder("execve").process(pid=3, sid=9, pgid=8)).process
    assert process.parent is process.creator is process.session_leader is process.group_leader is None
    assert process.creators == ()
    assert process.ppid == 0


def test_times_are_since_the_epoch() -> None:
    boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    builder = Builder("execve", time=boot).process(start=boot - 10**9, exe_ctime=5)
    builder.lineage({"level": 1, "start": boot})
    event = event_of(builder)
    assert abs(event.time - time.time_ns()) < 10**8
    assert event.time - event.process.start == 10**9
    assert event.process.exe_ctime == 5
    assert event.process.parent is not None
    assert event.process.parent.start == event.time


def test_an_exec_has_its_parameters() -> None:
    builder = Builder("execve").process(
        **SHELL, uid=1, gid=2, loginuid=3, pid=9, exe_flags=3, cap_effective=0x1F
    )
    event = event_of(builder.union(records.EXEC, filename=b"/bin/../bin/sh"))
    shown = event.arguments
    assert list(shown)[:6] == ["res", "exe", "args", "tid", "pid", "ptid"]
    assert (shown["res"], shown["exe"], shown["args"], shown["pid"]) == (b"0", b"sh", b"-c  x y", b"sh")
    assert shown["flags"] == b"EXE_WRITABLE|EXE_UPPER_LAYER"
    assert (shown["uid"], shown["gid"], shown["loginuid"]) == (b"user1", b"group2", b"login3")
    assert (shown["filename"], shown["trusted_exepath"]) == (b"/bin/../bin/sh", b"/bin/dash")
    assert (event.raw_arguments["uid"], event.raw_arguments["flags"]) == (1, 3)
    assert event.fd is None
    assert event.open_read is event.open_write is event.open_exec is event.open_create is None


def test_a_failed_exec_has_its_error() -> None:
    event = event_of(Builder("execve", result=-2))
    assert (event.result, event.arguments["res"], event.raw_arguments["res"]) == (-2, b"ENOENT", -2)


@pytest.mark.parametrize("name", ["clone", "clone3", "fork", "vfork"])
def test_a_fork_knows_what_it_made(name: str) -> None:
    builder = Builder(name, result=31).union(records.FORK, child_tid=131, child_pid=130, child_vtid=31)
    event = event_of(builder)
    assert (event.type, event.result, event.arguments["res"]) == (name, 31, b"31")
    assert [event.raw_arguments[f"child_{part}"] for part in ("tid", "pid", "vtid")] == [131, 130, 31]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (3 << 8, (b"768", b"3", b"0", b"0")),
        (0x8B, (b"139", b"0", b"SIGSEGV", b"1")),
        (34, (b"34", b"0", b"34", b"0")),
    ],
)
def test_an_end_says_how(code: int, shown: tuple[bytes, ...]) -> None:
    event = event_of(Builder("procexit").union(records.EXIT, code=code))
    assert event.result is None
    assert tuple(event.arguments.values()) == shown

# SPDX-License-Identifier: Apache-2.0
"""What runs is the file that was executed with the arguments it got: not what was written in memory at some
moment, not what a process says of itself.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import shutil
import sys
import threading
from collections.abc import Callable

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.conftest import Watch, execute
from tests.kernel.mounting import LIBC, mount, own_mounts
from tests.kernel.rewriting import rewritten

EXECS = 100
PR_SET_NAME, CLONE_NEWPID, AT_EMPTY_PATH = 15, 0x20000000, 0x1000
TRUE, FALSE, SH = "/usr/bin/true", "/usr/bin/false", "/bin/sh"
NO_ENVIRONMENT = (ctypes.c_char_p * 1)(None)


def execs(watch: Watch, work: Callable[[], None]) -> list[Event]:
    events = watch.of(work, "execve", "execveat")
    return [event for event in events if isinstance(event, Event) and event.result == 0]


def one(watch: Watch, work: Callable[[], None]) -> Event:
    (event,) = execs(watch, work)
    return event


@pytest.fixture
def program(tmp_path: pathlib.Path) -> pathlib.Path:
    """A program of the test's own."""
    return pathlib.Path(shutil.copy(TRUE, tmp_path / "program"))


def pointers(*values: object) -> ctypes.Array[ctypes.c_void_p]:
    """An argv of addresses."""
    made = [ctypes.cast(value, ctypes.c_void_p) for value in values]  # type: ignore[arg-type]
    return (ctypes.c_void_p * (len(made) + 1))(*made, None)


def each_time(watch: Watch, start: Callable[[], None]) -> list[tuple[Event, int]]:
    """EXECS times: the exec that a child made, and how the program ended."""
    ends: dict[int, int] = {}
    for _ in range(EXECS):
        pid = os.fork()
        if pid == 0:
            start()
            os._exit(99)
        ends[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        watch.take()
    events = [e for e in watch.events(*ends) if e.type == "execve" and e.result == 0]
    return [(event, ends[event.process.pid]) for event in events if isinstance(event, Event)]


def test_a_path_that_changes_during_the_call(watch: Watch, tmp_path: pathlib.Path) -> None:
    good, evil = tmp_path / "good", tmp_path / "evil"
    shutil.copy(TRUE, good)
    shutil.copy(FALSE, evil)
    ran = {0: good, 1: evil}
    with rewritten(os.fsencode(good), os.fsencode(evil)) as path:
        argv = pointers(b"same")
        found = each_time(watch, lambda: LIBC.execve(path, argv, NO_ENVIRONMENT))
    assert len(found) > EXECS // 10  # a path of both is none
    for event, code in found:
        assert event.process.exepath == os.fsencode(ran[code])
        assert event.process.exe_ino == ran[code].stat().st_ino


def test_an_argument_that_changes_during_the_call(watch: Watch) -> None:
    with rewritten(b"good", b"evil") as argument:
        argv = pointers(b"sh", b"-c", b'test "$0" = good', argument)
        found = each_time(watch, lambda: LIBC.execve(SH.encode(), argv, NO_ENVIRONMENT))
    assert len(found) == EXECS
    for event, code in found:
        assert (event.process.args[-1] == b"good") == (code == 0)


@pytest.mark.parametrize("way", ["fexecve", "descriptor", "deleted", "exe"])
def test_a_program_without_its_path(watch: Watch, program: pathlib.Path, way: str) -> None:
    inode = program.stat().st_ino

    def work() -> None:
        handle = os.open(program, os.O_PATH)
        if way == "deleted":
            program.unlink()
        if way == "fexecve":
            LIBC.fexecve(handle, pointers(b"a lie"), NO_ENVIRONMENT)
        execute(f"/proc/self/fd/{handle}", "a lie")

    def shell() -> None:
        """A shell of another name that executes itself by the link in /proc."""
        shutil.copy(SH, program)
        execute(str(program), "a lie", "-c", "exec /proc/self/exe -c :")

    *_, event = execs(watch, shell if way == "exe" else work)
    assert event.process.exepath == os.fsencode(program)
    assert event.process.exe_ino == inode
    if way != "exe":
        assert event.process.exe == b"a lie"


def test_a_program_that_is_mounted_elsewhere(
    watch: Watch, tmp_path: pathlib.Path, program: pathlib.Path
) -> None:
    (tmp_path / "elsewhere").touch()

    def work() -> None:
        own_mounts()
        mount(program, tmp_path / "elsewhere")
        execute(str(tmp_path / "elsewhere"), "x")

    event = one(watch, work)
    assert event.process.exepath == os.fsencode(tmp_path / "elsewhere")
    assert event.process.exe_ino == program.stat().st_ino


def test_a_program_that_is_moved_while_it_runs(
    watch: Watch, tmp_path: pathlib.Path, program: pathlib.Path
) -> None:
    """Where it was when it was executed: nobody can put another file's name in its place."""
    shutil.copy(SH, program)
    inode = program.stat().st_ino

    def work() -> None:
        os.chdir(tmp_path)
        execute(str(program), "x", "-c", "mv program moved; cp /usr/bin/true program; : < moved")

    (opened,) = (e for e in watch.of(work, "openat", "open") if e.fd and e.fd.nameraw == b"moved")
    assert opened.process.exepath == os.fsencode(program)
    assert opened.process.exe_ino == inode


def test_a_process_says_neither_what_it_is_nor_what_it_runs(watch: Watch, tmp_path: pathlib.Path) -> None:
    """Its name, file and arguments are those of the exec."""
    (tmp_path / "file").touch()
    code = f"""
import ctypes, os
libc = ctypes.CDLL(None)
libc.prctl({PR_SET_NAME}, b"kworker/0:1", 0, 0, 0)
at = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value
ctypes.memset(at, ord("x"), len("not-python"))
os.open({str(tmp_path / "file")!r}, os.O_RDONLY)
"""
    events = watch.of(lambda: execute(sys.executable, "not-python", "-c", code), "execve", "openat")
    executed = next(event for event in events if event.type == "execve" and event.result == 0)
    opened = next(e for e in events if e.fd and e.fd.nameraw == os.fsencode(tmp_path / "file"))
    assert opened.process.comm == executed.process.comm == os.fsencode(os.path.basename(sys.executable))
    assert opened.process.exepath == executed.process.exepath == os.fsencode(os.path.realpath(sys.executable))
    assert opened.process.exe == executed.process.exe == b"not-python"
    assert opened.process.args == executed.process.args == (b"-c", code.encode())


def test_an_exec_by_a_thread_that_does_not_lead(watch: Watch, program: pathlib.Path) -> None:
    def work() -> None:
        thread = threading.Thread(target=lambda: execute(str(program), "x", "by a thread"))
        thread.start()
        thread.join()

    event = one(watch, work)
    process = event.process
    assert process.tid == process.pid
    assert process.vtid == process.vpid
    assert process.nthreads == 1
    assert (process.exepath, process.args) == (os.fsencode(program), (b"by a thread",))
    assert process.ppid == os.getpid()


def test_pids_of_a_namespace_are_told_from_the_hosts(
    watch: Watch, tmp_path: pathlib.Path, program: pathlib.Path
) -> None:
    def work() -> None:
        assert LIBC.unshare(CLONE_NEWPID) == 0
        inside = os.fork()
        if inside == 0:
            execute(str(program), str(os.getpid()))
        (tmp_path / "pid").write_text(str(inside))
        os.waitpid(inside, 0)

    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)
    inside = int((tmp_path / "pid").read_text())
    (event,) = (e for e in watch.events(inside) if e.type == "execve")
    process = event.process
    assert (process.pid, process.tid, process.ppid) == (inside, inside, pid)
    assert (process.vpid, process.vtid, process.exe) == (1, 1, b"1")


def test_a_program_in_a_chroot_has_its_path_there(
    watch: Watch, tmp_path: pathlib.Path, program: pathlib.Path
) -> None:
    """And what is executed from outside has the path from the root of the file system."""
    jail = tmp_path / "jail"
    (jail / "usr").mkdir(parents=True)
    for folder in ("lib", "lib64"):  # where the loader and the C library are looked for
        (jail / folder).symlink_to(f"usr/{folder}")
    shutil.copy(program, jail / "program")

    def enter() -> None:
        own_mounts()
        mount(pathlib.Path("/usr"), jail / "usr")
        os.chroot(jail)

    def inside() -> None:
        enter()
        execute("/program", "x")

    def outside() -> None:
        handle = os.open(program, os.O_PATH)
        enter()
        LIBC.fexecve(handle, pointers(b"x"), NO_ENVIRONMENT)

    assert one(watch, inside).process.exepath == b"/program"
    assert one(watch, outside).process.exepath == os.fsencode(program)

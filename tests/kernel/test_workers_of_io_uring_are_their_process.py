# SPDX-License-Identifier: Apache-2.0
"""What a worker of io_uring does is done by the thread that asked, under the name that exec gave its process
and with the credentials of that.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import platform
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel.probes import Probes
from tests.kernel import io_uring
from tests.kernel.conftest import Watch
from tests.kernel.test_a_name_is_what_exec_gave import OWN_NAME, rename
from tests.kernel.test_requests_of_io_uring_are_recorded import one, opening, seen

OWN_PROGRAM = os.fsencode(os.path.realpath("/proc/self/exe"))
RINGS = pathlib.Path(io_uring.__file__).read_text().replace("from __future__ import annotations", "")
EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]  # ends the thread that calls it
# One of its threads opens the argument when it is told to, by a worker; before, it calls itself and the first
# thread something.
OLD = f"""{RINGS}
import sys, threading
libc, go, ready = ctypes.CDLL(None), threading.Event(), threading.Event()
def work():
    libc.prctl(15, b"sshd")
    with ring() as own:
        ready.set()
        go.wait()
        open(f"/proc/self/task/{{os.getpid()}}/comm", "w").write("sshd")
        held = text(sys.argv[1].encode())
        assert own.result(Request(OPENAT, -100, at(held), flags=ASYNC)) >= 0
    os._exit(0)
def listen():
    ready.wait()
    print(flush=True)
    sys.stdin.read()
    go.set()
threading.Thread(target=work).start()
threading.Thread(target=listen).start()
"""
LEADER = "threading.Event().wait()"
NO_LEADER = f"libc.syscall({EXIT}, 0)"
PATIENCE_S = 30.0
pytestmark = pytest.mark.each_kernel


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    made = tmp_path / "file"
    made.write_bytes(b"text")
    return made


def ask(file: pathlib.Path, ring_flags: int = 0) -> None:
    """By a worker, or by the thread that polls the ring."""
    request, _held = opening(os.fsencode(file), os.O_RDONLY, flags=0 if ring_flags else io_uring.ASYNC)
    with io_uring.ring(flags=ring_flags) as ring:
        assert ring.result(request) >= 0


def in_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_who_asked_is_known_whoever_did_it(watch: Watch, file: pathlib.Path) -> None:
    """A worker of the kernel does it, under a name of its own; the thread has given itself another one."""

    def work() -> None:
        pathlib.Path("/proc/thread-self/comm").write_text("asking")
        ask(file)

    event = one(seen(watch, lambda: in_thread(work), "openat"))
    process = event.process
    assert process.comm == OWN_NAME
    assert process.tid != process.pid
    assert process.exepath == OWN_PROGRAM
    assert process.ppid == os.getpid()
    assert event.fd is not None
    assert event.fd.name == os.fsencode(file)


@pytest.mark.parametrize("ring_flags", [0, io_uring.SQPOLL])
def test_a_process_that_calls_itself_something_else(
    watch: Watch, file: pathlib.Path, ring_flags: int
) -> None:
    def work() -> None:
        rename()
        ask(file, ring_flags)

    assert one(seen(watch, work, "openat")).process.comm == OWN_NAME


@pytest.mark.parametrize("ring_flags", [0, io_uring.SQPOLL])
def test_a_process_whose_first_thread_has_ended(watch: Watch, file: pathlib.Path, ring_flags: int) -> None:
    """And has taken with it what was kept of its program."""

    def go_on() -> None:
        until_ended(os.getpid())
        ask(file, ring_flags)
        os._exit(0)

    def work() -> None:
        rename()
        threading.Thread(target=go_on).start()
        ctypes.CDLL(None).syscall(EXIT, 0)

    process = one(seen(watch, work, "openat")).process
    assert (process.comm, process.exepath) == (OWN_NAME, OWN_PROGRAM)


def until_ended(pid: int) -> None:
    """The first thread of this process, of which the kernel keeps something until all others have ended."""
    stat = pathlib.Path(f"/proc/{pid}/task/{pid}/stat")
    end = time.monotonic() + PATIENCE_S
    while stat.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(params=[LEADER, NO_LEADER], ids=["its first thread lives", "its first thread has ended"])
def old(request: pytest.FixtureRequest, file: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    command = ["/usr/bin/python3", "-c", OLD + request.param, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        if request.param == NO_LEADER:
            until_ended(started.pid)
        yield started
        started.kill()


def test_a_process_that_is_older_than_the_agent(
    old: subprocess.Popen[bytes], own_cgroup: pathlib.Path
) -> None:
    """The name that it had when it was found is kept, whatever it calls itself after that."""
    probes = Probes.load(scope=own_cgroup)
    try:
        probes.subscribe(frozenset({"openat"}), frozenset({"openat"}))
        probes.scan()
        assert old.stdin is not None
        old.stdin.close()
        old.wait(PATIENCE_S)
        found = [event for event in Watch(probes).events(old.pid) if isinstance(event, Event)]
    finally:
        probes.close()
    process = one([event for event in found if event.through_io_uring]).process
    assert process.comm == b"python3"
    assert process.exepath == os.fsencode(os.path.realpath("/usr/bin/python3"))


def test_a_worker_acts_for_who_the_process_is_now(watch: Watch, file: pathlib.Path) -> None:
    """The thread itself keeps the user and the group of when it was made."""

    def work() -> None:
        with io_uring.ring() as ring:
            for number in (0, 4711):
                os.setresgid(number, number, number)
                os.setresuid(number, number, number)
                request, _held = opening(os.fsencode(file), os.O_RDONLY, flags=io_uring.ASYNC)
                assert ring.result(request) >= 0

    file.chmod(0o644)
    for folder in (file.parent, *file.parent.parents):
        folder.chmod(folder.stat().st_mode | 0o011)
    before, after = seen(watch, work, "openat")
    assert (before.process.uid, before.process.gid) == (0, 0)
    assert (after.process.uid, after.process.gid) == (4711, 4711)

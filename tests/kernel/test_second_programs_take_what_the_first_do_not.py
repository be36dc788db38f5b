# SPDX-License-Identifier: Apache-2.0
"""Where the kernel preempts programs each has a second behind it: every event is recorded once, whichever of
the two the kernel starts. Here with both, and with those alone that are second.
"""

from __future__ import annotations

import os
import pathlib
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel import reentry, syscall_bpf
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from tests.kernel import io_uring
from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import ALL, ASKED, Watch, execute, in_child
from tests.kernel.io_uring import Request

FIRST = [hook.first for hook in reentry.HOOKS]
TRUE = os.path.realpath("/bin/true")
FORKS = {"clone", "fork", "vfork", "clone3"}
TIMES = 50
FORGOTTEN_S = 10.0
pytestmark = pytest.mark.timeout(180)  # a busy machine loads probes slowly


@pytest.fixture(scope="module")
def loaded(own_cgroup: pathlib.Path) -> Iterator[Probes]:
    """Probes as a kernel gets them that preempts programs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reentry, "needed", lambda: reentry.HOOKS)
        probes = Probes.load(scope=own_cgroup)
    probes.subscribe(ALL, ALL, ASKED)
    probes.scan()
    yield probes
    probes.close()


@pytest.fixture(params=["both", "the second alone"])
def both(request: pytest.FixtureRequest, loaded: Probes) -> Probes:
    """Detached is what the kernel passes over; they come in this order, so nothing is attached again."""
    if request.param != "both":
        for name in FIRST:
            loaded._loaded.detach(name)
    return loaded


@pytest.mark.each_kernel
def test_this_kernel_gets_them_where_it_preempts_programs() -> None:
    release = tuple(map(int, os.uname().release.split(".")[:2]))
    preempts = release >= (7, 0) and "PREEMPT" in os.uname().version
    assert reentry.needed() == (reentry.HOOKS if preempts else ())


def done(folder: pathlib.Path) -> None:
    """One of each kind: a fork, a call on a name, a failed open, an exec, an end."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os._exit(0)
    folder.mkdir()
    try:
        os.open(folder / "not-there", os.O_RDONLY)
    except FileNotFoundError:
        folder.rmdir()
    execute(TRUE, "true", "second")


def family(events: list[model.Event], maker: int) -> list[Event]:
    """What the process did, and the one that it made."""
    own = [event for event in events if isinstance(event, Event)]
    pids = {event.child()[1] for event in own if event.type in FORKS and event.process.pid == maker}
    return [event for event in own if event.process.pid in pids | {maker}]


def said(event: Event) -> tuple[object, ...]:
    process = event.process
    failed = (event.result or 0) < 0
    names = (event.arguments.get("path"), event.arguments.get("name"))
    return event.type, failed, names, process.args, process.exepath, process.parent and process.parent.pid


def test_every_event_is_recorded_once_and_as_ever(
    both: Probes, probes: Probes, tmp_path: pathlib.Path
) -> None:
    watches = [Watch(probes), Watch(both)]
    for watch in watches:
        watch.everything()
    maker = in_child(lambda: done(tmp_path / "made"))
    usual, found = (family(watch.everything(), maker) for watch in watches)
    assert [said(event) for event in found] == [said(event) for event in usual]
    counted = Counter(event.type for event in found)
    assert (counted["execve"], counted["procexit"], sum(counted[name] for name in FORKS)) == (1, 2, 1)
    assert counted["mkdir"] + counted["mkdirat"] == counted["rmdir"] + counted["unlinkat"] == 1
    assert sum(event.type == "openat" and "not-there" in str(event.arguments["name"]) for event in found) == 1


def test_threads_and_many_calls_are_recorded_once(both: Probes) -> None:
    watch = Watch(both)
    watch.everything()

    def work() -> None:
        for _ in range(TIMES):
            os.close(os.open("/proc/self/limits", os.O_RDONLY))

    pid = in_child(work)
    names = [e.arguments["name"] for e in watch.events(pid) if e.type == "openat"]
    assert names.count(b"/proc/self/limits") == TIMES


def test_nothing_is_left_of_processes_that_ended(both: Probes) -> None:
    """What they ran is forgotten once, by one of the two."""
    watch, ran = Watch(both), set[bytes]()
    watch.everything()
    for _ in range(TIMES):
        in_child(lambda: execute(TRUE, "true", "forgotten"))
        ran |= watch.execs()
    assert len(ran) == TIMES
    deadline = time.monotonic() + FORGOTTEN_S
    while ran & execs(both) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not ran & execs(both)


def test_requests_of_io_uring_are_recorded_once(both: Probes) -> None:
    watch = Watch(both)
    watch.everything()
    path = io_uring.text(b"/proc/self/limits")

    def work() -> None:
        with io_uring.ring() as ring:
            for _ in range(TIMES):
                ring.result(Request(io_uring.OPENAT, AT_FDCWD, io_uring.at(path)))

    pid = in_child(work)
    events = [event for event in watch.events(pid) if event.type == "openat" and event.through_io_uring]
    assert [event.arguments["name"] for event in events] == [b"/proc/self/limits"] * TIMES


def execs(probes: Probes) -> set[bytes]:
    return set(syscall_bpf.map_keys(probes.map_fd("execs"), 8))

# SPDX-License-Identifier: Apache-2.0
"""Forks and ends are events; processes older than the agent are known; kept facts go with their last user."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time
from collections.abc import Callable

import pytest

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.probes import Probes
from tests.kernel.conftest import ALL, ASKED, Watch, execute

THREAD_EXEC = (
    "import os, threading, time\n"
    "threading.Thread(target=lambda: os.execv('/usr/bin/true', ['true'])).start()\n"
    "time.sleep(5)"
)
FORGOTTEN_S = 10.0


def test_a_fork_is_an_event_of_its_maker(watch: Watch) -> None:
    def work() -> None:
        os.waitpid(os.fork() or os._exit(3), 0)

    (event,) = watch.of(work, "clone", "clone3", "fork", "vfork")
    assert event.result is not None
    assert event.result > event.process.pid or event.result > 0


def test_an_end_has_its_code(watch: Watch) -> None:
    (event,) = watch.of(lambda: os._exit(3), "procexit")
    assert event.result is None
    assert event.arguments["ret"] == b"3"


def test_processes_older_than_the_agent_are_known(own_cgroup: pathlib.Path) -> None:
    old = subprocess.Popen(["/bin/sh", "-c", "read go; cat /etc/hostname; :", "older"], stdin=subprocess.PIPE)
    assert old.stdin is not None
    time.sleep(0.1)
    probes = Probes.load(scope=own_cgroup)
    try:
        probes.subscribe(ALL, ALL, ASKED)
        assert probes.scan() > 0
        old.stdin.write(b"go\n")
        old.stdin.close()
        old.wait()
        events = Watch(probes).everything()
    finally:
        probes.close()
    event = next(
        e for e in events if e.type == "execve" and e.process.comm == b"cat" and e.process.ppid == old.pid
    )
    parent = event.process.parent
    assert parent is not None
    assert parent.args == (b"-c", b"read go; cat /etc/hostname; :", b"older")
    assert parent.exepath == os.fsencode(pathlib.Path("/bin/sh").resolve())
    me = parent.parent
    assert me is not None
    assert me.pid == os.getpid()
    assert me.exepath == os.fsencode(pathlib.Path("/proc/self/exe").resolve())


def kept(probes: Probes, ran: set[bytes]) -> int:
    """Entries of these execs: those of other people's processes come and go meanwhile."""
    sizes = {"execs": 8, "strings": 16}
    keys = (key for name, size in sizes.items() for key in syscall_bpf.map_keys(probes.map_fd(name), size))
    return sum(key[:8] in ran for key in keys)


@pytest.mark.parametrize(
    "work",
    [
        lambda: execute("/usr/bin/true", "true"),
        lambda: execute("/bin/sh", "sh", "-c", "(true; true) & (true | cat); wait"),
        lambda: execute("/usr/bin/python3", "python3", "-c", THREAD_EXEC),
    ],
)
def test_what_is_kept_of_an_exec_goes_with_its_last_user(probes: Probes, work: Callable[[], None]) -> None:
    watch, ran = Watch(probes), set[bytes]()
    watch.everything()
    for _ in range(20):
        pid = os.fork()
        if pid == 0:
            work()
        os.waitpid(pid, 0)
        ran |= watch.execs()
    assert len(ran) >= 20
    deadline = time.monotonic() + FORGOTTEN_S
    while kept(probes, ran) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not kept(probes, ran)

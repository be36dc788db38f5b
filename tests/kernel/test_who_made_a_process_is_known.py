# SPDX-License-Identifier: Apache-2.0
"""Ancestors are those who made a process, also when they have ended and the kernel names another parent."""

from __future__ import annotations

import ctypes
import os
import pathlib
import platform
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

from lanner_agent.kernel import tables
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import facts
from tests.kernel.conftest import ALL, ASKED, Watch, execute, in_child

PR_SET_NAME = 15
CLONE_PARENT = 0x8000
PATIENCE_S = 20
TRUE = "/usr/bin/true"


def named(name: bytes) -> None:
    ctypes.CDLL(None).prctl(PR_SET_NAME, name)


def chain(process: facts.Process) -> Iterator[facts.Process]:
    above = process.parent
    while above is not None:
        yield above
        above = above.parent


def orphan() -> None:
    """Become a child whose maker has ended."""
    maker = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == maker:
        time.sleep(0.01)


def descend(names: list[bytes]) -> None:
    """One process makes the next and ends; the last of them, alone, runs `true`."""
    for name in names:
        named(name)
        orphan()
    execute(TRUE, "true", "last of all")


def last(watch: Watch) -> facts.Event:
    """The exec at the end of `descend`, which may take its time on a slow machine."""
    found: list[facts.Event] = []
    end = time.monotonic() + PATIENCE_S
    while not found and time.monotonic() < end:
        found = [e for e in watch.everything() if e.type == "execve" and e.process.args == (b"last of all",)]
    assert len(found) == 1
    return found[0]


def test_after_a_double_fork_the_maker_is_still_the_parent(watch: Watch) -> None:
    middle = in_child(lambda: descend([b"middle"]))
    process = last(watch).process
    makers = list(chain(process))
    assert process.ppid == makers[0].pid == makers[0].vpid == middle
    assert makers[0].comm == b"middle"
    assert makers[0].exepath == os.fsencode(os.path.realpath("/proc/self/exe"))
    assert b"pytest" in b" ".join(makers[0].args)
    assert makers[1].pid == os.getpid()
    assert makers[1].args == makers[0].args
    assert process.start >= makers[0].start >= makers[1].start


def test_of_many_makers_the_nearest_four_are_kept(watch: Watch) -> None:
    in_child(lambda: descend([b"maker%d" % number for number in range(12)]))
    process = last(watch).process
    assert [one.comm for one in chain(process)] == [b"maker%d" % number for number in range(11, 7, -1)]
    assert all(one.exepath for one in list(chain(process))[:3])


def test_above_the_one_that_ended_stand_those_that_run(watch: Watch) -> None:
    script = f"({TRUE} inner; sleep 0.3; {TRUE} 'last of all'; :) & :"
    subprocess.run(["/bin/sh", "-c", script, "ends"], check=True)
    time.sleep(0.3)
    makers = list(chain(last(watch).process))
    assert (makers[0].comm, makers[0].args) == (b"sh", (b"-c", script.encode(), b"ends"))
    assert (makers[1].comm, makers[1].args) == (b"sh", (b"-c", script.encode(), b"ends"))
    assert makers[2].pid == os.getpid()


def test_a_sibling_has_the_makers_of_its_maker(watch: Watch) -> None:
    def work() -> None:
        numbers = tables.SYSCALLS[platform.machine()]
        clone = next(number for number, name in numbers.items() if name == "clone")
        if ctypes.CDLL(None).syscall(clone, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0) == 0:
            execute(TRUE, "true", "last of all")
        os._exit(0)

    pid = os.fork()
    if pid == 0:
        work()
    os.waitpid(pid, 0)
    event = last(watch)
    os.waitpid(event.process.pid, 0)
    assert event.process.ppid == os.getpid()


def test_a_thread_that_calls_exec_keeps_the_makers(watch: Watch) -> None:
    def work() -> None:
        orphan()
        threading.Thread(target=lambda: execute(TRUE, "true", "last of all")).start()
        time.sleep(5)

    pid = os.fork()
    if pid == 0:
        work()
    os.waitpid(pid, 0)
    makers = list(chain(last(watch).process))
    assert [one.pid for one in makers[:2]] == [pid, os.getpid()]


def test_the_makers_of_processes_older_than_the_agent_are_known(own_cgroup: pathlib.Path) -> None:
    script = f"exec 3<&0; (read go <&3; sleep 0.2; {TRUE} 'last of all'; :) & read go; :"
    old = subprocess.Popen(["/bin/sh", "-c", script, "older"], stdin=subprocess.PIPE)
    time.sleep(0.1)
    probes = Probes.load(scope=own_cgroup)
    try:
        probes.want(ALL, ALL, ASKED)
        assert probes.scan() > 0
        old.kill()
        old.wait()
        assert old.stdin is not None
        old.stdin.close()
        makers = list(chain(last(Watch(probes)).process))
    finally:
        probes.close()
    assert makers[1].pid == old.pid
    assert makers[1].args == (b"-c", script.encode(), b"older")
    assert makers[2].pid == os.getpid()


def test_a_group_leader_that_is_no_ancestor_is_known(watch: Watch) -> None:
    """As the first process of a pipeline is to the others."""
    begin = "import os; os.setpgrp(); os.execv('/bin/sleep', ['not-sleep', '5'])"
    leader = subprocess.Popen(["/usr/bin/python3", "-c", begin])
    while os.readlink(f"/proc/{leader.pid}/exe") != os.path.realpath("/bin/sleep"):
        time.sleep(0.01)

    def work() -> None:
        os.setpgid(0, leader.pid)
        execute(TRUE, "true", "last of all")

    in_child(work)
    leader.kill()
    leader.wait()
    process = last(watch).process
    found = process.group_leader
    assert found is not None
    assert (found.pid, found.vpid, found.comm, found.exe) == (leader.pid, leader.pid, b"sleep", b"not-sleep")
    assert (found.args, found.exepath) == ((b"5",), os.fsencode(os.path.realpath("/bin/sleep")))
    assert process.start > found.start
    assert process.session_leader is not None
    assert process.session_leader.pid == os.getsid(0)


def test_a_session_leader_far_up_is_known(watch: Watch) -> None:
    def work(depth: int) -> None:
        pid = os.fork()
        if pid == 0:
            if depth:
                work(depth - 1)
            execute(TRUE, "true", "last of all")
        os.waitpid(pid, 0)
        os._exit(0)

    pid = os.fork()
    if pid == 0:
        os.setsid()
        named(b"leads")
        work(10)
    os.waitpid(pid, 0)
    found = last(watch).process.session_leader
    assert found is not None
    assert (found.pid, found.comm) == (pid, b"leads")
    assert found.exepath == os.fsencode(os.path.realpath("/proc/self/exe"))
    assert b"pytest" in b" ".join(found.args)


def test_a_session_leader_that_ended_is_known_to_those_it_made(watch: Watch) -> None:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        descend([b"gone"])
    os.waitpid(pid, 0)
    process = last(watch).process
    assert process.sid == pid
    assert process.session_leader is not None
    assert process.session_leader.comm == b"gone"


def a_child_of_a_child() -> None:
    in_child(lambda: execute(TRUE, "true", "last of all"))


def test_strings_of_ancestors_are_recorded_as_far_as_rules_ask(watch: Watch, probes: Probes) -> None:
    probes.want(ALL, ALL, frozenset({"proc.pcmdline", "proc.aexepath", "proc.aexepath[2]"}))
    try:
        in_child(a_child_of_a_child)
        event = last(watch)
    finally:
        probes.want(ALL, ALL, ASKED)
    first, second, *rest = chain(event.process)
    assert rest
    assert all(one.comm and one.pid for one in (first, second, *rest))
    assert [bool(one.args) for one in (first, second, *rest)] == [True, *[False] * (1 + len(rest))]
    assert [bool(one.exepath) for one in (first, second, *rest)] == [True, True, *[False] * len(rest)]

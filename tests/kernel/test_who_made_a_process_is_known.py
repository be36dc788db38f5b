# SPDX-License-Identifier: Apache-2.0
"""Ancestors are the kernel's at the event; who made one of them and is its parent no more is known too."""

from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record_layout import ANCESTORS
from lanner_engine.fields import model
from tests.kernel import scope
from tests.kernel.calling import number_of
from tests.kernel.conftest import ALL, ASKED, Watch, execute, in_child, on_all

MAKERS = 8  # that are kept with a process
CLONE_PARENT = 0x8000
PATIENCE_S = 20
TRUE = "/usr/bin/true"


def name_of(pid: int) -> bytes:
    return pathlib.Path(f"/proc/{pid}/comm").read_bytes().rstrip(b"\n")


def above(process: model.Process, pid: int) -> bool:
    """Whether a maker's maker is known; of as many as are kept, one of the same image may have given way."""
    pids = [one.pid for one in process.creators]
    return pids[1] == pid or len(pids) == MAKERS


def cut(watch: Watch) -> int:
    reason = "more ancestors than a record holds"
    return sum(counter.value for counter in watch.probes.totals() if counter.reason == reason)


def chain(process: model.Process) -> Iterator[model.Process]:
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


def descend(depth: int) -> None:
    """One process makes the next and ends; the last of them, alone, runs `true`."""
    for _ in range(depth):
        orphan()
    execute(TRUE, "true", "last of all")


def stand_above(depth: int) -> None:
    """One process makes the next and waits for it; the last of them runs `true`."""
    pid = os.fork()
    if pid == 0:
        if depth:
            stand_above(depth - 1)
        execute(TRUE, "true", "last of all")
    os.waitpid(pid, 0)
    os._exit(0)


def last(watch: Watch, *, ended: bool = False) -> model.Event:
    """The exec at the end of `descend`, which may take its time on a slow machine; `ended`: it is over. It
    is too when no process is left.
    """
    found: list[model.Event] = []
    end = time.monotonic() + PATIENCE_S
    waiting = True
    while waiting and not found:
        waiting = not (ended or scope.is_alone() or time.monotonic() > end)
        found = [e for e in watch.everything() if e.type == "execve" and e.process.args == (b"last of all",)]
    assert len(found) == 1
    return found[0]


def test_after_a_double_fork_the_parent_is_the_kernels_and_the_creator_is_who_made_it(watch: Watch) -> None:
    middle = in_child(lambda: descend(1))
    process = last(watch).process
    assert process.ppid not in {middle, os.getpid()}
    assert process.parent is not None
    assert process.creator is process.creators[0]
    maker = process.creators[0]
    assert (maker.pid, maker.vpid) == (middle, middle)
    assert above(process, os.getpid())
    assert maker.comm == name_of(os.getpid())
    assert maker.exepath == os.fsencode(os.path.realpath("/proc/self/exe"))
    assert b"pytest" in b" ".join(maker.args)
    assert process.start >= maker.start


def test_a_parent_that_made_its_child_is_its_creator(watch: Watch) -> None:
    in_child(lambda: execute(TRUE, "true", "last of all"))
    process = last(watch).process
    assert process.creator is process.parent
    assert process.ppid == os.getpid()
    assert os.getpid() not in [one.pid for one in process.creators]


def test_of_many_makers_forks_alone_push_nobody_out(watch: Watch) -> None:
    in_child(lambda: descend(12))
    pids = [one.pid for one in last(watch).process.creators]
    assert len(pids) == MAKERS
    assert os.getppid() in pids  # of another image than all between


def test_of_many_makers_with_images_of_their_own_the_nearest_are_kept(
    watch: Watch, tmp_path: pathlib.Path
) -> None:
    script = tmp_path / "script"
    script.write_text(f"""
        [ $1 = 12 ] && exec {TRUE} 'last of all'
        ( {tmp_path}/maker$(($1 + 1)) $0 $(($1 + 1)) & )
        sleep 0.05
    """)
    for number in range(1, 13):
        (tmp_path / f"maker{number}").symlink_to("/bin/sh")
    subprocess.run([tmp_path / "maker1", script, "1"], check=True)
    creators = last(watch).process.creators
    assert list(dict.fromkeys(one.comm for one in creators))[:4] == [
        b"maker%d" % number for number in (11, 10, 9, 8)
    ]
    assert all(one.exepath and one.args for one in creators[:4])


def test_above_one_that_was_handed_on_stand_its_parents_and_its_creators(watch: Watch) -> None:
    script = f"({TRUE} inner; sleep 0.3; {TRUE} 'last of all'; :) & :"
    with subprocess.Popen(["/bin/sh", "-c", script, "ends"]) as made:
        pass
    time.sleep(0.3)
    process = last(watch).process
    subshell = process.parent
    assert subshell is not None
    assert process.creator is subshell
    assert (subshell.comm, subshell.args) == (b"sh", (b"-c", script.encode(), b"ends"))
    assert subshell.parent is not None
    assert subshell.parent.pid != made.pid
    assert [one.pid for one in process.creators[:2]] == [made.pid, os.getpid()]


def test_ancestors_go_up_to_the_first_process(watch: Watch) -> None:
    in_child(lambda: stand_above(30))
    ancestors = list(chain(last(watch).process))
    assert os.getpid() in [one.pid for one in ancestors[31:33]]
    assert ancestors[-1].pid == 1
    assert ancestors[-1].comm == name_of(1)
    assert all(one.exepath and one.args for one in ancestors[:32])


def test_more_ancestors_than_a_record_holds_are_counted(watch: Watch) -> None:
    before = cut(watch)
    in_child(lambda: stand_above(ANCESTORS))
    assert len(list(chain(last(watch).process))) == ANCESTORS
    assert cut(watch) > before


def test_a_sibling_has_the_makers_of_its_maker(watch: Watch) -> None:
    def work() -> None:
        clone = number_of("clone")
        assert clone is not None
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
    process = last(watch).process
    assert process.creators[0].pid == pid
    assert above(process, os.getpid())


def test_the_makers_of_processes_older_than_the_agent_are_known(own_cgroup: pathlib.Path) -> None:
    script = f"exec 3<&0; (read go <&3; sleep 0.2; {TRUE} 'last of all'; :) & read go; :"
    old = subprocess.Popen(["/bin/sh", "-c", script, "older"], stdin=subprocess.PIPE)
    time.sleep(0.1)
    probes = Probes.load(scope=own_cgroup)
    try:
        probes.subscribe(ALL, ALL, ASKED)
        assert probes.scan() > 0
        old.kill()
        old.wait()
        assert old.stdin is not None
        old.stdin.close()
        creators = last(Watch(probes)).process.creators
    finally:
        probes.close()
    assert creators[0].pid == old.pid
    assert creators[0].args == (b"-c", script.encode(), b"older")
    assert creators[1].pid == os.getpid()


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
    session = process.session_leader
    assert (session and session.pid) == (os.getsid(0) or None)  # none where nobody has begun one


def test_a_session_leader_far_up_is_known(watch: Watch) -> None:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        stand_above(10)
    os.waitpid(pid, 0)
    found = last(watch).process.session_leader
    assert found is not None
    assert (found.pid, found.comm) == (pid, name_of(os.getpid()))
    assert found.exepath == os.fsencode(os.path.realpath("/proc/self/exe"))
    assert b"pytest" in b" ".join(found.args)


def test_a_session_leader_that_ended_is_known_to_those_it_made(watch: Watch) -> None:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        descend(1)
    os.waitpid(pid, 0)
    process = last(watch).process
    assert process.sid == pid
    assert process.session_leader is process.creators[0]
    assert process.session_leader.pid == pid


def test_a_group_without_a_leader_has_its_oldest_process(watch: Watch) -> None:
    held, release = os.pipe()
    leader = os.fork()
    if leader == 0:
        os.setpgrp()
        os.read(held, 1)
        os._exit(0)
    while os.getpgid(leader) != leader:
        time.sleep(0.01)
    members = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, leader)
            os.read(held, 1)
            execute(TRUE, "true", "last of all")
        members.append(pid)
        while os.getpgid(pid) != leader:
            time.sleep(0.01)
    os.kill(leader, signal.SIGKILL)
    os.waitpid(leader, 0)
    oldest, youngest = members
    os.write(release, b"x")  # one of the two goes on
    done = 0
    while done not in members:  # others may have left a child
        done, _ = os.wait()
    try:
        found = last(watch, ended=True).process.group_leader
    finally:
        os.kill(oldest if done == youngest else youngest, signal.SIGKILL)
        os.wait()
        os.close(held)
        os.close(release)
    assert found is not None
    assert found.pid == oldest
    assert found.exepath == (os.fsencode(os.path.realpath(TRUE if done == oldest else "/proc/self/exe")))


def a_child_of_a_child() -> None:
    in_child(lambda: execute(TRUE, "true", "last of all"))


def test_strings_of_ancestors_are_recorded_as_far_as_rules_ask(watch: Watch, probes: Probes) -> None:
    probes.subscribe(ALL, ALL, on_all(frozenset({"proc.pcmdline", "proc.aexepath", "proc.aexepath[2]"})))
    try:
        in_child(a_child_of_a_child)
        event = last(watch)
    finally:
        probes.subscribe(ALL, ALL, ASKED)
    ancestors = list(chain(event.process))
    assert all(one.comm and one.pid for one in ancestors)
    assert [bool(one.args) for one in ancestors] == [True, False]
    assert [bool(one.exepath) for one in ancestors] == [True, True]
    assert event.process.creators == ()

# SPDX-License-Identifier: Apache-2.0
"""Numbers of processes, groups and sessions are those of the namespace that a process is in, however deep it
lies; what was made outside of it has none.
"""

from __future__ import annotations

import ctypes
import json
import os
import time
from dataclasses import dataclass
from typing import Final

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.conftest import Watch, in_child

pytestmark = pytest.mark.each_kernel

CLONE_NEWPID: Final = 0x20000000
FORKS: Final = frozenset({"clone", "clone3", "fork", "vfork"})
DEPTHS: Final = range(5)  # 0: the machine itself, 1: a container, 2: one in a container, ...


@dataclass(frozen=True, slots=True)
class Said:
    """What a process says of itself and of its maker, in the namespace that both are in."""

    pid: int
    tid: int
    ppid: int
    pgid: int
    sid: int
    host_pid: int
    namespace: int


def _numbers() -> list[int]:
    """This mount of /proc is the machine's."""
    own = int(os.readlink("/proc/self")), os.stat("/proc/self/ns/pid").st_ino
    return [os.getpid(), _thread(), os.getppid(), os.getpgrp(), os.getsid(0), *own]


def _thread() -> int:
    return int(ctypes.CDLL(None).gettid())


def _go_down(depth: int) -> None:
    """Into so many new namespaces, each in the one before."""
    for _ in range(depth):
        assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWPID) == 0
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            os._exit(0)


@dataclass(frozen=True, slots=True)
class Described:
    """A process so many namespaces down: what it said, its own event, the forks of its maker, and the one
    outside that leads the session in which they were made.
    """

    said: Said
    own: Event
    forks: list[Event]
    outside: int


def described(watch: Watch, depth: int, *, leads: bool) -> Described:
    """`leads` a session of its own, or is in the one from outside."""
    reading, writing = os.pipe()

    def work() -> None:
        os.setsid()
        _go_down(depth)
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            return
        if leads:
            os.setsid()
        os.kill(os.getpid(), 0)
        os.write(writing, json.dumps(_numbers()).encode())
        os._exit(0)

    outside = in_child(work)
    said = Said(*json.loads(os.read(reading, 4096)))
    os.close(reading)
    os.close(writing)
    events = [event for event in watch.everything() if isinstance(event, Event)]
    (own,) = (event for event in events if event.type == "kill" and event.process.pid == said.host_pid)
    forks = [event for event in events if event.type in FORKS and event.process.pid == own.process.ppid]
    return Described(said, own, forks, outside)


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_leader_of_a_session_has_the_numbers_it_sees(watch: Watch, depth: int) -> None:
    one = described(watch, depth, leads=True)
    said, process = one.said, one.own.process
    assert (process.vpid, process.vtid) == (said.pid, said.tid)
    assert (process.vpgid, process.vsid) == (said.pgid, said.sid) == (said.pid, said.pid)
    assert (process.pid, process.tid) == (said.host_pid, said.host_pid)
    assert (process.pgid, process.sid) == (said.host_pid, said.host_pid)
    assert process.numbers.pid_ns == said.namespace
    assert process.parent is not None
    assert process.parent.vpid == said.ppid
    fork = one.forks[-1]
    assert fork.result == said.pid
    assert fork.arguments["child_vtid"] == b"%d" % said.pid
    assert fork.arguments["child_pid"] == b"%d" % said.host_pid


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_session_from_outside_has_no_number_inside(watch: Watch, depth: int) -> None:
    one = described(watch, depth, leads=False)
    said, process = one.said, one.own.process
    assert (process.vpid, process.vtid) == (said.pid, said.tid)
    assert (process.vpgid, process.vsid) == (said.pgid, said.sid)
    assert ((process.vpgid, process.vsid) == (0, 0)) == (depth > 0)
    assert (process.pgid, process.sid) == (one.outside, one.outside)
    assert process.numbers.pid_ns == said.namespace


@pytest.mark.parametrize("depth", DEPTHS[1:])
def test_a_namespace_began_with_its_first_process(watch: Watch, depth: int) -> None:
    own = described(watch, depth, leads=True).own
    first = own.process.parent
    assert first is not None
    assert first.vpid == 1
    assert own.process.pidns_start == first.start
    assert first.parent is not None
    assert first.parent.vpid == (1 if depth > 1 else first.parent.pid)


@pytest.mark.parametrize("depth", DEPTHS[1:])
def test_makers_that_ended_had_the_numbers_of_their_namespace(watch: Watch, depth: int) -> None:
    """A process whose maker ends is given to the first of its namespace; what was kept of the maker stays."""
    reading, writing = os.pipe()

    def work() -> None:
        _go_down(depth)
        maker = os.fork()
        if maker:
            os.waitpid(maker, 0)
            os.read(reading, 1)
            os.waitpid(-1, 0)
            return
        if os.fork():
            os._exit(0)
        while os.getppid() != 1:
            time.sleep(0.001)
        os.kill(os.getpid(), 0)
        os.write(writing, b".")
        os._exit(0)

    in_child(work)
    os.close(reading)
    os.close(writing)
    (own,) = (event for event in watch.everything() if event.type == "kill")
    assert own.process.vpid == 3
    assert [one.vpid for one in own.process.creators][:1] == [2]
    assert own.process.parent is not None
    assert own.process.parent.vpid == 1

# SPDX-License-Identifier: Apache-2.0
"""The name of a process is what exec gave it, whatever it and its threads call themselves later."""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess
import threading
import time

from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from tests.kernel.conftest import ALL, ASKED, Watch, execute, in_child

PR_SET_NAME = 15
FALSE_NAME = b"sshd"
OWN_NAME = pathlib.Path("/proc/self/comm").read_bytes().rstrip(b"\n")
TRUE = "/usr/bin/true"
MARK = "/etc/hostname"


def rename() -> None:
    ctypes.CDLL(None).prctl(PR_SET_NAME, FALSE_NAME)


def rename_by_file() -> None:
    pathlib.Path("/proc/self/comm").write_bytes(FALSE_NAME)


def opens(watch: Watch, pid: int) -> list[model.Event]:
    return [
        event
        for event in watch.everything()
        if event.process.pid == pid and event.open_read is not None
        if event.fd is not None and event.fd.name == MARK.encode()
    ]


def read() -> None:
    os.close(os.open(MARK, os.O_RDONLY))


def rename_and_read() -> None:
    rename()
    read()


def test_a_process_that_calls_itself_something_else(watch: Watch) -> None:
    def work() -> None:
        rename()
        read()
        rename_by_file()
        read()
        os._exit(0)

    found = opens(watch, in_child(work))
    assert [event.process.comm for event in found] == [OWN_NAME] * 2


def test_a_thread_that_calls_itself_something_else(watch: Watch) -> None:
    def work() -> None:
        thread = threading.Thread(target=rename_and_read)
        thread.start()
        thread.join()
        os._exit(0)

    pid = in_child(work)
    (event,) = opens(watch, pid)
    assert event.process.tid != pid
    assert event.process.comm == OWN_NAME


def test_children_and_threads_of_one_that_renamed_itself(watch: Watch) -> None:
    def work() -> None:
        rename()
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        if os.fork() == 0:
            read()
            execute(TRUE, "true", "child")
        os.wait()
        os._exit(0)

    pid = in_child(work)
    events = watch.everything()
    (child,) = [e for e in events if e.type == "execve" and e.process.args == (b"child",)]
    assert child.process.comm == b"true"
    assert child.process.parent is not None
    assert (child.process.parent.pid, child.process.parent.comm) == (pid, OWN_NAME)
    names = [e.process.comm for e in events if e.fd is not None and e.fd.name == MARK.encode()]
    assert names == [OWN_NAME] * 2


def test_an_exec_gives_a_name_again(watch: Watch) -> None:
    def work() -> None:
        rename()
        execute("/bin/cat", "cat", MARK)

    found = opens(watch, in_child(work))
    assert [event.process.comm for event in found] == [b"cat"]


def test_threads_older_than_the_agent_have_the_name_of_their_leader(own_cgroup: pathlib.Path) -> None:
    script = f"""
import ctypes, threading, sys
go = threading.Event()
def work():
    ctypes.CDLL(None).prctl({PR_SET_NAME}, {FALSE_NAME!r})
    go.wait()
    open({MARK!r}).close()
thread = threading.Thread(target=work)
thread.start()
print(flush=True)
sys.stdin.read()
go.set()
thread.join()
"""
    with subprocess.Popen(
        ["/usr/bin/python3", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as old:
        assert old.stdin is not None
        assert old.stdout is not None
        old.stdout.readline()
        probes = Probes.load(scope=own_cgroup)
        try:
            probes.subscribe(ALL, ALL, ASKED)
            probes.scan()
            old.stdin.close()
            old.wait()
            time.sleep(0.1)
            (event,) = opens(Watch(probes), old.pid)
        finally:
            probes.close()
    assert event.process.tid != old.pid
    assert event.process.comm == b"python3"

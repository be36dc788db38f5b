# SPDX-License-Identifier: Apache-2.0
"""evt.is_on_agent: of which calls, by which numbers, of whose point of view."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import pytest

from lanner_agent.decode.event import decode
from lanner_agent.decode.session import Session
from tests.agent.decode import records
from tests.kernel.answers import Answers

OURS, ELSEWHERE, PARENT = 4026531836, 4026532000, 40


@dataclass(frozen=True, slots=True)
class Agent:
    """Three threads and a group of a process in OURS, which PARENT started."""

    namespace: int = OURS

    def numbers(self, namespace: int) -> frozenset[int]:
        return frozenset({50, 51, 52, -49}) if namespace == OURS else frozenset()

    def is_parent(self, pid: int) -> bool:
        return pid == PARENT


def is_on_agent(record: records.Builder, *, pid_ns: int = OURS, vpid: int = 7, uid: int = 0) -> bool:
    made = record.process(pid=7, uid=uid, pid_ns=pid_ns, vpid=vpid)
    return decode(made.bytes(), Session(Answers(watcher=Agent()))).on_agent


def call(name: str, *arguments: int) -> records.Builder:
    return records.Builder(name).call(*arguments)


@pytest.mark.parametrize(
    "record",
    [
        call("kill", 50, signal.SIGSTOP),
        call("kill", 52, signal.SIGSTOP),
        call("kill", -49, signal.SIGTERM),
        call("kill", -1, signal.SIGTERM),
        call("tkill", 51, signal.SIGTERM),
        call("tgkill", 50, 51, signal.SIGTERM),
        call("ptrace", 16, 50),
        call("process_vm_writev", 51),
        call("pidfd_open", 50, 0),
    ],
    ids=lambda record: None,
)
def test_a_number_of_it_is_named(record: records.Builder) -> None:
    assert is_on_agent(record)


@pytest.mark.parametrize(("path", "found"), [(b"/proc/50", True), (b"/proc/53", False), (b"/srv/50", False)])
def test_its_folder_below_proc_stands_for_it(path: bytes, found: bool) -> None:
    record = call("pidfd_send_signal", 3, signal.SIGTERM).descriptor(path=path)
    assert is_on_agent(record) is found


def test_other_numbers_are_others() -> None:
    assert not is_on_agent(call("kill", 53, signal.SIGSTOP))
    assert not is_on_agent(call("kill", -50, signal.SIGSTOP))
    assert not is_on_agent(call("tgkill", 53, 50, signal.SIGSTOP))


def test_a_number_means_another_process_in_another_namespace() -> None:
    assert not is_on_agent(call("kill", 50, signal.SIGSTOP), pid_ns=ELSEWHERE)
    assert not is_on_agent(call("kill", -1, signal.SIGSTOP), pid_ns=ELSEWHERE)


def test_everybody_is_whom_the_caller_may_signal() -> None:
    assert not is_on_agent(call("kill", -1, signal.SIGKILL), uid=1000)


def test_who_started_it_may() -> None:
    assert not is_on_agent(call("kill", 50, signal.SIGTERM), vpid=PARENT)


@pytest.mark.parametrize(
    ("path", "pid_ns", "found"),
    [
        (b"/proc/50/mem", OURS, True),
        (b"/proc/50/task/51/mem", OURS, True),
        (b"/proc/53/mem", OURS, False),
        (b"/proc/50/mem", ELSEWHERE, False),
        (b"/host/proc/50/mem", ELSEWHERE, True),
        (b"/srv/proc/notes/50/mem", OURS, False),
    ],
)
def test_a_file_of_it_below_proc_is_opened(path: bytes, pid_ns: int, found: bool) -> None:
    record = records.Builder("openat", result=3).union(records.OPEN, path=path, raw=path)
    assert is_on_agent(record, pid_ns=pid_ns) is found


def test_a_process_elsewhere_that_has_the_number_of_its_parent_is_not_its_parent() -> None:
    record = records.Builder("openat", result=3)
    record.union(records.OPEN, path=b"/host/proc/50/mem", raw=b"/host/proc/50/mem")
    assert is_on_agent(record, pid_ns=ELSEWHERE, vpid=PARENT)

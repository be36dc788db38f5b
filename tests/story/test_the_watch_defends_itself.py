# SPDX-License-Identifier: Apache-2.0
"""What somebody with the rights for it tries against a running agent: what is refused, and what is told."""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import signal
import struct
from collections.abc import Iterator

import pytest

from tests.story import deeds
from tests.story.agent import Agent

BPF_LINK_DETACH, BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID = 34, 12, 14
BPF_LINK_GET_FD_BY_ID, BPF_LINK_GET_NEXT_ID = 30, 31
NUMBERS = {"x86_64": {"tgkill": 234}, "aarch64": {"tgkill": 131}}[os.uname().machine]
STATE = pathlib.Path("/var/lib/lanner")


def links(agent: Agent) -> Iterator[int]:
    """Descriptors of the agent's own links, as a debugger would take them."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(agent.process.pid)
    for entry in pathlib.Path(f"/proc/{agent.process.pid}/fd").iterdir():
        if "bpf" in (name := os.readlink(entry)) and ("link" in name or "tracepoint" in name):
            taken = libc.syscall(438, process, int(entry.name), 0)
            assert taken >= 0, os.strerror(ctypes.get_errno())
            yield taken
            os.close(taken)
    os.close(process)


def bpf(command: int, attributes: bytes) -> int:
    """The result, or the error as a negative number."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    buffer = ctypes.create_string_buffer(attributes, 128)
    result: int = libc.syscall(number, command, buffer, 128)
    return result if result >= 0 else -ctypes.get_errno()


def test_no_link_of_the_agent_can_be_detached(agent: Agent) -> None:
    refused = [bpf(BPF_LINK_DETACH, struct.pack("=I", link)) for link in links(agent)]
    assert set(refused) == {-errno.EOPNOTSUPP}
    mark = deeds.marker()
    deeds.read_absolute(mark)
    agent.alerts.wait(mark)


def test_who_gets_at_a_map_by_its_number_is_told(agent: Agent) -> None:
    buffer = ctypes.create_string_buffer(struct.pack("=I", 0), 128)
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    assert ctypes.CDLL(None).syscall(number, BPF_MAP_GET_NEXT_ID, buffer, 128) == 0
    found = struct.unpack_from("=II", buffer)[1]
    descriptor = bpf(BPF_MAP_GET_FD_BY_ID, struct.pack("=I", found))
    assert descriptor >= 0
    os.close(descriptor)
    agent.alerts.wait(
        r"A map or link of a kernel program was reached \(command=BPF_MAP_GET_FD_BY_ID .*pytest"
    )


def test_who_gets_at_a_link_by_its_number_is_told(agent: Agent) -> None:
    descriptor = bpf(BPF_LINK_GET_FD_BY_ID, struct.pack("=I", first_link()))
    assert descriptor >= 0
    os.close(descriptor)
    agent.alerts.wait(
        r"A map or link of a kernel program was reached \(command=BPF_LINK_GET_FD_BY_ID .*pytest"
    )


def first_link() -> int:
    """The number of one that is loaded."""
    buffer = ctypes.create_string_buffer(struct.pack("=I", 0), 128)
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    assert ctypes.CDLL(None).syscall(number, BPF_LINK_GET_NEXT_ID, buffer, 128) == 0
    found: int = struct.unpack_from("=II", buffer)[1]
    return found


@pytest.fixture
def state() -> Iterator[pathlib.Path]:
    there = STATE.exists()
    STATE.mkdir(exist_ok=True)
    path = STATE / deeds.marker()
    yield path
    path.unlink(missing_ok=True)
    if not there:
        STATE.rmdir()


def test_kept_files_that_others_change_are_told(agent: Agent, state: pathlib.Path) -> None:
    deeds.command("touch", str(state))
    agent.alerts.wait(rf"Files of Lanner were changed \(file={state} .*process=touch ")
    deeds.command("mv", str(state), f"/tmp/{state.name}")
    agent.alerts.wait(rf"Files of Lanner were changed \(.*source={state} .*process=mv ")
    deeds.command("mv", f"/tmp/{state.name}", str(state))
    deeds.command("rm", str(state))
    agent.alerts.wait(rf"Files of Lanner were changed \(file={state} .*process=rm ")


def test_reading_them_is_left_alone(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.command("cat", f"/var/lib/lanner/{mark}")
    deeds.command("ls", f"/var/lib/lanner/{mark}")
    again = deeds.marker()
    deeds.read_absolute(again)
    agent.alerts.wait(again)
    assert mark not in agent.alerts.text()


def test_asking_for_the_end_of_a_watcher_is_told(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.command("pkill", "--full", f"falco-{mark}")
    agent.alerts.wait(rf"A program that watches was stopped .*{mark}")


def tell(agent: Agent, code: str, *arguments: str) -> None:
    """What a child of ours does to the agent; its parent, which we are, may."""
    known = f"libc = ctypes.CDLL(None)\nagent = {agent.process.pid}\n"
    deeds.python(f"import ctypes, os, signal, sys, time\n{known}{code}", *arguments)


# Each with what the alert says of it. A thread's number stands for the process.
ATTACKS = {
    "it is stopped": (
        "os.kill(agent, signal.SIGSTOP); os.kill(agent, signal.SIGCONT)",
        "evt_type=kill .*signal=SIGSTOP",
    ),
    "it is sent a signal by the number of another thread": (
        "os.kill(max(int(one) for one in os.listdir(f'/proc/{agent}/task')), signal.SIGHUP)",
        "evt_type=kill .*signal=SIGHUP",
    ),
    "a thread of it is sent a signal": (
        f"assert libc.syscall({NUMBERS['tgkill']}, agent, agent, signal.SIGHUP) == 0",
        "evt_type=tgkill .*signal=SIGHUP",
    ),
    "a handle of it is opened, and a signal sent by that": (
        "signal.pidfd_send_signal(os.pidfd_open(agent), signal.SIGHUP)",
        "evt_type=pidfd_open ",
    ),
    "its folder is opened, and a signal sent by that": (
        "signal.pidfd_send_signal(os.open(f'/proc/{agent}', os.O_DIRECTORY), signal.SIGHUP)",
        "evt_type=pidfd_send_signal .*signal=SIGHUP",
    ),
    "it is attached to": (
        "assert libc.ptrace(0x4206, agent, None, None) == 0",
        "evt_type=ptrace .*request=PTRACE_SEIZE",
    ),
    "its memory is opened for writing": (
        "os.open(f'/proc/{agent}/mem', os.O_RDWR)",
        "evt_type=openat .*file=/proc/[0-9]+/mem",
    ),
    "what the kernel kills first is set for it": (
        "open(f'/proc/{agent}/oom_score_adj', 'w').write('0')",
        "evt_type=openat .*file=/proc/[0-9]+/oom_score_adj",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_who_attacks_the_agent_is_told(agent: Agent, attack: str) -> None:
    code, said = ATTACKS[attack]
    mark = deeds.marker()
    tell(agent, code, mark)
    agent.alerts.wait(rf"The agent was attacked \({said}.*{mark}")


def test_a_debugger_of_the_agent_is_told(agent: Agent) -> None:
    mark = deeds.marker()
    deeds.command(
        "gdb", "-batch", "-nx", "-p", str(agent.process.pid), "-ex", f"echo {mark}", "-ex", "detach"
    )
    agent.alerts.wait(rf"The agent was attacked \(evt_type=ptrace .*{mark}")


def test_signals_to_others_and_questions_about_the_agent_are_left_alone(agent: Agent) -> None:
    mark = deeds.marker()
    tell(
        agent,
        "os.kill(agent, 0); os.kill(agent, signal.SIGWINCH); os.kill(os.getpid(), signal.SIGWINCH)\n"
        "child = os.fork() or time.sleep(60)\n"
        "os.kill(child, signal.SIGSTOP); os.close(os.pidfd_open(child)); os.kill(child, signal.SIGKILL)\n"
        "open(f'/proc/{agent}/status').read(); open('/proc/self/oom_score_adj', 'w').write('0')",
        mark,
    )
    again = deeds.marker()
    deeds.read_absolute(again)
    agent.alerts.wait(again)
    assert mark not in agent.alerts.text()


def test_the_parent_of_the_agent_may_ask_it_to_read_its_settings(agent: Agent) -> None:
    before = len(agent.alerts.all())
    agent.process.send_signal(signal.SIGHUP)
    mark = deeds.marker()
    deeds.read_absolute(mark)
    agent.alerts.wait(mark)
    assert not [line for line in agent.alerts.all()[before:] if "The agent was attacked" in line.text]

# SPDX-License-Identifier: Apache-2.0
"""What somebody with the rights for it tries against a running agent: what is refused, and what is told."""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import struct
from collections.abc import Iterator

import pytest

from tests.story import deeds
from tests.story.agent import Agent

BPF_LINK_DETACH, BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID = 34, 12, 14
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

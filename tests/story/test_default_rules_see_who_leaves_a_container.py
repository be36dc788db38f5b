# SPDX-License-Identifier: Apache-2.0
"""A container that sees the processes of the node: it enters the node's namespaces and attacks the agent.
One that does not may do the same to its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story.agent import Agent
from tests.story.inside import LENDING, Inside

NODE_PIDS = ("--privileged", "--with-ns", f"pid:/proc/{os.getpid()}/ns/pid")
OWN_PIDS = ("--cap-add", "CAP_SYS_ADMIN")
BY_PIDFD = "assert libc.setns(os.pidfd_open(int(os.sys.argv[1])), {flag}) == 0"
BY_FILE = "assert libc.setns(os.open(f'/proc/{{os.sys.argv[1]}}/ns/{kind}', os.O_RDONLY), 0) == 0"
# A process with a number of our choice, in our own pid namespace, which then gets a signal: clone3 with
# set_tid.
SAME_NUMBER = """
import signal, struct, time
number = int(os.sys.argv[1])
wanted = (ctypes.c_int * 1)(number)
said = ctypes.create_string_buffer(struct.pack('11Q', *[0] * 4, 17, *[0] * 3, ctypes.addressof(wanted), 1, 0))
child = libc.syscall(435, said, 88)
if child == 0: time.sleep(60)
assert child == number, child
os.kill(child, signal.SIGTERM)
os.waitpid(child, 0)
"""


def inside(containerd: runtime.Containerd, agent: Agent, options: tuple[str, ...]) -> Iterator[Inside]:
    full_id = containerd.run("sleep", "1000", options=(*LENDING, *options))
    yield Inside(containerd, agent, full_id)
    containerd.remove(full_id)


@pytest.fixture(scope="module")
def sees_all(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    """A container with the node's pid namespace and every right."""
    yield from inside(containerd, container_agent, NODE_PIDS)


@pytest.fixture(scope="module")
def alone(containerd: runtime.Containerd, container_agent: Agent) -> Iterator[Inside]:
    yield from inside(containerd, container_agent, OWN_PIDS)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (BY_FILE.format(kind="net"), r"namespace=net:\[[0-9]+\] .*evt_type=setns "),
        (BY_FILE.format(kind="uts"), r"namespace=uts:\[[0-9]+\] .*evt_type=setns "),
        (BY_PIDFD.format(flag=0x00020000), r"flags=CLONE_NEWNS .*evt_type=setns "),
    ],
    ids=["its network by a file", "its name by a file", "its mounts by a handle of a process"],
)
def test_a_namespace_of_the_node_is_entered(sees_all: Inside, code: str, found: str) -> None:
    sees_all.python(code, str(os.getpid()))
    sees_all.alert(rf"Warning A namespace of the node was entered \(.*{found}")


def test_nsenter_enters_the_node(sees_all: Inside) -> None:
    sees_all.run(f"nsenter -t {os.getpid()} -m -u -n -- /bin/true")
    sees_all.alert(r"Warning A namespace of the node was entered \(namespace=mnt:.*command=\S+ -t ")


def test_entering_its_own_namespaces_is_left_alone(alone: Inside) -> None:
    alone.python("\n".join(BY_FILE.format(kind=kind) for kind in ("net", "uts", "ipc")), "self")
    assert alone.said() == []


def test_the_agent_is_attacked_from_a_container(sees_all: Inside, container_agent: Agent) -> None:
    sees_all.run(f"kill -HUP {container_agent.process.pid}")
    sees_all.alert(r"Warning The agent was attacked \(evt_type=kill .*signal=SIGHUP ")


def test_the_agent_is_held_from_a_container(sees_all: Inside, container_agent: Agent) -> None:
    sees_all.python("os.pidfd_open(int(os.sys.argv[1]))", str(container_agent.process.pid))
    sees_all.alert(r"Warning The agent was attacked \(evt_type=pidfd_open ")


def test_a_process_with_the_agents_number_elsewhere_is_not_the_agent(
    alone: Inside, container_agent: Agent
) -> None:
    alone.python(SAME_NUMBER, str(container_agent.process.pid))
    assert alone.said() == []

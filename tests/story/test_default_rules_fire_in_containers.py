# SPDX-License-Identifier: Apache-2.0
"""Every default rule in a real container: the deed, its line with the container's id, and the near miss."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers import rootfs, runtime
from tests.story.agent import Agent
from tests.story.inside import LENDING, PYTHON, Inside

# An executable /dev/shm, as a pod gets it from an emptyDir in memory; runtimes mount their own without exec.
SHARED_MEMORY = ("--mount", "type=tmpfs,src=tmpfs,dst=/dev/shm,options=mode=1777")


@pytest.fixture
def box(containerd: runtime.Containerd) -> Iterator[str]:
    full_id = containerd.run("sleep", "1000", options=SHARED_MEMORY)
    yield full_id
    containerd.remove(full_id)


@pytest.fixture
def inside(containerd: runtime.Containerd, container_agent: Agent, box: str) -> Inside:
    return Inside(containerd, container_agent, box)


@pytest.mark.parametrize(
    "script",
    [
        "cat /etc/shadow",
        "cd /etc && cat shadow",
        "exec 5</etc && cat /proc/self/fd/5/shadow",
        "ln -s /etc/shadow /tmp/innocent && cat /tmp/innocent",
        "cat /../etc/./shadow",
    ],
)
def test_a_sensitive_file_is_found_whatever_the_path(inside: Inside, script: str) -> None:
    inside.run(script)
    inside.alert(r"Warning A sensitive file was opened for reading \(file=/etc/shadow .*process=(cat|exe) ")


def test_a_sensitive_file_is_found_through_a_directory_descriptor(
    containerd: runtime.Containerd, container_agent: Agent
) -> None:
    """Busybox never passes one, so the host's Python is lent to the container."""
    read = "import os; os.open('shadow', os.O_RDONLY, dir_fd=os.open('/etc', os.O_PATH | os.O_DIRECTORY))"
    full_id = containerd.run(PYTHON, "-c", read, options=LENDING)
    container_agent.alerts.wait(rf"\(file=/etc/shadow .*process=python.* container_id={full_id[:12]} ")
    containerd.remove(full_id)


def test_other_files_are_left_alone(inside: Inside) -> None:
    inside.run("cat /etc/passwd; ls -l /etc/shadow; echo x > /tmp/shadow; cat /tmp/shadow")
    assert inside.said() == []


def test_a_dropped_program_is_found(inside: Inside) -> None:
    inside.run("cp /bin/busybox /tmp/true; /tmp/true")
    line = inside.alert(r"Critical A program that is not part of the image .*proc_exepath=/tmp/true ")
    assert "EXE_UPPER_LAYER" in line


def test_a_changed_program_is_found(inside: Inside) -> None:
    program = rootfs.SECOND_PROGRAM
    inside.run(f"echo >> {program}; {program}")  # copied up by the write
    line = inside.alert(f"Critical A program that is not part of the image .*proc_exepath={program} ")
    assert "EXE_UPPER_LAYER" in line


def test_the_image_s_own_programs_are_not(inside: Inside) -> None:
    inside.run(
        f"cp /bin/busybox /tmp/copied; /bin/busybox true; {rootfs.SECOND_PROGRAM}; cat /tmp/copied > /tmp/x"
    )
    assert inside.said() == []


def test_a_program_in_shared_memory_is_found(inside: Inside) -> None:
    inside.run("cp /bin/busybox /dev/shm/true; /dev/shm/true")
    inside.alert(r"Warning A program was executed from shared memory .*proc_exepath=/dev/shm/true ")


def test_a_program_in_shared_memory_is_found_behind_a_link(inside: Inside) -> None:
    inside.run("cp /bin/busybox /dev/shm/true; ln -s /dev/shm/true /tmp/true; /tmp/true")
    inside.alert(r"Warning A program was executed from shared memory .*proc_exepath=/dev/shm/true ")


@pytest.mark.parametrize("rights", ["privileged", "host_pid"])
def test_a_pod_with_the_rights_of_the_node_is_found(
    containerd: runtime.Containerd, container_agent: Agent, rights: str
) -> None:
    pod = containerd.pods.run("strong", privileged=rights == "privileged", host_pid=rights == "host_pid")
    container = containerd.pods.start(pod, "app", privileged=rights == "privileged")
    container_agent.alerts.wait(
        rf"Informational A container has the rights of the node \(.*{rights}=true .*"
        rf"container_id={container.id[:12]} "
    )
    containerd.pods.remove(pod.id)


def test_an_emptied_log_is_found(inside: Inside) -> None:
    inside.run("> /var/log/messages")
    inside.alert(r"Warning A log file was emptied or removed \(file=/var/log/messages .*process=sh ")


def test_new_logs_and_lines_added_are_not(inside: Inside) -> None:
    inside.run("echo new > /var/log/new; echo more >> /var/log/messages; cat /var/log/messages")
    assert inside.said() == []


def test_starting_containers_is_quiet(
    inside: Inside, containerd: runtime.Containerd, container_agent: Agent
) -> None:
    """The runtime itself, which runs from memory and enters containers, is no attack."""
    pod = containerd.pods.run("quiet")
    container = containerd.pods.start(pod, "app")
    containerd.pods.execute(container, "true")
    assert inside.said() == []
    said = container_agent.alerts.text()
    assert container.id[:12] not in said
    assert pod.id[:12] not in said
    assert "only in memory" not in said

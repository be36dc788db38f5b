# SPDX-License-Identifier: Apache-2.0
"""What 10,000 tasks with 4 KiB of arguments each cost in the kernel, as the kernel itself counts it."""

from __future__ import annotations

import os
import pathlib
import signal
import time

import pytest

from lanner_agent.kernel.probes import Probes

TASKS = 10_000
LIMIT = 64 << 20
# per task: bpf_local_storage and its element, each in its slab object (include/linux/bpf_local_storage.h)
STORAGE_BYTES = 192 + 512
MAPS = (
    "execs",
    "strings",
    "long_strings",
    "tasks",
    "images",
    "cgroups",
    "scratches",
    "workspaces",
)
COMMAND = ("sh", "-c", "read never")
NO_ROOM = "no room for path or arguments"


def cost(probes: Probes) -> int:
    """Bytes of our maps: `memlock` of a map's fdinfo counts its elements since Linux 6.4."""
    total = 0
    for name in MAPS:
        lines = pathlib.Path(f"/proc/self/fdinfo/{probes.map_fd(name)}").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("memlock:"))
    return total


def no_room(probes: Probes) -> int:
    return sum(counter.value for counter in probes.totals() if counter.reason == NO_ROOM)


def waiting(count: int, stdin: int) -> list[int]:
    """Processes with 4,096 bytes of command line each, that wait for a line."""
    filler = "x" * (4096 - sum(len(word) + 1 for word in COMMAND) - 1)
    actions = [(os.POSIX_SPAWN_DUP2, stdin, 0)]
    return [os.posix_spawn("/bin/sh", [*COMMAND, filler], {}, file_actions=actions) for _ in range(count)]


@pytest.mark.timeout(300)
def test_ten_thousand_tasks_fit_into_64_mib(probes: Probes) -> None:
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 4):
        pytest.skip("this kernel does not count the elements of a hash map")
    full_before, idle = no_room(probes), cost(probes)
    stdin, never = os.pipe()
    children = waiting(TASKS, stdin)
    try:
        time.sleep(1)
        full = cost(probes) + TASKS * STORAGE_BYTES
        alive = sum(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sh\0") for pid in children)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)
        os.close(stdin)
        os.close(never)
    print(f"idle {idle / 2**20:.1f} MiB, with {TASKS:,} tasks of 4 KiB arguments {full / 2**20:.1f} MiB")
    assert alive == TASKS
    assert no_room(probes) == full_before
    assert TASKS * 4096 < full <= LIMIT
    time.sleep(1)
    assert cost(probes) < idle + (4 << 20), "what was kept of them is still there"

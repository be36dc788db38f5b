# SPDX-License-Identifier: Apache-2.0
"""What 10,000 tasks with 4 KiB of arguments each cost in the kernel, as the kernel itself counts it."""

from __future__ import annotations

import os
import pathlib
import time
from contextlib import ExitStack

import pytest

from lanner_agent.kernel.probes import Probes
from tests.kernel.pods import cgroup
from tests.kernel.sleepers import sleeping

TASKS = 10_000
PODS = 10  # one alone may not have as many
LIMIT = 64 << 20
# per task: bpf_local_storage and its element, each in its slab object (include/linux/bpf_local_storage.h)
STORAGE_BYTES = 192 + 512
MAPS = (
    "execs",
    "exec_shares",
    "strings",
    "long_strings",
    "tasks",
    "images",
    "cgroups",
    "scratches",
    "workspaces",
)
NO_ROOM = frozenset({"no room for path or arguments", "path or arguments beyond its share"})


def cost(probes: Probes) -> int:
    """Bytes of our maps: `memlock` of a map's fdinfo counts its elements since Linux 6.4."""
    total = 0
    for name in MAPS:
        lines = pathlib.Path(f"/proc/self/fdinfo/{probes.map_fd(name)}").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("memlock:"))
    return total


def no_room(probes: Probes) -> int:
    return sum(counter.value for counter in probes.totals() if counter.reason in NO_ROOM)


@pytest.mark.timeout(300)
def test_ten_thousand_tasks_fit_into_64_mib(probes: Probes, own_cgroup: pathlib.Path) -> None:
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 4):
        pytest.skip("this kernel does not count the elements of a hash map")
    full_before, idle = no_room(probes), cost(probes)
    with ExitStack() as pods:
        made = [pods.enter_context(cgroup(own_cgroup, f"pod-{number}")) for number in range(PODS)]
        pids = [pid for pod in made for pid in pods.enter_context(sleeping(pod, TASKS // PODS))]
        time.sleep(1)
        full = cost(probes) + TASKS * STORAGE_BYTES
        alive = sum(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sh\0") for pid in pids)
    print(f"idle {idle / 2**20:.1f} MiB, with {TASKS:,} tasks of 4 KiB arguments {full / 2**20:.1f} MiB")
    assert alive == TASKS
    assert no_room(probes) == full_before
    assert TASKS * 4096 < full <= LIMIT
    time.sleep(1)
    assert cost(probes) < idle + (4 << 20), "what was kept of them is still there"

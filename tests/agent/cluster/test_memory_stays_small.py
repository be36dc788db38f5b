# SPDX-License-Identifier: Apache-2.0
"""What an agent in a cluster occupies, its rings apart: those are the kernel's memory, mapped to be read."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from tests.agent.cluster import joined
from tests.agent.cluster.installation import cluster_rule, rule
from tests.agent.cluster.joined import Joined
from tests.cluster.cluster import Cluster

ROOM_MIB = 100


@pytest.mark.timeout(120)
def test_an_agent_with_a_hundred_rules_stays_below_its_room(cluster: Cluster, tmp_path: pathlib.Path) -> None:
    """With runtime and kubelet to ask, and the API server to write to."""
    with joined.joined(cluster, tmp_path) as lanner:
        lanner.run_pod("app1")
        _measure(lanner)


def _measure(lanner: Joined) -> None:
    rules = [rule(f"Rule {n}", f"evt.type = execve and proc.name = a{n}") for n in range(99)]
    index = lanner.publish(cluster_rule("many", *rules), cluster_rule("one", rule("First")))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        for _ in range(200):
            subprocess.run(["true"], check=True)
        lanner.true_in("app1")
        agent.alerts.wait('"rule":"First"')
        process = pathlib.Path("/proc", str(agent.process.pid))
        occupied = figures((process / "status").read_text())
        rings = sum(size for name, size in mappings((process / "smaps").read_text()) if "bpf" in name)
    print({name: f"{value:.1f} MiB" for name, value in occupied.items()}, f"rings {rings:.1f} MiB")
    assert occupied["VmRSS"] - rings <= ROOM_MIB


def figures(status: str) -> dict[str, float]:
    """MiB by name."""
    found = re.findall(r"^(VmRSS|RssAnon|RssFile|RssShmem|VmHWM):\s+(\d+) kB$", status, re.MULTILINE)
    return {name: int(value) / 1024 for name, value in found}


def mappings(smaps: str) -> list[tuple[str, float]]:
    """What is mapped and how many MiB of it are there."""
    blocks = re.findall(
        r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)\n(?:.*\n)*?Rss: +(\d+) kB", smaps, re.MULTILINE
    )
    return [(name, int(size) / 1024) for name, size in blocks]

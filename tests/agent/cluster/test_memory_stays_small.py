# SPDX-License-Identifier: Apache-2.0
"""What an agent in a cluster occupies, its rings apart: those are the kernel's memory, mapped to be read."""

from __future__ import annotations

import base64
import os
import pathlib
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from lanner_apiserver.connection import ACCOUNT
from tests.agent.cluster import joined
from tests.agent.cluster.installation import cluster_rule, rule
from tests.agent.cluster.joined import Joined
from tests.bench import resident
from tests.cluster.cluster import Cluster

ROOM_MIB = 100
BOUND = 'mkdir -p "$1" && mount --bind "$0" "$1" && shift && exec "$@"'


@pytest.mark.timeout(120)
def test_an_agent_with_a_hundred_rules_stays_below_its_room(cluster: Cluster, tmp_path: pathlib.Path) -> None:
    """With runtime and kubelet to ask, and the API server to write to."""
    with joined.joined(cluster, tmp_path) as lanner:
        lanner.run_pod("app1")
        _measure(lanner)


def _measure(lanner: Joined) -> None:
    rules = [rule(f"Rule {n}", f"evt.type = execve and proc.name = a{n}") for n in range(99)]
    index = lanner.publish(cluster_rule("many", *rules), cluster_rule("one", rule("First")))
    with account(lanner) as prefix, lanner.agent(prefix=prefix) as agent:
        lanner.wait_for_bundle(index)
        for _ in range(200):
            subprocess.run(["true"], check=True)
        lanner.true_in("app1")
        agent.alerts.wait('"rule":"First"')
        occupied = resident.of(agent.process.pid)
    print(f"{occupied.counted:.1f} MiB, of which rings {occupied.rings:.1f} MiB")
    assert occupied.own <= ROOM_MIB


@contextmanager
def account(lanner: Joined) -> Iterator[tuple[str, ...]]:
    """What stands before an agent's command so that it finds its API server as in its pod, where it needs no
    reader of kubeconfigs."""
    given = yaml.safe_load(lanner.kubeconfig.read_text())
    server = urllib.parse.urlsplit(given["clusters"][0]["cluster"]["server"])
    folder = lanner.folder / "account"
    folder.mkdir()
    (folder / "token").write_text(given["users"][0]["user"]["token"])
    authority = given["clusters"][0]["cluster"]["certificate-authority-data"]
    (folder / "ca.crt").write_bytes(base64.b64decode(authority))
    where = {"KUBERNETES_SERVICE_HOST": server.hostname, "KUBERNETES_SERVICE_PORT": str(server.port)}
    lanner.variables |= {"KUBECONFIG": "", **where}
    try:
        yield ("unshare", "--mount", "sh", "-c", BOUND, str(folder), str(ACCOUNT))
    finally:
        os.removedirs(ACCOUNT)

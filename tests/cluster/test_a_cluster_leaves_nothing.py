# SPDX-License-Identifier: Apache-2.0
"""Every trace is gone after `make cluster-down`, and after the next run when a run died in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import place, removal, traces
from tests.cluster.binaries import Binaries
from tests.containers.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CRASHING = """
import os, signal
from tests.cluster import binaries, cluster, images
with cluster.running(binaries.binaries()) as one:
    kubectl = one.access.kubectl
    pod = '{"spec": {"hostPID": true}}'
    how = ("--image", images.BOX, "--image-pull-policy=Never", "--overrides", pod)
    kubectl("run", "left", *how, "--", "sh", "-c", "setsid sleep 100000 & exec sleep 100000")
    kubectl("wait", "--for=condition=Ready", "pod/left", "--timeout=60s")
    print(one.where.number, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_run_removes_what_a_killed_one_left(cluster_binaries: Binaries) -> None:
    if os.geteuid() != 0:
        pytest.skip("a node needs root")
    died = subprocess.run(
        [sys.executable, "-c", CRASHING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    where = Workspace(int(died.stdout.split()[-1]), place.PARENT)
    found = traces.of(where)
    assert set(found) == {"folder", "processes", "mounts", "links", "namespaces", "cgroups", "outside"}
    inside = [int(pid) for pid in _in_cgroups(found["cgroups"])]
    assert len(inside) >= 3  # pause, the pod's first process, and the one that outlives it

    removal.sweep()

    assert traces.of(where) == {}
    assert not [pid for pid in inside if traces.command(pid)]


def test_a_cluster_that_is_stopped_leaves_nothing(cluster_binaries: Binaries) -> None:
    if os.geteuid() != 0:
        pytest.skip("a node needs root")
    if traces.processes(place.persons().folder):
        pytest.skip("somebody uses the cluster of `make cluster`")
    command = [sys.executable, "-m", "tests.cluster"]
    environment = {**os.environ, "K8S": cluster_binaries.version}

    def run(*words: str) -> str:
        done = subprocess.run(
            [*command, *words], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    try:
        *_, export = run("up").splitlines()
        asked = subprocess.run(
            ["bash", "-c", f"{export}; kubectl get nodes; helm list"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert "node1" in asked.stdout
        assert run("up").splitlines()[-1] == export  # it is there already
    finally:
        said = run("down")
    assert str(place.persons().folder) in said
    assert traces.of(place.persons()) == {}
    assert run("down") == "there was no cluster\n"


def _in_cgroups(paths: list[str]) -> set[str]:
    files = [file for path in paths for file in Path(path).rglob("cgroup.procs")]
    return {pid for file in files for pid in file.read_text().split()}

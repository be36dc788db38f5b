# SPDX-License-Identifier: Apache-2.0
"""The fixture itself: what it started is gone afterwards, also when the run before it died in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.enrich import asking
from tests.containers import cleaning, runtime, workspace

ROOT = Path(__file__).resolve().parents[3]
CRASHING = """
import os, signal
from tests.containers import runtime
with runtime.running() as containerd:
    pod = containerd.pods.run("left")
    app = containerd.pods.start(pod, "app")
    lone = containerd.run("sleep", "100000")
    pids = [containerd.pid(app.id, "k8s.io"), containerd.pid(pod.id, "k8s.io"), containerd.pid(lone)]
    print(containerd.workspace.number, *pids, app.id, lone, pod.uid, flush=True)
    {end}
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("end", ["pass", "containerd.kill()"], ids=["run killed", "runtime killed too"])
def test_the_next_run_removes_what_a_killed_one_left(end: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("real containers need root")
    died = subprocess.run(
        [sys.executable, "-c", CRASHING.format(end=end)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    number, *rest = died.stdout.split()
    pids, names = rest[:3], rest[3:]
    place = workspace.Workspace(int(number))
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    assert place.bridge in os.listdir("/sys/class/net")

    runtime.sweep()

    # Somebody else's run may have begun to sweep it before ours.
    asking.eventually(lambda: not place.folder.exists(), timeout=20)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert place.bridge not in os.listdir("/sys/class/net")
    assert f"{place.folder}/" not in Path("/proc/self/mounts").read_text()
    assert not [path for tree in cleaning.hierarchies() for name in names for path in tree.rglob(f"*{name}*")]
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if mentions(pid, f"{place.folder}/")]


def mentions(process: Path, text: str) -> bool:
    try:
        return text in (process / "cmdline").read_text(errors="replace")
    except OSError:
        return False

# SPDX-License-Identifier: Apache-2.0
"""CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH load, attach, scan, read; else, words."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

NEEDED = ("bpf", "perfmon", "sys_ptrace", "dac_read_search")
AGENT = """
import json, pathlib, subprocess, sys, time
from lanner_agent.kernel.probes import Probes
probes = Probes.load(scope=pathlib.Path(sys.argv[1]))
probes.subscribe(*[frozenset({"execve", "openat"})] * 2)
found = probes.scan()
subprocess.run(["/bin/cat", "/etc/hostname"], check=True, stdout=subprocess.DEVNULL)
time.sleep(0.1)
records = probes.drain()
print(json.dumps({"found": found, "exec": sum(b"/etc/hostname\\0" in r for r in records),
                  "open": sum(r.count(b"/etc/hostname") >= 2 for r in records)}))
probes.close()
"""


def run(scope: pathlib.Path, *capabilities: str) -> subprocess.CompletedProcess[str]:
    kept = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    command = ["setpriv", f"--bounding-set={kept}", sys.executable, "-c", AGENT, str(scope)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_with_the_four(own_cgroup: pathlib.Path) -> None:
    done = run(own_cgroup, *NEEDED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["found"] > 0
    assert found["exec"] >= 1
    assert found["open"] >= 1


@pytest.mark.parametrize("missing", ["bpf", "perfmon"])
def test_without_one_the_reason_is_named(own_cgroup: pathlib.Path, missing: str) -> None:
    done = run(own_cgroup, *(name for name in NEEDED if name != missing))
    assert done.returncode != 0
    assert f"CAP_{missing.upper()}" in done.stderr

# SPDX-License-Identifier: Apache-2.0
"""The wheel carries the compiled object and the default rules: what is installed from it works by itself."""

from __future__ import annotations

import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.agent.wheel.conftest import ROOT, Start

pytestmark = pytest.mark.timeout(300)

GOOD = """
- rule: Anything run
  desc: every exec
  condition: evt.type = execve
  output: ran (%proc.name)
  priority: NOTICE
"""


def test_it_carries_the_object_byte_for_byte(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        carried = content.read("lanner_agent/kernel/lanner.bpf.o")
    assert carried == (ROOT / "agent/lanner_agent/kernel/lanner.bpf.o").read_bytes()


def test_it_carries_every_default_rule(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        carried = {Path(name).name for name in content.namelist() if "/policy/rules/" in name}
    assert carried == {path.name for path in (ROOT / "charts/lanner/rules").iterdir()}


def test_it_carries_the_licences_of_what_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        carried = {Path(name).name for name in content.namelist() if "/licenses/" in name}
    assert carried == {"LICENSE", "GPL-2.0-only.txt", "BSD-2-Clause.txt"}


def test_it_runs_on_either_architecture(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_doctor_finds_nothing_missing(start: Start) -> None:
    doctor = start("lanner", "doctor")
    out, errors = doctor.communicate()
    assert "lanner can run here." in out, out + errors
    assert doctor.returncode == 0


def test_check_accepts_good_rules(start: Start, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    check = start("lanner", "check", "good.yaml")
    out, errors = check.communicate()
    assert check.returncode == 0, out + errors


def test_check_shows_where_a_bad_rule_is_wrong(start: Start, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD.replace("evt.type", "evt.tpye"))
    check = start("lanner", "check", "bad.yaml")
    out, errors = check.communicate()
    assert check.returncode == 1
    assert "bad.yaml:4:" in out + errors
    assert "evt.tpye" in out + errors


def test_run_watches_with_the_default_rules(start: Start) -> None:
    agent = start("lanner", "run")
    try:
        assert agent.stderr is not None
        said = []
        for line in agent.stderr:
            said.append(line)
            if "watching" in line:
                break
        agent.send_signal(signal.SIGINT)
        _, rest = agent.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        agent.kill()
        raise
    assert "watching" in said[-1], "".join(said) + rest
    assert agent.returncode == 0, rest


def test_the_operator_outside_a_cluster_says_what_it_lacks(start: Start) -> None:
    operator = start("lanner-operator", "run", "--namespace", "lanner")
    _, errors = operator.communicate(timeout=30)
    assert operator.returncode == 3
    assert "no API server is known: this is no pod, and $KUBECONFIG names no file" in errors
    assert "Traceback" not in errors

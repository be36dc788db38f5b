# SPDX-License-Identifier: Apache-2.0
"""The wheel by itself brings the commands that need no kernel; the others name the extra that they need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from lanner_engine import extras
from tests.agent.wheel.conftest import ROOT

pytestmark = pytest.mark.timeout(300)

RULES = """
- rule: Anything run
  desc: every exec
  condition: evt.type = execve and proc.name regex '^[a-z]+$'
  output: ran (%proc.name)
  priority: NOTICE
"""
KUBECONFIG = """
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: c, context: {cluster: c}}]
current-context: c
"""


def ended(folder: Path, *words: str | Path, **environment: str) -> tuple[int, str, str]:
    """Exit status, output and errors of an installed command that finds no other program."""
    command, *arguments = words
    done = subprocess.run(
        [folder / command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": str(folder), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **environment},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


def test_uvx_checks_rules_where_there_is_no_compiler(wheel: Path, rules: Path, tmp_path: Path) -> None:
    """Nor any other program but the two that the commands of uvx are started with."""
    for program in ("dirname", "realpath"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    how = ("--no-build", "--python", sys.executable, "--constraints", ROOT / "requirements.lock")
    done = subprocess.run(
        [find_uv_bin(), "tool", "run", *how, "--from", wheel, "lanner", "check", rules],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 file checked: 1 rule for execve; 0 errors, 0 warnings\n"


def test_it_brings_the_language_s_packages_and_no_other(bare: Path) -> None:
    words = "from importlib.metadata import distributions as all; print(*(one.name for one in all()))"
    _, names, _ = ended(bare, "python", "-c", words)
    locked = set(re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements.lock").read_text()))
    assert {re.sub("[_.]", "-", name.lower()) for name in names.split()} == {"lanner", *locked}
    assert not locked & {"pylibbpf", "grpcio", "kopf", "kubernetes", "aiohttp", "prometheus-client"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--help",), "doctor"),
        (("--version",), "lanner, version "),
        (("check",), " files checked: "),
        (("check", "--explain", "Anything run", "rules.yaml"), "Anything run"),
        (("convert", "rules.yaml"), "kind: ClusterFalcoRule"),
        (("test", ROOT / "charts/lanner/tests/rules"), " passed, 0 failed"),
        (("explain", ROOT / "tests/agent/wheel/alert.json"), "evt.type: execve"),
        (("tune", "--help"), "Propose exceptions"),
        (("fields", "proc.name"), "proc.name"),
        (("fields", "--events", "openat"), "openat  recorded"),
    ],
)
def test_what_needs_no_kernel_works(
    bare: Path, rules: Path, words: tuple[str | Path, ...], said: str
) -> None:
    given = [str(rules) if word == rules.name else word for word in words]
    status, out, errors = ended(bare, "lanner", *given)
    assert (status, errors) == (0, "")
    assert said in out


def test_a_recording_is_replayed_without_any_extra(bare: Path) -> None:
    golden = ROOT / "tests/agent/recording/golden"
    words = (golden / "recording.lanner", "--rules", golden / "rules.yaml", "--output", "json")
    status, out, errors = ended(bare, "lanner", "replay", *words)
    assert (status, out) == (0, (golden / "recording.jsonl").read_text()), errors


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("lanner", "run"), "agent"),
        (("lanner", "run", "--help"), "agent"),
        (("lanner", "agent"), "agent"),
        (("lanner", "pull"), "sources"),
        (("lanner-operator", "run"), "operator"),
        (("lanner-operator", "--help"), "operator"),
        (("kubectl-lanner", "status"), "kubectl"),
    ],
)
def test_what_needs_an_extra_names_it(bare: Path, words: tuple[str, ...], extra: str) -> None:
    command = {"operator": "lanner-operator", "kubectl": "kubectl lanner status"}.get(
        extra, " ".join(words[:2])
    )
    line = f"{command} needs lanner[{extra}]: install the same wheel with [{extra}]\n"
    assert ended(bare, *words) == (2, "", line)


def test_settings_are_shown_without_any_extra(bare: Path, rules: Path) -> None:
    status, out, errors = ended(bare, "lanner", "config", "--rules", rules, LANNER_CONFIG="")
    assert (status, errors) == (0, "")
    assert f'  files: ["{rules}"]  # --rules' in out.splitlines()


def test_doctor_names_it_among_what_is_lacking(bare: Path) -> None:
    status, out, errors = ended(bare, "lanner", "doctor")
    assert (status, errors) == (1, "")
    *_, found, remedy, conclusion = out.splitlines()
    names = ", ".join(extras.MODULES["agent"])
    assert found == f"MISSING  lanner[agent]: not installed: {names}"
    assert remedy == "         -> install the same wheel with [agent]"
    assert conclusion.startswith("lanner lacks here: ")
    assert conclusion.endswith("lanner[agent]")


def test_a_kubeconfig_is_read_with_an_extra_that_no_pod_has(installed: Path, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(KUBECONFIG)
    status, _, errors = ended(installed, "lanner-operator", "run", KUBECONFIG=str(path))
    assert status == 3
    assert f"{path} needs lanner[kubeconfig]: install the same wheel with [kubeconfig]" in errors
    assert "Traceback" not in errors

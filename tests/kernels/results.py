# SPDX-License-Identifier: Apache-2.0
"""What every kernel's guest said -> results.json beside this file, from which kernels_page makes a page."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lanner_agent.kernel.loading import OBJECT
from lanner_agent.kernel.probes import Probes
from tests.kernel.ring_programs import CLANG
from tests.kernels import catalogue

KEPT = Path(__file__).with_name("results.json")
HERE = Path(__file__).with_name("verified_here.json")
Result = Mapping[str, Any]
Results = Mapping[str, Result]  # by the kernel's name in the catalogue


def of(lines: tuple[str, ...]) -> Result:
    """The result of one guest from the lines of its console.

    object     SHA-256 of the object file that was loaded, or refused
    compiler   what built it: another one may make other bytes of the same sources
    release    of the kernel, with the machine
    refused    the loader's words where it cannot load the object
    verified   program -> instructions that the verifier went through
    doctor     exit status and lines of `lanner doctor`
    cases      the file of tests, as words -> outcome -> how many
    not_run    name and reason of every test that was skipped or left out
    systemd    version, and in how many of its cgroups a process was recorded
    """
    release = next((line.split()[2:4] for line in lines if line.startswith("GUEST kernel ")), ["", ""])
    cases = _said(lines, "CASE")
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        counts.setdefault(subject(case["name"]), Counter())[case["outcome"]] += 1
    systemd = [one["version"] for one in _said(lines, "SYSTEMD")]
    return {
        "object": current_object(),
        "compiler": compiler(),
        "release": " ".join(release),
        "refused": "".join(one["text"] for one in _said(lines, "REFUSED")),
        "verified": {name: number for one in _said(lines, "VERIFIED") for name, number in one.items()},
        "doctor": {key: one[key] for one in _said(lines, "DOCTOR") for key in ("status", "said")},
        "cases": {name: dict(sorted(counted.items())) for name, counted in sorted(counts.items())},
        "not_run": sorted(
            [case["name"], case["why"]] for case in cases if case["outcome"] in ("skipped", "left out")
        ),
        "systemd": {"version": "".join(systemd), "cgroups": len(_said(lines, "UNIT"))},
    }


def current_object() -> str:
    """SHA-256 of the object file of this checkout."""
    return hashlib.sha256(OBJECT.read_bytes()).hexdigest()


def compiler() -> str:
    """Of this machine, as it names itself; empty where there is none."""
    if not shutil.which(CLANG):
        return ""
    said = subprocess.run([CLANG, "--version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0]


def keep(results: Results) -> None:
    """In place of those of the same kernels before."""
    now = {**(kept() if KEPT.exists() else {}), **results}
    names = [kernel.name for kernel in catalogue.SUPPORTED + catalogue.TOO_OLD]
    KEPT.write_text(json.dumps({name: now[name] for name in names if name in now}, indent=2) + "\n")


def kept() -> Results:
    """The last of each kernel."""
    found: Results = json.loads(KEPT.read_text())
    return found


def keep_here() -> None:
    """What the programs cost the verifier of the machine that boots the guests; needs root."""
    probes = Probes.load()
    try:
        found = {"release": platform.release(), "object": current_object(), "verified": probes.verified()}
    finally:
        probes.close()
    HERE.write_text(json.dumps(found, indent=2) + "\n")


def here() -> Result:
    """The last of these; empty where there is none."""
    found: Result = json.loads(HERE.read_text()) if HERE.exists() else {}
    return found


def subject(name: str) -> str:
    """tests/kernel/test_a_cgroup_is_recorded.py::... -> a cgroup is recorded."""
    return Path(name.partition("::")[0]).stem.removeprefix("test_").replace("_", " ")


def _said(lines: tuple[str, ...], kind: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix(f"{kind} ")) for line in lines if line.startswith(f"{kind} ")]

# SPDX-License-Identifier: Apache-2.0
"""What the service may do, by systemd's own measure, and by what the agent asks for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deb.build import ROOT

UNIT = ROOT / "debian/lanner.service"
FOLLOW = ROOT / "debian/lanner-follow.service"
MOST_EXPOSED = 2.1  # of 10, by systemd 252; what is left are the network, /proc and the four capabilities
FOUR = {"CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"}


def said(key: str) -> list[str]:
    """Every value of a directive."""
    return re.findall(rf"(?m)^{key}=(.*)$", UNIT.read_text())


@pytest.fixture(scope="module", autouse=True)
def _systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd is installed")


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def test_its_exposure_is_bounded() -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", UNIT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_the_four_capabilities_and_no_root() -> None:
    for directive in ("AmbientCapabilities", "CapabilityBoundingSet"):
        (granted,) = said(directive)
        assert set(granted.split()) == FOUR
    assert said("User") == ["lanner"]
    assert said("NoNewPrivileges") == ["yes"]


@pytest.mark.parametrize("given", [UNIT, FOLLOW], ids=lambda given: given.name)
def test_every_directive_is_one_that_systemd_knows(given: Path, tmp_path: Path) -> None:
    unit = tmp_path / given.name
    unit.write_text(given.read_text().replace("/usr/bin/lanner", "/bin/true"))
    done = analyze("verify", "--man=no", unit)
    mentioned = [line for line in done.stderr.splitlines() if given.name in line]
    assert mentioned == []


def test_what_follows_a_source_has_no_capability_at_all() -> None:
    done = analyze("security", "--offline=true", "--threshold=13", FOLLOW)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nCapabilityBoundingSet=\n" in FOLLOW.read_text()
    assert "AmbientCapabilities" not in FOLLOW.read_text()

# SPDX-License-Identifier: Apache-2.0
"""A wheel of this checkout, installed with its locked dependencies into an environment of its own, once a
session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[3]


def run(*command: str | Path) -> None:
    """Run to its end; its words are in the error when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the image builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, "."),
    )
    (built,) = folder.glob("lanner-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installed commands."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    uv = (find_uv_bin(), "pip", "install", "--quiet", "--python", environment / "bin/python", "--no-deps")
    run(*uv, "--require-hashes", "-r", "requirements.lock")
    run(*uv, wheel)
    return environment / "bin"


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(installed: Path, tmp_path: Path) -> Start:
    """Starts an installed command with nothing but the environment's own programs in PATH, far from the
    checkout."""

    def begin(command: str, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [installed / command, *arguments],
            cwd=tmp_path,
            env={"PATH": str(installed), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin

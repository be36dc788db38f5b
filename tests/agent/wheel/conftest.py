# SPDX-License-Identifier: Apache-2.0
"""A wheel of this checkout, and two environments that it is installed in: by itself, and with the packages of
both programs. Each is made once a session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[3]
UV_INSTALL = (find_uv_bin(), "pip", "install", "--quiet", "--python")


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
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands as `pip install lanner` brings them: no extra, nothing compiled."""
    environment = empty(tmp_path_factory)
    asked = ("--only-binary", ":all:", "--constraints", ROOT / "requirements.lock")
    run(*UV_INSTALL, environment / "bin/python", *asked, wheel)
    return environment / "bin"


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands with the locked packages of the agent and of the operator."""
    environment = empty(tmp_path_factory)
    locks = [word for size in ("agent", "operator") for word in ("-r", f"requirements-{size}.lock")]
    run(*UV_INSTALL, environment / "bin/python", "--no-deps", "--require-hashes", *locks)
    run(*UV_INSTALL, environment / "bin/python", "--no-deps", wheel)
    return environment / "bin"


def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without any package."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    return environment


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

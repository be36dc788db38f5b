# SPDX-License-Identifier: Apache-2.0
"""The archive and the manifest for krew: what krew asks of a manifest, and files as it would install them."""

from __future__ import annotations

import fnmatch
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
URI = "https://example.org/v0.1.0/kubectl-lanner.tar.gz"
CHARACTERS = 50  # of a short description, in krew's guide for names


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release, whose wheel is none."""
    folder = tmp_path_factory.mktemp("release")
    wheel = folder / "lanner-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    where = ("--uri", URI, "--homepage", "https://example.org")
    subprocess.run([sys.executable, ROOT / "krew/release.py", wheel, *where], check=True, capture_output=True)
    return folder


@pytest.fixture
def manifest(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((release / "lanner.yaml").read_text())
    return found


def test_a_manifest_is_complete(manifest: dict[str, Any], release: Path) -> None:
    assert manifest["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert (manifest["kind"], manifest["metadata"]) == ("Plugin", {"name": "lanner"})
    spec = manifest["spec"]
    assert re.fullmatch(r"v\d+\.\d+\.\d+", spec["version"])
    assert spec["homepage"].startswith("https://")
    assert 0 < len(spec["shortDescription"]) <= CHARACTERS
    assert spec["description"]
    assert spec["caveats"]
    assert "{" not in (release / "lanner.yaml").read_text().replace("- {", "")
    (platform,) = spec["platforms"]
    assert platform["uri"] == URI
    archive = (release / "kubectl-lanner.tar.gz").read_bytes()
    assert platform["sha256"] == hashlib.sha256(archive).hexdigest()
    assert {one["key"] for one in platform["selector"]["matchExpressions"]} == {"os", "arch"}


def test_the_archive_holds_what_the_manifest_takes_out_of_it(manifest: dict[str, Any], release: Path) -> None:
    (platform,) = manifest["spec"]["platforms"]
    with tarfile.open(release / "kubectl-lanner.tar.gz") as archive:
        files = {one.name: one.mode for one in archive}
    taken = [fnmatch.filter(files, one["from"]) for one in platform["files"]]
    assert all(len(names) == 1 for names in taken)
    assert {name for names in taken for name in names} == files.keys()
    assert files[platform["bin"]] == 0o755


def test_without_uv_it_says_what_to_do(release: Path, tmp_path: Path) -> None:
    with tarfile.open(release / "kubectl-lanner.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    programs = tmp_path / "bin"  # no uv, wherever this machine has one
    programs.mkdir()
    for program in ("dirname", "readlink"):
        (programs / program).symlink_to(str(shutil.which(program)))
    (tmp_path / "linked").symlink_to(tmp_path / "kubectl-lanner")  # as krew puts it into $PATH
    done = subprocess.run(
        [tmp_path / "linked"], env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(
        "kubectl lanner: uv is not installed; see https://docs.astral.sh/uv, or: pip "
    )
    assert str(tmp_path) in done.stderr

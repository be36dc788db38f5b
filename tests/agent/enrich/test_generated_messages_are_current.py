# SPDX-License-Identifier: Apache-2.0
"""What is checked in is what protoc makes of the .proto files today."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROTOS = {
    "agent/lanner_agent/enrich/cri/runtime.proto": ("agent",),
    "tests/containers/pods.proto": ("agent", "."),
}


@pytest.mark.parametrize("proto", PROTOS)
def test_generating_again_changes_nothing(proto: str, tmp_path: Path) -> None:
    paths = [f"-I{path}" for path in PROTOS[proto]]
    out = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    run([sys.executable, "-m", "grpc_tools.protoc", *paths, *out, proto], cwd=ROOT, check=True)
    made = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.suffix for path in made] == [".py", ".pyi"]
    for path in made:
        assert path.read_text() == (ROOT / proto).with_name(path.name).read_text()

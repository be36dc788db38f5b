# SPDX-License-Identifier: Apache-2.0
"""Images for a cluster that reaches no registry: archives into its containerd, and two that it always has.

In: a containerd's socket. Pods name such images with `imagePullPolicy: Never`.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.containers import images, rootfs

PAUSE = "registry.local/lanner/pause:1"
BOX = "registry.local/lanner/box:1.2"  # a shell, busybox, accounts: what tests look at


def load(socket: Path, archive: Path) -> list[str]:
    """The names that `archive` (OCI or docker, tar) brought; RuntimeError with ctr's words."""
    said = _ctr(socket, "import", str(archive))
    return [line.split()[1] for line in said.splitlines() if line.startswith("unpacking ")]


def whole(socket: Path) -> set[str]:
    """The names of those that are there with all they need to run; RuntimeError with ctr's words."""
    said = _ctr(socket, "check", "--quiet")
    return set(said.split())


def _ctr(socket: Path, *words: str) -> str:
    command = ["ctr", "--address", str(socket), "--namespace", "k8s.io", "images", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def load_own(socket: Path) -> None:
    """PAUSE and BOX."""
    with tempfile.TemporaryDirectory(prefix="lanner-image-") as scratch:
        root, archive = Path(scratch) / "root", Path(scratch) / "image.tar"
        rootfs.make(root)
        for name, command in ((PAUSE, ["sleep", "2147483647"]), (BOX, ["sh"])):
            images.pack([name], root, archive, {"Cmd": command, "Env": ["PATH=/bin"], "WorkingDir": "/"})
            load(socket, archive)

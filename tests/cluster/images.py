# SPDX-License-Identifier: Apache-2.0
"""Images for a cluster that reaches no registry: archives into its containerd, and two that it always has.

In: a containerd's socket. Called by node and by `python -m tests.cluster load`. Pods name such images with
`imagePullPolicy: Never`.
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
    command = ["ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "import", str(archive)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("unpacking ")]


def load_own(socket: Path) -> None:
    """PAUSE and BOX."""
    with tempfile.TemporaryDirectory(prefix="lanner-image-") as scratch:
        root, archive = Path(scratch) / "root", Path(scratch) / "image.tar"
        rootfs.make(root)
        for name, command in ((PAUSE, ["sleep", "2147483647"]), (BOX, ["sh"])):
            images.pack([name], root, archive, {"Cmd": command, "Env": ["PATH=/bin"], "WorkingDir": "/"})
            load(socket, archive)

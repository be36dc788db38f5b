# SPDX-License-Identifier: Apache-2.0
"""Compiled Python for a guest, made here by an interpreter of the guest's suite for this machine's processor.

Emulated, a guest would spend more time on compiling the standard library than on all its tests: Debian's
packages bring no bytecode, and every process that starts there would compile what it imports anew.
"""

from __future__ import annotations

import platform
from pathlib import Path

from tests import cache
from tests.kernels import archive, tool
from tests.kernels.catalogue import Guest

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PACKAGES = "python3-minimal,libpython3-stdlib"


def compile_into(folder: Path, seen_as: str, guest: Guest) -> None:
    """Put bytecode beside every module below `folder`, which the guest has at the path `seen_as`.

    It is taken as it is, whatever the times of the files become on their way. RuntimeError when a module
    cannot be compiled.
    """
    root = interpreter(guest)
    (loader,) = (root / "lib64" if (root / "lib64").exists() else root / "lib").glob("ld-linux-*.so.*")
    libraries = f"{root}/usr/lib/{platform.machine()}-linux-gnu"
    how = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", folder, "-p", seen_as)
    tool.run(
        loader, "--library-path", libraries, root / f"usr/bin/python{guest.python}", "-IS", *how, folder,
        environment={"PYTHONHOME": f"{root}/usr"},
    )  # fmt: skip


def interpreter(guest: Guest) -> Path:
    """The root file system that it is in."""
    name = f"kernels/interpreters/{guest.suite}-{ARCHITECTURES[platform.machine()]}"
    return cache.entry(name, lambda part: _unpack(guest.suite, part))


def _unpack(suite: str, to: Path) -> None:
    tool.run(
        "mmdebstrap", "--quiet", "--variant=extract", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
         f"--include={PACKAGES}", "--dpkgopt=path-exclude=/usr/share/doc/*",
        suite, to, archive.source_line(suite),
    )  # fmt: skip

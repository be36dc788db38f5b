# SPDX-License-Identifier: Apache-2.0
"""programs/ring.bpf.c, compiled, loaded and attached -> records on demand."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.loader import Loaded

SOURCE = Path(__file__).parent / "programs/ring.bpf.c"
BUILT = SOURCE.with_suffix(".o")  # there in guests of tests/kernels, which have no compiler
CLANG = os.environ.get("CLANG", "clang-19")
SIZE = 64 * 1024
MAX_LENGTH = 1023
ZERO = bytes(4)
SETTINGS = struct.Struct("=IIII")


@dataclass(frozen=True, slots=True)
class Programs:
    """The loaded object; its descriptors live as long as it does."""

    loaded: Loaded

    def map(self, name: str) -> int:
        """The descriptor of a map, borrowed."""
        return self.loaded.maps[name]

    def write(self, content: bytes) -> None:
        """16 to MAX_LENGTH bytes as one record of `records`, and of `others` if 3 divides their number."""
        syscall_bpf.map_update(self.map("content"), ZERO, content.ljust(MAX_LENGTH + 1, b"\0"))
        self._set(len(content), 0)

    def discard(self) -> None:
        """Have 40 bytes reserved in `records` and given up."""
        self._set(40, 1)

    def refused(self) -> int:
        """How often a ring had no room since the record before."""
        now = syscall_bpf.map_lookup(self.map("settings"), ZERO, SETTINGS.size)
        assert now is not None
        failed: int = SETTINGS.unpack(now)[3]
        return failed

    def _set(self, length: int, what: int) -> None:
        syscall_bpf.map_update(
            self.map("settings"), ZERO, SETTINGS.pack(threading.get_native_id(), length, what, 0)
        )


def compile_into(folder: Path) -> Path:
    """The object, which loads on every machine."""
    compiled = folder / BUILT.name
    include = f"-I/usr/include/{os.uname().machine}-linux-gnu"
    subprocess.run([CLANG, "-O2", "-g", "-target", "bpf", include, "-c", SOURCE, "-o", compiled], check=True)
    return compiled


def load(folder: Path) -> Programs:
    """Compile if that is not done yet, load and attach; skips with the reason where that is impossible."""
    if os.geteuid() != 0:
        pytest.skip("loading BPF programs needs root")
    if not BUILT.exists() and shutil.which(CLANG) is None:
        pytest.skip(f"no {CLANG} to compile the test's BPF programs")
    loaded = Loaded((BUILT if BUILT.exists() else compile_into(folder)).read_bytes())
    loaded.attach("on_sys_exit")
    return Programs(loaded)

# SPDX-License-Identifier: Apache-2.0
"""A kernel, an initramfs and a disk -> what the guest wrote on its serial line.

Software emulation is named always: it boots the same everywhere, whatever the machine's own virtualisation
can do.
"""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from tests.kernels.catalogue import Kernel

MACHINES = {
    "amd64": (["qemu-system-x86_64", "-M", "q35", "-cpu", "qemu64"], "ttyS0"),
    "arm64": (["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"], "ttyAMA0"),
}
LIMIT_S = 2400
END = "GUEST end"


@dataclass(frozen=True, slots=True)
class Console:
    """The serial line, and whether the guest came to its end and qemu went away by itself."""

    lines: tuple[str, ...]
    complete: bool

    def __str__(self) -> str:
        return "\n".join(self.lines[-40:])


def start(
    kernel: Kernel, vmlinuz: Path, initramfs: Path, disk: Path, *, routine: bool
) -> subprocess.Popen[bytes]:
    """The guest, running. What it writes to the disk is gone when it ends. A `routine` one does what a kernel
    can change, and no more."""
    command, console = MACHINES[kernel.guest.architecture]
    # without mitigations, which cost an emulated processor much and change nothing that is tested
    words = f"console={console} panic=-1 quiet mitigations=off{' lanner.routine' if routine else ''}"
    return subprocess.Popen(
        [*command, "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-nodefaults", "-display", "none",
         "-no-reboot", "-serial", "stdio", "-kernel", str(vmlinuz), "-initrd", str(initramfs),
         "-append", words,
         "-drive", f"file={disk},format=raw,if=none,id=root,snapshot=on",
         "-device", "virtio-blk-pci,drive=root"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def said(qemu: subprocess.Popen[bytes]) -> Console:
    """What it writes until its end, which comes after LIMIT_S at the latest."""
    late = threading.Timer(LIMIT_S, qemu.terminate)
    late.start()
    try:
        output, _ = qemu.communicate()
    finally:
        late.cancel()
        qemu.kill()
    lines = tuple(output.decode("utf-8", "replace").replace("\r", "").splitlines())
    return Console(lines, complete=qemu.returncode == 0 and any(line.startswith(END) for line in lines))

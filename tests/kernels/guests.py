# SPDX-License-Identifier: Apache-2.0
"""The guests of the chosen kernels, AT_ONCE at a time, in their order.

Whatever is missing is fetched and built first, for one guest after the other: apt wants its lists for itself.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.kernels import boot, catalogue, guest_root, initramfs

AT_ONCE = 2  # each keeps little more than one processor busy


@dataclass(frozen=True, slots=True)
class Booted:
    """What the guest wrote, and how many seconds building and running it took."""

    console: boot.Console
    building: float
    running: float


class Guests:
    """They begin to boot when this is made; `close` stops those that nobody waits for any more."""

    def __init__(self, work: Mapping[catalogue.Kernel, Path], *, routine: bool) -> None:
        self._routine = routine
        self._building = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._booted: dict[str, Future[Booted]] = {
            kernel.name: self._pool.submit(self._boot, kernel, folder) for kernel, folder in work.items()
        }

    def wait(self, kernel: catalogue.Kernel) -> Booted:
        """When the guest has come to its end."""
        return self._booted[kernel.name].result()

    def close(self) -> None:
        """Nothing is left running."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for qemu in self._running:
            qemu.kill()

    def _boot(self, kernel: catalogue.Kernel, work: Path) -> Booted:
        with self._building:
            begin = time.monotonic()
            vmlinuz, disk = initramfs.vmlinuz(kernel), guest_root.image(kernel.guest)
            packed = initramfs.build(kernel, work)
        built = time.monotonic()
        qemu = boot.start(kernel, vmlinuz, packed, disk, routine=self._routine)
        self._running.append(qemu)
        return Booted(boot.said(qemu), built - begin, time.monotonic() - built)

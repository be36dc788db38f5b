# SPDX-License-Identifier: Apache-2.0
"""What a process occupies: /proc/PID/status and smaps -> MiB, its rings apart.

A ring's data is mapped twice, one copy behind the other, so that a record over the end reads on; the kernel
counts both. Its own memory is there once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)\n(?:.*\n)*?Rss: +(\d+) kB", re.MULTILINE)
_COUNTED = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Resident:
    """In MiB: `counted` as the kernel does, `rings` as it counts them."""

    counted: float
    rings: float

    @property
    def own(self) -> float:
        """Without the rings."""
        return self.counted - self.rings

    @property
    def once(self) -> float:
        """With the rings as often as they are there."""
        return self.own + self.rings / 2


def of(pid: int) -> Resident:
    """Of a process that runs."""
    process = Path("/proc", str(pid))
    counted = sum(map(int, _COUNTED.findall((process / "status").read_text()))) / 1024
    found = _MAPPING.findall((process / "smaps").read_text())
    return Resident(counted, sum(int(size) for name, size in found if "bpf" in name) / 1024)

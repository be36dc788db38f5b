# SPDX-License-Identifier: Apache-2.0
"""What the story measured, as lines of text; how much memory a pod's program holds."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024  # KiB
MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)\n(?:.*\n)*?Rss: +(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Figures:
    """Values by what they are about, in the order in which they came."""

    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, str] = field(default_factory=dict)

    def add(self, about: str, value: float, unit: str = "s") -> None:
        self.values[about].append(value)
        self.units[about] = unit

    def median(self, about: str) -> float:
        return statistics.median(self.values[about])

    def text(self) -> str:
        """A line for each: the median, and the range where there is more than one value."""
        return "the story's figures\n" + "\n".join(map(self._line, self.values))

    def _line(self, about: str) -> str:
        values, unit = self.values[about], self.units[about]
        more = f", {min(values):.2f} to {max(values):.2f}, {len(values)} times" if len(values) > 1 else ""
        return f"  {about}: {self.median(about):.2f} {unit}{more}"


def memory_mib(pod_uid: str) -> float:
    """Resident memory of the largest program in the pod, without the kernel's rings that it has mapped."""
    found = [_resident_kib(folder) for folder in Path("/proc").glob("[0-9]*") if _is_in(folder, pod_uid)]
    assert found, f"no process in pod {pod_uid}"
    return max(found) / MIB


def _is_in(folder: Path, pod_uid: str) -> bool:
    try:
        return pod_uid in (folder / "cgroup").read_text()
    except OSError:  # it ended
        return False


def _resident_kib(folder: Path) -> int:
    try:
        mapped = (folder / "smaps").read_text()
    except OSError:
        return 0
    return sum(int(size) for name, size in MAPPING.findall(mapped) if "bpf" not in name)

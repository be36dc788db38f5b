# SPDX-License-Identifier: Apache-2.0
"""What programs take of the machine: processor time and resident memory, with the processes they started."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MIB: Final = 1024.0  # KiB


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of a processor since the start; MiB at this moment."""

    processor_s: float
    memory_mib: float


def of(pid: int) -> Usage:
    """A program and its descendants; what ended meanwhile counts with its parent."""
    found = [_one(Path(f"/proc/{one}")) for one in _tree(pid)]
    return Usage(sum(one.processor_s for one in found), sum(one.memory_mib for one in found))


def together(pids: Iterable[int]) -> Usage:
    found = [of(pid) for pid in pids]
    return Usage(sum(one.processor_s for one in found), sum(one.memory_mib for one in found))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _one(folder: Path, *, children: bool = True) -> Usage:
    try:
        numbers = (folder / "stat").read_text().rpartition(")")[2].split()
        status = (folder / "status").read_text()
    except OSError:
        return Usage(0.0, 0.0)
    ticks = sum(
        map(int, numbers[11 : 15 if children else 13])
    )  # user and system time, of it and of its children that ended
    resident = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
    return Usage(ticks / _TICKS, int(resident) / _MIB)


def alone(pid: int) -> Usage:
    """Without those it started."""
    return _one(Path(f"/proc/{pid}"), children=False)

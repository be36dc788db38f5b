# SPDX-License-Identifier: Apache-2.0
"""How large the rings are: by how many CPUs fill them, and how much memory the machine or the container has.

Rings hold a burst until it is read. All of their memory is charged to the agent's cgroup from the start.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import record_layout, syscall_bpf

PROC: Final = pathlib.Path("/proc/self/cgroup")
CGROUPS: Final = pathlib.Path("/sys/fs/cgroup")
MAX_RINGS: Final = record_layout.RINGS - 1  # besides that of processes' life
CPUS: Final = 2  # of a ring, where there may be as many rings
SHARE: Final = 8  # of the memory all rings together take at most one part in so many
LIFE_BYTES: Final = 4 << 20  # of the ring for exec, fork and exit
MAX_BYTES: Final = 16 << 20  # of any other
LEAST_BYTES: Final = 1 << 20  # with less there are fewer rings, each for more CPUs
USUAL_BYTES: Final = record_layout.RECORD.size + 512  # of a record with its paths, arguments and names
BURST: Final = 100_000  # events a second, of which `lanner doctor` says for how long they are held
_V1: Final = ("memory", "memory.limit_in_bytes")
_V2: Final = ("", "memory.max")


@dataclass(frozen=True, slots=True)
class Room:
    """`rings` of `size` bytes for calls, each filled by `cpus`, and one of `life` bytes for exec, fork and
    exit.
    """

    rings: int
    size: int
    cpus: int
    life: int

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.life, *(self.size,) * self.rings)

    @property
    def records(self) -> int:
        """How many usual records of calls one ring holds."""
        return self.size // USUAL_BYTES

    def __str__(self) -> str:
        return (
            f"{self.rings} of {_mib(self.size)} for calls, each for {self.cpus} CPUs, "
            f"{_mib(self.life)} for exec, fork and exit; a burst of {BURST:,} calls a second on those CPUs, "
            f"of {USUAL_BYTES} bytes each, is held for {self.records / BURST:.2g} s"
        )


def room(cpus: int, memory: int) -> Room:
    """For so many CPUs in so many bytes of memory."""
    share = memory // SHARE
    life = _power(min(LIFE_BYTES, share // SHARE))
    pairs = min(MAX_RINGS, -(-cpus // CPUS))
    rings = max(1, min(pairs, (share - life) // LEAST_BYTES))
    return Room(rings, _power(min(MAX_BYTES, (share - life) // rings)), -(-cpus // rings), life)


def here() -> Room:
    return room(syscall_bpf.possible_cpus(), memory())


def memory(proc: pathlib.Path = PROC, cgroups: pathlib.Path = CGROUPS) -> int:
    """Bytes that the agent may take: the machine's, or what the cgroups that it is in allow."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *_limits(proc, cgroups)])


def _limits(proc: pathlib.Path, cgroups: pathlib.Path) -> Iterator[int]:
    """Of each cgroup up to the root, as far as they can be seen; in a container's own view it is the root."""
    try:
        lines = proc.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            folder, file = _V1 if controllers else _V2
            own = pathlib.Path(path.lstrip("/"))
            for above in (own, *own.parents):
                yield from _limit(cgroups / folder / above / file)


def _limit(file: pathlib.Path) -> Iterator[int]:
    """A file that says `max`, or is not there, limits nothing."""
    try:
        yield int(file.read_text())
    except (OSError, ValueError):
        return


def _power(size: int) -> int:
    """The largest power of two that is not larger; of a ring at least a page."""
    return int(1 << max(size, os.sysconf("SC_PAGE_SIZE")).bit_length() - 1)


def _mib(size: int) -> str:
    return f"{size / (1 << 20):g} MiB"

# SPDX-License-Identifier: Apache-2.0
"""What a running agent costs and loses, seen from outside: its CPU clock, and the counters of its probes.

In: the process id of a `lanner run`.
"""

from __future__ import annotations

import ctypes
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lanner_agent.kernel import record_layout, syscall_bpf, tables

IDLE_NS = 2_000_000  # in PAUSE_S: it has nothing left to read
PAUSE_S = 0.05
PATIENCE_S = 10.0

_PIDFD_GETFD = 438  # on every machine
_COUNTERS = record_layout.EVENTS * len(tables.REASONS)  # entries of the map, as no other has
_WHOLE_PROCESS = 2  # CPUCLOCK_SCHED of include/linux/posix-timers_types.h
_libc = ctypes.CDLL(None, use_errno=True)


class AgentCost:
    """Looked at between two loops; `close` it."""

    def __init__(self, pid: int) -> None:
        self._clock = ~pid << 3 | _WHOLE_PROCESS
        self._counters = _borrow(pid, _counters_of(pid))

    def cpu_ns(self) -> int:
        """User and system time of all its threads since it began."""
        return time.clock_gettime_ns(self._clock)

    def settle(self) -> None:
        """Wait until it has dealt with what lies in the rings; TimeoutError when it never has."""
        end, before = time.monotonic() + PATIENCE_S, self.cpu_ns()
        while time.monotonic() < end:
            time.sleep(PAUSE_S)
            now = self.cpu_ns()
            if now - before < IDLE_NS:
                return
            before = now
        raise TimeoutError(f"the agent is still at work after {PATIENCE_S:.0f} s")

    def lost(self) -> int:
        """Events that no rule saw since it began, of every class and for every reason."""
        counted = syscall_bpf.map_totals(self._counters, _COUNTERS)
        return sum(
            counted[number * len(tables.REASONS) + index]
            for number in tables.EVENTS.values()
            for index, reason in enumerate(tables.REASONS)
            if reason in tables.LOSSES
        )

    def close(self) -> None:
        os.close(self._counters)


@contextmanager
def of(pid: int) -> Iterator[AgentCost]:
    """Closed at the end."""
    cost = AgentCost(pid)
    try:
        yield cost
    finally:
        cost.close()


def _counters_of(pid: int) -> int:
    """Its descriptor of the map `counters`, told by type and size."""
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        found = dict(re.findall(r"^(map_type|max_entries):\t(\d+)$", info.read_text(), re.MULTILINE))
        if found == {"map_type": str(syscall_bpf.PERCPU_ARRAY), "max_entries": str(_COUNTERS)}:
            return int(info.name)
    raise LookupError(f"process {pid} has no counters: is it an agent?")


def _borrow(pid: int, fd: int) -> int:
    """The same open file, as a descriptor of this process."""
    process = os.pidfd_open(pid)
    try:
        own = int(_libc.syscall(_PIDFD_GETFD, process, fd, 0))
    finally:
        os.close(process)
    if own < 0:
        raise OSError(ctypes.get_errno(), f"cannot borrow descriptor {fd} of process {pid}")
    return own

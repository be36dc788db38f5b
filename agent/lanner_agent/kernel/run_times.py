# SPDX-License-Identifier: Apache-2.0
"""How long the kernel's programs ran, which the kernel counts while kernel.bpf_stats_enabled is 1. In:
descriptors of loaded programs by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lanner_agent.kernel import syscall_bpf


@dataclass(frozen=True, slots=True)
class RunTime:
    """Of one program, since it was loaded."""

    program: str
    seconds: float
    times: int


def of(programs: Mapping[str, int]) -> tuple[RunTime, ...]:
    """Those that were counted at all."""
    found = ((name, syscall_bpf.program_info(fd)) for name, fd in programs.items())
    return tuple(RunTime(name, one.run_time_ns / 1e9, one.run_cnt) for name, one in found if one.run_cnt)

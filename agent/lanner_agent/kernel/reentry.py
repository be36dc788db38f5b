# SPDX-License-Identifier: Apache-2.0
"""Second programs (reentry.h), for kernels that preempt programs at tracepoints, and how often the kernel
passed a program over. In: the loaded programs. Out: which to attach, and counts.

While a program is preempted, the kernel skips it for every other thread of its CPU. The kernel counts that
with the program (bpf_prog_info.recursion_misses); nothing else says so.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import btf, hooks, io_uring, made, syscall_bpf


@dataclass(frozen=True, slots=True)
class Hook:
    """`second` is attached behind `first`, to the same tracepoint, and finds it in map `at`."""

    first: str
    second: str
    at: str


HOOKS: Final = (
    Hook("process_exec", "process_exec_2", "first_exec"),
    Hook("process_fork", "process_fork_2", "first_fork"),
    Hook("process_exit", "process_exit_2", "first_exit"),
    Hook("syscall_exit", "syscall_exit_2", "first_call"),
    Hook("request_ends", "request_ends_2", "first_end"),  # older kernels have other parameters there
)
PASSED_OVER: Final = "passed over by the kernel, at most"
_NUMBER: Final = struct.Struct("=I")
# Since v7.0 tracepoints are guarded by an SRCU of their own, of the kind that struct srcu_ctr came with, and
# no more by switching preemption off. Before v6.13 there was one of that name, of an older kind, for some.
_GUARD: Final = frozenset({(btf.VARIABLE, "tracepoint_srcu_srcu_data"), (btf.STRUCT, "srcu_ctr")})
_PREEMPTIBLE: Final = "PREEMPT"  # in the kernel's own words about itself, PREEMPT_DYNAMIC and the like too


@dataclass(frozen=True, slots=True)
class Passed:
    """How often programs were passed over; `what` they report, which is `lost` or known in part."""

    what: str
    times: int
    lost: bool


# What was passed over -> which programs report it: of those there is no event at all, or less is known.
_REPORTED: Final[Mapping[str, Sequence[str]]] = {
    "execve": ["process_exec"],
    "clone": ["process_fork"],
    "procexit": ["process_exit"],
    "system calls": ["syscall_exit"],
    "io_uring requests": [hook.program for hook in io_uring.ENDS + io_uring.OVERFLOWS],
}
_ADDED: Final[Mapping[str, Sequence[str]]] = {
    "capabilities before a call": ["syscall_enter"],
    "new cgroups": ["cgroup_made"],
    "io_uring requests submitted": [hook.program for hook in io_uring.BEGINS],
    "files made by io_uring": [hook.program for hook in made.HOOKS],
    "paths of calls": [hook.program for hook in hooks.EVERY],
}


def needed() -> tuple[Hook, ...]:
    """Those for this kernel, by what it says of itself; nothing is tried."""
    if _PREEMPTIBLE not in os.uname().version or btf.mentioned(_GUARD) != _GUARD:
        return ()
    return HOOKS


class Programs:
    """The programs of an object, for as long as it is loaded. In: descriptors by name."""

    def __init__(self, programs: Mapping[str, int], maps: Mapping[str, int]) -> None:
        self._fds = programs
        self.behind = {hook.first: hook.second for hook in needed()}
        for hook in HOOKS:
            first = self._fds.get(hook.first)
            if first is not None:
                syscall_bpf.map_update(maps[hook.at], _NUMBER.pack(0), _NUMBER.pack(first))

    def passed_over(self) -> Iterator[Passed]:
        """What was at all, at most: the kernel does not tell whether a rule wanted it. Where a second program
        stands behind the first, an event is lost when both were passed over for it, so not more than of that
        which had the fewer.
        """
        for whats, lost in ((_REPORTED, True), (_ADDED, False)):
            for what, names in whats.items():
                times = sum(map(self._times, names))
                if times:
                    yield Passed(what, times, lost)

    def _times(self, name: str) -> int:
        own = self._misses(name)
        return min(own, self._misses(self.behind[name])) if own and name in self.behind else own

    def _misses(self, name: str) -> int:
        fd = self._fds.get(name)
        return 0 if fd is None else int(syscall_bpf.program_info(fd).recursion_misses)

# SPDX-License-Identifier: Apache-2.0
"""Requests of io_uring: the system calls whose work they do, and the optional programs that see them
(bpf/io_uring/programs.bpf.c).

The programs are attached to tracepoints whose names and parameters depend on the kernel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import btf, calls, record_layout, tables
from lanner_agent.kernel.record_layout import Outcome
from lanner_engine.syscalls import table

# enum io_uring_op of linux/io_uring.h -> the system call.
CALLS: Final = {opcode: name for name, row in table.EVERY.items() for opcode in row.io_uring}
EVENTS: Final = frozenset(CALLS.values())


@dataclass(frozen=True, slots=True)
class Hook:
    """`program` is attached to the tracepoint where that has so many parameters."""

    tracepoint: str
    parameters: int
    program: str


# Of each kind one is needed.
BEGINS: Final = (
    Hook("io_uring_submit_req", 1, "request_begins"),
    Hook("io_uring_submit_sqe", 2, "request_begins_6"),
)
ENDS: Final = (
    Hook("io_uring_complete", 3, "request_ends"),
    Hook("io_uring_complete", 7, "request_ends_6"),
)
OVERFLOWS: Final = (Hook("io_uring_cqe_overflow", 5, "request_overflows"),)
KINDS: Final = (BEGINS, ENDS, OVERFLOWS)
_FUNCTION: Final = "__traceiter_{}"  # which every tracepoint has; its first parameter is not the tracepoint's


@dataclass(frozen=True, slots=True)
class Available:
    """What this kernel can have: one hook of each kind, or none and why. `absent`: it has no io_uring."""

    hooks: tuple[Hook, ...]
    why: str = ""
    absent: bool = False

    @property
    def programs(self) -> frozenset[str]:
        return frozenset(hook.program for hook in self.hooks)


NONE: Final = Available((), "not asked for")


def available() -> Available:
    """By what the kernel says of its tracepoints; nothing is tried."""
    names = {hook.tracepoint: _FUNCTION.format(hook.tracepoint) for kind in KINDS for hook in kind}
    found = btf.functions(frozenset(names.values()))
    if not found:
        return Available((), "this kernel has no io_uring", absent=True)
    there = {name: found[function].parameters for name, function in names.items() if function in found}
    hooks = tuple(
        hook for kind in KINDS for hook in kind if there.get(hook.tracepoint) == hook.parameters + 1
    )
    if len(hooks) != len(KINDS):
        return Available((), "its tracepoints are not those of Linux 6.0 and later")
    return Available(hooks)


def described(succeeded: frozenset[str], failed: frozenset[str]) -> Iterator[tuple[int, record_layout.Call]]:
    """Opcode -> its struct call, for every request that does the work of a known call."""
    for opcode, name in CALLS.items():
        call = calls.CALLS.get(name, calls.Call())
        outcome = Outcome.SUCCEEDED * (name in succeeded) | Outcome.FAILED * (name in failed)
        plain = dataclasses.replace(call, before=False)
        yield opcode, tables.fields(tables.EVENTS[name], outcome, plain)

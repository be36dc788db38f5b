# SPDX-License-Identifier: Apache-2.0
"""What the programs are told before they run: event names and numbers, this machine's system call numbers,
the cgroup hierarchy that names containers. Called by probes.
"""

from __future__ import annotations

import pathlib
import platform
from typing import Final

# enum event of bpf/record.h
EVENTS: Final = {
    "execve": 1,
    "execveat": 2,
    "clone": 3,
    "clone3": 4,
    "fork": 5,
    "vfork": 6,
    "procexit": 7,
    "open": 8,
    "openat": 9,
    "openat2": 10,
    "creat": 11,
}
# Reported by the hook of all system calls' ends; the others have their own. A failed exec is an end too.
AT_SYSCALL_EXIT: Final = frozenset({"execve", "execveat", "open", "openat", "openat2", "creat"})

# enum reason of bpf/record.h: the words a user reads. Those in LOSSES are whole events that nobody saw.
REASONS: Final = (
    "seen",
    "sent",
    "ring full",
    "buffer busy",
    "32-bit system call",
    "arguments longer than 4 KiB",
    "arguments not in memory",
    "no room for path or arguments",
    "no task storage",
    "path too long",
    "record too long",
    "descriptor closed meanwhile",
)
PROGRESS: Final = frozenset({"seen", "sent"})
LOSSES: Final = frozenset({"ring full", "buffer busy", "32-bit system call"})

# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h
SYSCALLS: Final[dict[str, dict[int, str]]] = {
    "x86_64": {
        2: "open",
        56: "clone",
        57: "fork",
        58: "vfork",
        59: "execve",
        85: "creat",
        257: "openat",
        322: "execveat",
        435: "clone3",
        437: "openat2",
    },
    "aarch64": {56: "openat", 220: "clone", 221: "execve", 281: "execveat", 435: "clone3", 437: "openat2"},
}

# enum hierarchy of bpf/record.h, in the order of preference on cgroup v1
HIERARCHIES: Final = {"pids": 1, "memory": 2, "cpu": 3}
UNIFIED: Final = 0


def wanted(event_types: frozenset[str]) -> int:
    """Bit n is set when event n is among the types; types that no probe reports are left out."""
    return sum(1 << EVENTS[name] for name in event_types if name in EVENTS)


def syscalls() -> dict[int, int]:
    """System call number -> event number, for this machine."""
    return {number: EVENTS[name] for number, name in SYSCALLS.get(platform.machine(), {}).items()}


def hierarchy(own: pathlib.Path = pathlib.Path("/proc/self/cgroup")) -> int:
    """Whose cgroup path names containers: a controller of v1 where one is mounted, else v2 (cgroups(7))."""
    mounted: set[str] = set()
    for line in own.read_text("utf-8", "replace").splitlines():
        number, controllers, _ = line.split(":", 2)
        if number != "0":
            mounted.update(controllers.split(","))
    return next((value for name, value in HIERARCHIES.items() if name in mounted), UNIFIED)

# SPDX-License-Identifier: Apache-2.0
"""What the programs are told before they run: event names and numbers, this machine's system call numbers,
the cgroup hierarchy that names containers. Called by probes.
"""

from __future__ import annotations

import functools
import operator
import pathlib
import platform
from collections.abc import Iterator
from typing import Final

from lanner_agent.kernel import calls, compat
from lanner_agent.kernel.calls import Call

# enum event of bpf/wire/record.h: those that have code of their own
OWN_EVENTS: Final = {
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
    "open_by_handle_at": 12,
}
FIRST_CALL: Final = len(OWN_EVENTS) + 1  # EVENT_CALLS
MOST_EVENTS: Final = 128
EVENTS: Final = OWN_EVENTS | {name: FIRST_CALL + at for at, name in enumerate(calls.CALLS)}
# Reported by the hook of all system calls' ends; the others have their own. A failed exec is an end too.
EXECS: Final = frozenset({"execve", "execveat"})
NOTHING: Final[frozenset[str]] = frozenset()
_OPENS: Final = frozenset({"open", "openat", "openat2", "creat", "open_by_handle_at"})
AT_SYSCALL_EXIT: Final = EXECS | _OPENS | calls.CALLS.keys()
_STANDARD: Final = ("stdin", "stdout", "stderr")
_USAGE_ARGUMENTS: Final = ("fdlimit", "pgft_maj", "pgft_min", "vm_size", "vm_rss", "vm_swap")
# enum fact of bpf/wire/config.h
FACTS: Final = {
    "CWD": 1,
    "ENV": 2,
    "LEADERS": 4,
    "SCRIPT": 8,
    "STANDARD": 16,
    "USAGE": 32,
    "KINDS": 64,
    "CGROUPS": 128,
}
# What a rule reads -> the fact that must be in the record for it.
_READS: Final = {
    "CWD": "proc.cwd evt.arg.cwd evt.rawarg.cwd evt.arg.filename",  # a relative one is joined to it
    "ENV": "proc.env proc.aenv proc.is_env_cut evt.arg.env evt.rawarg.env",
    "LEADERS": "proc.sname proc.sid.exe proc.sid.exepath "
    "proc.vpgid.name proc.vpgid.exe proc.vpgid.exepath proc.pgid.name proc.pgid.exe proc.pgid.exepath",
    "SCRIPT": "proc.script",
    "STANDARD": " ".join(f"proc.{one}.{what}" for one in _STANDARD for what in ("type", "name")),
    "USAGE": "proc.fdlimit proc.fdopencount proc.fdusage proc.vmsize proc.vmrss proc.vmswap "
    "thread.vmsize thread.vmsize.b thread.vmrss thread.vmrss.b thread.pfmajor thread.pfminor "
    + " ".join(f"evt.{kind}.{name}" for kind in ("arg", "rawarg") for name in _USAGE_ARGUMENTS),
    "KINDS": "fd.types",
    "CGROUPS": "thread.cgroup thread.cgroups evt.arg.cgroups evt.rawarg.cgroups",
}
# What is known only by a look at the calls' beginning, where a call changes it.
CAPABILITIES: Final = frozenset(f"thread.cap_{which}" for which in ("permitted", "effective", "inheritable"))
_OF_ARGUMENTS: Final = FACTS["CWD"] | FACTS["ENV"] | FACTS["USAGE"] | FACTS["CGROUPS"]
_ALL_ARGUMENTS: Final = ("evt.args", "evt.info")  # parameters of an exec among them
_BY_POSITION: Final = "evt.arg["  # of an exec it may be any
FACT_OF: Final = {field: FACTS[fact] for fact, fields in _READS.items() for field in fields.split()} | (
    dict.fromkeys(_ALL_ARGUMENTS, _OF_ARGUMENTS)
)
_UNKNOWN: Final = Call(None, None)  # nothing is said of its arguments
# enum outcome of bpf/wire/config.h
SUCCEEDED: Final = 1
FAILED: Final = 2
COUNTED: Final = 4

# enum reason of bpf/wire/record.h: the words a user reads. Those in LOSSES are whole events that nobody saw.
REASONS: Final = (
    "seen",
    "sent",
    "ring full",
    "buffer busy",
    "32-bit system call",
    "arguments longer than 4 KiB",
    "arguments not in memory",
    "environment not in memory",
    "no room for path or arguments",
    "no task storage",
    "path too long",
    "record too long",
    "descriptor closed meanwhile",
    "message beyond the 16th of a call",
    "name as the process had it at the end",
    "io_uring request seen only at its end",
    "io_uring request that ended without its process",
    "more ancestors than a record holds",
)
PROGRESS: Final = frozenset({"seen", "sent"})
LOSSES: Final = frozenset(
    {
        *("ring full", "buffer busy", "32-bit system call", "message beyond the 16th of a call"),
        "io_uring request that ended without its process",
    }
)

# Of the calls that have code of their own; the others' numbers are in calls.
SYSCALLS: Final[dict[str, dict[int, str]]] = {
    "x86_64": {
        2: "open",
        56: "clone",
        57: "fork",
        58: "vfork",
        59: "execve",
        85: "creat",
        257: "openat",
        304: "open_by_handle_at",
        322: "execveat",
        435: "clone3",
        437: "openat2",
    },
    "aarch64": {
        56: "openat",
        220: "clone",
        221: "execve",
        265: "open_by_handle_at",
        281: "execveat",
        435: "clone3",
        437: "openat2",
    },
}

# enum hierarchy of bpf/wire/config.h, in the order of preference on cgroup v1
HIERARCHIES: Final = {"pids": 1, "memory": 2, "cpu": 3}
UNIFIED: Final = 0


def wanted(event_types: frozenset[str]) -> int:
    """Bit n is set when event n is among the types; of events that have a hook of their own only."""
    return sum(1 << OWN_EVENTS[name] for name in event_types if name in OWN_EVENTS)


def facts(fields: frozenset[str]) -> int:
    """Which facts the records must hold so that these fields can be answered."""
    return functools.reduce(operator.or_, map(_fact, fields), 0)


def _fact(field: str) -> int:
    return FACT_OF.get(field, _OF_ARGUMENTS if field.startswith(_BY_POSITION) else 0)


def described(
    succeeded: frozenset[str], failed: frozenset[str], named: frozenset[str] = NOTHING
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """System call number of this machine -> the fields of its struct call, for every call that is known.

    The hook of all calls' ends reports those that are named, by how they ended; execs that succeed and forks
    have hooks of their own. A number that only 32-bit calls have is event 0 here. The paths of those in
    `named` are kept by hooks.
    """
    machine = platform.machine()
    own = _numbered(machine)
    asked = _asked_by_compat(succeeded, failed)
    for number in own.keys() | asked.keys():
        name = own.get(number, "")
        outcome = _outcome(name, succeeded, failed)
        how = COUNTED if outcome and number in compat.X32_COUNTED else 0
        call = calls.CALLS.get(name, _UNKNOWN)
        yield (
            number,
            fields(
                EVENTS.get(name, 0),
                outcome | how,
                call,
                compat=asked.get(number, False),
                named=name in named,
            ),
        )


def described_compat(
    succeeded: frozenset[str], failed: frozenset[str], named: frozenset[str] = NOTHING
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The same for the 32-bit calls of this machine."""
    machine = platform.machine()
    counted = compat.COUNTED.get(machine, {})
    for number, name in (compat.READ.get(machine, {}) | counted).items():
        outcome = _outcome(name, succeeded, failed)
        how = COUNTED if outcome and number in counted else 0
        call = calls.CALLS.get(name, _UNKNOWN)
        yield number, fields(EVENTS[name], outcome | how, call, named=name in named)


def _numbered(machine: str) -> dict[int, str]:
    """Every known call of 64-bit programs."""
    described = {
        number: name
        for name, call in calls.CALLS.items()
        if (number := {"x86_64": call.x86_64, "aarch64": call.aarch64}.get(machine)) is not None
    }
    return SYSCALLS.get(machine, {}) | described | (compat.X32 if machine == "x86_64" else {})


def _outcome(name: str, succeeded: frozenset[str], failed: frozenset[str]) -> int:
    """How a call must end for the hook of all calls' ends to report it."""
    if name not in AT_SYSCALL_EXIT:
        return 0
    return SUCCEEDED * (name in succeeded - EXECS) | FAILED * (name in failed)


def _asked_by_compat(succeeded: frozenset[str], failed: frozenset[str]) -> dict[int, bool]:
    """Every number a 32-bit task may have in its register for a known call -> whether a rule wants it."""
    asked: dict[int, bool] = {}
    for at, (_, outcome, *_) in described_compat(succeeded, failed):
        number = compat.SOCKETCALL if at > compat.SOCKETCALLS else at
        asked[number] = asked.get(number, False) or bool(outcome)
    return asked


def fields(
    event: int, outcome: int, call: Call, *, compat: bool = False, named: bool = False
) -> tuple[int, ...]:
    """In the order of struct call. The end of a call that is named is looked at however it ends: what was
    kept of it must go.
    """
    reported = outcome if named and not outcome & COUNTED else 0
    wanted = outcome | (SUCCEEDED | FAILED if reported else 0)
    arguments = (call.string, call.address, call.message, call.messages, call.buffer, call.listener)
    flags = (call.given, call.before, compat, reported)
    return (event, wanted, call.descriptor, *call.path, *call.base, *arguments, *flags)


def hierarchy(own: pathlib.Path = pathlib.Path("/proc/self/cgroup")) -> int:
    """Whose cgroup path names containers: a controller of v1 where one is mounted, else v2 (cgroups(7))."""
    mounted: set[str] = set()
    for line in own.read_text("utf-8", "replace").splitlines():
        number, controllers, _ = line.split(":", 2)
        if number != "0":
            mounted.update(controllers.split(","))
    return next((value for name, value in HIERARCHIES.items() if name in mounted), UNIFIED)

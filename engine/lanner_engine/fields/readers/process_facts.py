# SPDX-License-Identifier: Apache-2.0
"""Readings of processes: command lines, ancestors, capabilities.

Absent is None. An ancestor field without index is the tuple of all ancestors' values, the process itself
excluded; with index n it is the n-th ancestor's, 0 being the process (specification 3.3). Names and command
lines are asked of creators that are no parents any more, too: no double fork hides them.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from lanner_engine.fields.model import Process

_MAX_CHAIN = 512  # ancestors that are asked; it ends the walk if a chain ever loops

_CAPABILITIES = """
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT
SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP
MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
"""
CAPABILITIES = _CAPABILITIES.split()


# What an ancestor field asks of each ancestor.
comm = attrgetter("comm")
exe = attrgetter("exe")
exepath = attrgetter("exepath")
pid = attrgetter("pid")
cmdline = attrgetter("cmdline")


def arguments(process: Process) -> bytes:
    """The arguments after argv[0], joined by spaces; empty when there are none."""
    return b" ".join(process.args)


def argument(process: Process, index: int) -> bytes:
    """One argument; empty, not absent, when there are fewer."""
    args = process.args
    return args[index] if index < len(args) else b""


def command_line(comm: bytes, args: tuple[bytes, ...]) -> bytes:
    """comm and arguments; comm, not argv[0] (specification trap 20)."""
    return b"%s %s" % (comm, b" ".join(args)) if args else comm


def exeline(process: Process) -> bytes:
    """argv[0] and arguments."""
    args = process.args
    return b"%s %s" % (process.exe, b" ".join(args)) if args else process.exe


def ancestor(process: Process, index: int) -> Process | None:
    """The index-th ancestor, 0 the process itself; None when the chain is shorter."""
    if index > _MAX_CHAIN:
        return None
    found: Process | None = process
    while index and found is not None:
        found = found.parent
        index -= 1
    return found


def ancestors(process: Process) -> list[Process]:
    """Parent first, upwards."""
    chain: list[Process] = []
    parent = process.parent
    while parent is not None and len(chain) < _MAX_CHAIN:
        chain.append(parent)
        parent = parent.parent
    return chain


def forebears(process: Process) -> list[Process]:
    """The ancestors, then the creators that are not the parent any more of what they made."""
    return [*ancestors(process), *process.creators]


def listed(values: Iterable[bytes]) -> bytes | None:
    """What an output prints of all ancestors; absent where there are none."""
    found = tuple(values)
    return b" ".join(found) if found else None


def ancestor_arguments(process: Process) -> bytes:
    """proc.aargs without index: all ancestors' arguments as one text."""
    return b" ".join(b" ".join(one.args) for one in ancestors(process))


def environment(process: Process) -> bytes | None:
    """NAME=value, joined by spaces."""
    return None if process.env is None else b" ".join(process.env)


def variable(process: Process, name: bytes) -> bytes:
    """The value of one variable; empty, not absent, when it is not set (specification 3.1), so also
    where there is no environment at all (`env -i`).
    """
    start = name + b"="
    return next((one[len(start) :] for one in process.env or () if one.startswith(start)), b"")


def ancestor_environments(process: Process) -> tuple[bytes, ...]:
    """proc.aenv without argument: of every ancestor whose environment is known."""
    found = (environment(one) for one in ancestors(process))
    return tuple(one for one in found if one is not None)


def ancestor_environment(process: Process, wanted: int | bytes) -> bytes | None:
    """proc.aenv[n] is the n-th ancestor's; proc.aenv[NAME] the variable of the nearest that has it, else
    empty.
    """
    if isinstance(wanted, int):
        found = ancestor(process, wanted)
        return None if found is None else environment(found)
    return next((value for one in ancestors(process) if (value := variable(one, wanted))), b"")


def login_shell(process: Process) -> int | None:
    """The pid of the oldest process up the ancestry whose name ends in sh, itself included."""
    return next((one.pid for one in reversed([process, *ancestors(process)]) if one.comm[-2:] == b"sh"), None)


def age(process: Process, time: int) -> int | None:
    """Nanoseconds from its start to `time`; absent where the start is not known, which is 0 then."""
    return max(0, time - process.start) if process.start else None


def descriptor_kinds(process: Process) -> tuple[bytes, ...] | None:
    """The kinds of the open descriptors, each once, that of the highest number first."""
    kinds = process.descriptor_kinds
    return None if kinds is None else tuple(dict.fromkeys(reversed(tuple(kinds.values()))))


def descriptor_kind(process: Process, number: int) -> bytes | None:
    """The kind of one open descriptor."""
    return (process.descriptor_kinds or {}).get(number)


def one_descriptor_kind(process: Process, number: int) -> tuple[bytes] | None:
    """The same as an output has it: a list of one."""
    kind = descriptor_kind(process, number)
    return None if kind is None else (kind,)


def descriptor_usage(process: Process) -> float | None:
    """Open descriptors in percent of the limit."""
    found = process.usage
    if found is None or not found.descriptors_limit:
        return None
    return 100.0 * found.descriptors / found.descriptors_limit


def of_main_thread(process: Process, part: str) -> int | None:
    """A size of the memory, kB; 0 for the other threads, which share it."""
    found = process.usage
    if found is None:
        return None
    size: int = getattr(found, part)
    return size if process.tid == process.pid else 0


def cgroups(process: Process) -> bytes | None:
    """name=path, joined by spaces; absent without any."""
    found = process.cgroups
    return b" ".join(b"%s=%s" % pair for pair in found.items()) if found else None


def cgroup(process: Process, controller: bytes) -> bytes | None:
    return (process.cgroups or {}).get(controller)


def children(process: Process, exits: bool) -> int | None:
    """Live threads but the leader, which is not among them where it is what exits."""
    leaderless = exits and process.tid == process.pid
    return None if process.nthreads is None else max(0, process.nthreads - (not leaderless))


def capabilities(bits: int | None) -> bytes | None:
    """CAP_ names joined by spaces, lowest bit first; bits without a name are dropped."""
    if bits is None:
        return None
    return " ".join(f"CAP_{name}" for bit, name in enumerate(CAPABILITIES) if bits >> bit & 1).encode()

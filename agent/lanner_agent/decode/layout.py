# SPDX-License-Identifier: Apache-2.0
"""The structs of a record as tuples with names, compiled once from kernel/layout. Read by the rest of decode.

Names and order are those of kernel/layout (a test compares them); a text is one number, length << 16 | at.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from lanner_agent.kernel import calls, layout, tables

PROCESS_AT: Final = layout.offset("record", "process")
UNION_AT: Final = layout.offset("record", "union")
ANCESTOR_SIZE: Final = layout.size("ancestor_facts")
RECORD_SIZE: Final = layout.size("record")

HEAD: Final = layout.compiled("head")
PROCESS: Final = layout.compiled("process_facts")
ANCESTOR: Final = layout.compiled("ancestor_facts")
OPEN: Final = layout.compiled("open_facts")
ARGUMENTS: Final = struct.Struct(f"<{layout.ARGUMENTS}Q")
NAME: Final = layout.compiled("name_facts")
DESCRIPTOR: Final = layout.compiled("descriptor_facts")
SOCKET: Final = layout.compiled("socket_facts")
EXEC: Final = layout.compiled("exec_event_facts")
FORK: Final = layout.compiled("fork_facts")
EXIT: Final = layout.compiled("exit_facts")

_read_text = layout.compiled("text").unpack_from

# Event number -> evt.type.
NAMES: Final = {number: name for name, number in tables.EVENTS.items()}
OPENS: Final = frozenset({"open", "openat", "openat2", "creat", "open_by_handle_at"})
WITH_DESCRIPTOR: Final = frozenset(
    name for name, call in calls.CALLS.items() if call.descriptor != calls.NONE
)
MAKING_DESCRIPTOR: Final = frozenset(
    name for name, call in calls.CALLS.items() if call.descriptor == calls.RESULT
)
EXECS: Final = frozenset({"execve", "execveat"})


class ProcessFacts(NamedTuple):
    """struct process_facts."""

    start: int
    pidns_start: int
    cap_inheritable: int
    cap_permitted: int
    cap_effective: int
    exe_ino: int
    exe_ctime: int
    exe_mtime: int
    cgroup_id: int
    exec: int
    pid: int
    tid: int
    vpid: int
    vtid: int
    uid: int
    gid: int
    loginuid: int
    tty: int
    sid: int
    vsid: int
    pgid: int
    vpgid: int
    threads: int
    exe_flags: int
    mnt_ns: int
    pid_ns: int
    net_ns: int
    args: int
    exepath: int
    cgroup: int
    cwd: int
    env: int
    more: int
    script: int
    comm: bytes


class AncestorFacts(NamedTuple):
    """struct ancestor_facts."""

    start: int
    exec: int
    pid: int
    vpid: int
    level: int
    args: int
    exepath: int
    comm: bytes


class OpenFacts(NamedTuple):
    """struct open_facts."""

    ino: int
    resolve: int
    flags: int
    mode: int
    dirfd: int
    dev: int
    file_flags: int
    file_mode: int
    path: int
    raw: int
    base: int


class DescriptorFacts(NamedTuple):
    """The plain fields of struct descriptor_facts."""

    ino: int
    num: int
    dev: int
    file_flags: int
    file_mode: int
    path: int
    peer: int


class SocketFacts(NamedTuple):
    """struct socket_facts."""

    family: int
    type: int
    protocol: int
    local_port: int
    remote_port: int
    state: int
    bound: int
    local: bytes
    remote: bytes


def text(data: bytes, where: int) -> bytes:
    """The bytes a text points to, up to the first NUL; what lies outside the record is not there."""
    at = where & 0xFFFF
    found = data[at : at + (where >> 16)]
    return found.partition(b"\0")[0] if b"\0" in found else found


def text_at(data: bytes, field: int) -> bytes:
    """`text` of the struct text that lies at `field`."""
    at, length = _read_text(data, field)
    found = data[at : at + length]
    return found.partition(b"\0")[0] if b"\0" in found else found


def bytes_at(data: bytes, field: int) -> bytes:
    """All bytes of the struct text that lies at `field`, NULs among them."""
    at, length = _read_text(data, field)
    return data[at : at + length]


def strings(data: bytes, where: int) -> list[bytes]:
    """The strings of a text in which each ends with NUL; the last may have lost its NUL."""
    at = where & 0xFFFF
    found = data[at : at + (where >> 16)]
    if not found:
        return []
    return (found[:-1] if found[-1] == 0 else found).split(b"\0")

# SPDX-License-Identifier: Apache-2.0
"""Events made of plain objects, for everything that stands after decode: no kernel, the real engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.fields import facts


@dataclass(slots=True)
class Process:
    """A shell of root; tests change what they are about."""

    pid: int = 4242
    vpid: int = 7
    comm: bytes = b"sh"
    exe: bytes = b"sh"
    exepath: bytes = b"/usr/bin/dash"
    args: tuple[bytes, ...] = ()
    start: int = 1_700_000_000_000_000_000
    parent: Process | None = None
    ppid: int | None = 1
    tid: int | None = 4242
    vtid: int | None = 7
    uid: int | None = 0
    gid: int | None = 0
    loginuid: int | None = -1
    tty: int | None = 34816
    sid: int | None = 4242
    vsid: int | None = 7
    pgid: int | None = 4242
    vpgid: int | None = 7
    nthreads: int | None = 1
    cap_inheritable: int | None = 0
    cap_permitted: int | None = 0
    cap_effective: int | None = 0
    exe_flags: int | None = facts.EXE_WRITABLE
    exe_ino: int | None = 1
    exe_ctime: int | None = 0
    exe_mtime: int | None = 0
    pidns_start: int | None = 0
    cgroup: bytes | None = b"/"
    session_leader: Process | None = None
    group_leader: Process | None = None


ROOT = facts.User(b"root", b"/root", b"/bin/bash", b"<NA>")


@dataclass(slots=True)
class Event:
    """An execve of that process."""

    type: str = "execve"
    container_id: bytes | None = None
    num: int = 1
    time: int = 1_700_000_000_123_456_789
    cpu: int = 0
    result: int | None = 0
    arguments: Mapping[str, bytes] = field(default_factory=lambda: {"flags": b"EXE_WRITABLE"})
    raw_arguments: Mapping[str, int | bytes] = field(default_factory=dict)
    open_read: bool | None = None
    open_write: bool | None = None
    open_exec: bool | None = None
    open_create: bool | None = None
    process: Process = field(default_factory=Process)
    fd: facts.Descriptor | None = None
    container: facts.Container = facts.HOST
    user: facts.User = ROOT
    group: bytes = b"root"
    hostname: bytes = b"node1"

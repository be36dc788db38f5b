# SPDX-License-Identifier: Apache-2.0
"""The facts of an event as a text tells them (facts/said), for tests: every attribute has a boring value,
tests name what matters.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lanner_engine.facts.said import Descriptor, Event, Process
from lanner_engine.fields.model import User


@dataclass(frozen=True, slots=True)
class PlainProcess(Process):
    comm: bytes = b"cat"
    exe: bytes = b"/usr/bin/cat"
    exepath: bytes = b"/usr/bin/cat"
    pid: int = 100
    vpid: int = 100
    start: int = 1_700_000_000_000_000_000
    parent: PlainProcess | None = None
    creators: tuple[PlainProcess, ...] = ()
    ppid: int | None = 1
    tid: int | None = 100
    vtid: int | None = 100
    uid: int | None = 0
    gid: int | None = 0
    loginuid: int | None = -1
    tty: int | None = 0
    sid: int | None = 1
    vsid: int | None = 1
    pgid: int | None = 100
    vpgid: int | None = 100
    nthreads: int | None = 1
    cap_inheritable: int | None = 0
    cap_permitted: int | None = 0
    cap_effective: int | None = 0
    exe_flags: int | None = 0
    args_cut: bool | None = False
    env_cut: bool | None = False
    script: bytes | None = b""
    script_flags: int | None = 0
    exe_ino: int | None = 42
    exe_ctime: int | None = 1_600_000_000_000_000_000
    exe_mtime: int | None = 1_600_000_000_000_000_000
    pidns_start: int | None = 1_650_000_000_000_000_000
    cgroup: bytes | None = b"/"


@dataclass(frozen=True, slots=True)
class PlainDescriptor(Descriptor):
    num: int = 3
    type: bytes | None = b"file"
    typechar: bytes = b"f"
    name: bytes | None = b"/etc/passwd"
    nameraw: bytes | None = b"/etc/passwd"
    dev: int | None = 0x800001
    dev_major: int | None = 8
    dev_minor: int | None = 1
    ino: int | None = 77
    upper_layer: bool | None = False
    lower_layer: bool | None = False


@dataclass(frozen=True, slots=True)
class PlainEvent(Event):
    type: str = "execve"
    time: int = 1_700_000_001_000_000_000
    since_start: int = 2_000_000_003
    result: int | None = 0
    process: Process = field(default_factory=PlainProcess)
    user: User = field(default_factory=lambda: User(b"root", b"/root", b"/bin/sh", b"<NA>"))
    group: bytes = b"root"
    hostname: bytes = b"node"

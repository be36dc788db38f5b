# SPDX-License-Identifier: Apache-2.0
"""The engine's facts as plain dataclasses, for tests: every attribute has a boring value, tests name what
matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.fields import addresses
from lanner_engine.fields.model import HOST, Container, ExecSession, NamedPath, Socket, Usage, User
from lanner_engine.fields.readers import process_facts


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PlainProcess:
    comm: bytes = b"cat"
    exe: bytes = b"/usr/bin/cat"
    exepath: bytes = b"/usr/bin/cat"
    args: tuple[bytes, ...] = ()
    pid: int = 100
    vpid: int = 100
    start: int = 1_700_000_000_000_000_000
    parent: PlainProcess | None = None
    creator: PlainProcess | None = None
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
    cwd: bytes | None = None
    env: tuple[bytes, ...] | None = None
    descriptors: Mapping[int, tuple[bytes, bytes]] | None = None  # kind and name
    fdlimit: int | None = None
    cgroups: Mapping[bytes, bytes] | None = None
    session_leader: PlainProcess | None = None
    group_leader: PlainProcess | None = None

    @property
    def cmdline(self) -> bytes:
        return process_facts.command_line(self.comm, self.args)

    @property
    def descriptor_kinds(self) -> Mapping[int, bytes] | None:
        if self.descriptors is None:
            return None
        return {number: kind for number, (kind, _) in self.descriptors.items()}

    @property
    def usage(self) -> Usage | None:
        if self.descriptors is None:
            return None
        return Usage(0, 0, 0, 0, 0, self.fdlimit or 0, len(self.descriptors))

    def standard(self, number: int) -> PlainDescriptor | None:
        kind, name = (self.descriptors or {}).get(number, (None, None))
        return None if kind is None else PlainDescriptor(number, kind, name=name)


@dataclass(frozen=True, slots=True)
class PlainDescriptor:
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
    socket: Socket | None = None


@dataclass(frozen=True, slots=True)
class PlainEvent:
    type: str = "execve"
    num: int = 1
    time: int = 1_700_000_001_000_000_000
    since_start: int = 2_000_000_003
    cpu: int = 0
    result: int | None = 0
    through_io_uring: bool = False
    unfinished: bool = False
    on_agent: bool = False
    arguments: Mapping[str, bytes] = field(default_factory=dict)
    raw_arguments: Mapping[str, int | bytes] = field(default_factory=dict)
    open_read: bool | None = None
    open_write: bool | None = None
    open_exec: bool | None = None
    open_create: bool | None = None
    fs_path: NamedPath | None = None
    fs_source: NamedPath | None = None
    fs_target: NamedPath | None = None
    at_paths: tuple[bytes | None, ...] = ()
    process: PlainProcess = field(default_factory=PlainProcess)
    fd: PlainDescriptor | None = None
    container: Container = HOST
    exec_session: ExecSession | None = None
    user: User = field(default_factory=lambda: User(b"root", b"/root", b"/bin/sh", b"<NA>"))
    group: bytes = b"root"
    hostname: bytes = b"node"
    host_names: Mapping[str, bytes] = field(default_factory=dict)  # address -> names, commas between them

    def names_of(self, address: bytes) -> tuple[bytes, ...]:
        found = self.host_names.get(addresses.text_of(address).decode())
        return () if found is None else tuple(found.split(b","))

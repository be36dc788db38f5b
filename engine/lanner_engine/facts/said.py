# SPDX-License-Identifier: Apache-2.0
"""The facts of an event as a text tells them: plain data that satisfies fields/model. What is not told is
absent, or empty where the language has no absence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.fields import addresses
from lanner_engine.fields.model import HOST, Container, ExecSession, NamedPath, Socket, Usage, User
from lanner_engine.fields.readers import process_facts

NO_ACCOUNT = b"<NA>"  # the value of a name without an entry


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Process:
    """One process and, by `parent` and `creator`, those before it."""

    comm: bytes = b""
    exe: bytes = b""
    exepath: bytes = b""
    args: tuple[bytes, ...] = ()
    pid: int = 0
    vpid: int = 0
    start: int = 0
    parent: Process | None = None
    creator: Process | None = None
    creators: tuple[Process, ...] = ()
    ppid: int | None = None
    tid: int | None = None
    vtid: int | None = None
    uid: int | None = None
    gid: int | None = None
    loginuid: int | None = None
    tty: int | None = None
    sid: int | None = None
    vsid: int | None = None
    pgid: int | None = None
    vpgid: int | None = None
    nthreads: int | None = None
    cap_inheritable: int | None = None
    cap_permitted: int | None = None
    cap_effective: int | None = None
    exe_flags: int | None = None
    args_cut: bool | None = None
    env_cut: bool | None = None
    script: bytes | None = None
    script_flags: int | None = None
    exe_ino: int | None = None
    exe_ctime: int | None = None
    exe_mtime: int | None = None
    pidns_start: int | None = None
    cgroup: bytes | None = None
    cwd: bytes | None = None
    env: tuple[bytes, ...] | None = None
    descriptor_kinds: Mapping[int, bytes] | None = None
    standards: Mapping[int, Descriptor] = field(default_factory=dict)  # descriptors 0, 1, 2
    usage: Usage | None = None
    cgroups: Mapping[bytes, bytes] | None = None
    session_leader: Process | None = None
    group_leader: Process | None = None

    @property
    def cmdline(self) -> bytes:
        return process_facts.command_line(self.comm, self.args)

    def standard(self, number: int) -> Descriptor | None:
        return self.standards.get(number)


@dataclass(frozen=True, slots=True)
class Descriptor:
    num: int
    type: bytes | None = None
    typechar: bytes = b"o"
    name: bytes | None = None
    nameraw: bytes | None = None
    dev: int | None = None
    dev_major: int | None = None
    dev_minor: int | None = None
    ino: int | None = None
    upper_layer: bool | None = None
    lower_layer: bool | None = None
    socket: Socket | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """`host_names` are what rules call addresses, by the text of the address, commas between several."""

    type: str
    num: int = 1
    time: int = 0
    since_start: int = 0
    cpu: int = 0
    result: int | None = None
    through_io_uring: bool = False
    unfinished: bool = False
    on_agent: bool = False
    fast_open: bool = False
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
    process: Process = Process()
    fd: Descriptor | None = None
    container: Container = HOST
    exec_session: ExecSession | None = None
    user: User = User(NO_ACCOUNT, NO_ACCOUNT, NO_ACCOUNT, NO_ACCOUNT)  # noqa: RUF009  frozen
    group: bytes = NO_ACCOUNT
    hostname: bytes = b""
    host_names: Mapping[bytes, bytes] = field(default_factory=dict)

    def names_of(self, address: bytes) -> tuple[bytes, ...]:
        found = self.host_names.get(addresses.text_of(address))
        return () if found is None else tuple(found.split(b","))

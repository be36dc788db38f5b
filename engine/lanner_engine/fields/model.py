# SPDX-License-Identifier: Apache-2.0
"""The facts a rule can ask about, as the engine wants to read them: the contract between agent and engine.

The agent's decoded records satisfy these protocols (lazily, straight from the record's bytes); the engine's
tests satisfy them with plain objects. Strings are bytes without NUL. `None` means absent in the sense of
specification section 3.1; an empty string is a value. Times are nanoseconds since the epoch
unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

# Bits of Process.exe_flags, in the order Falco prints their names (evt.arg.flags of execve).
EXE_WRITABLE = 1
EXE_UPPER_LAYER = 2
EXE_FROM_MEMFD = 4
EXE_LOWER_LAYER = 8


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount of a container, as `container.mounts` prints it: source:dest:mode:rdwr:propagation."""

    source: bytes
    dest: bytes
    mode: bytes = b""
    rdwr: bool = True
    propagation: bytes = b""


@dataclass(frozen=True, slots=True)
class Owners:
    """Who a pod is of. `workload_*`: the object that a person wrote, as a Deployment or a CronJob; the others
    are what stands between, absent where it does not.
    """

    workload_kind: bytes | None = None
    workload_name: bytes | None = None
    deployment_name: bytes | None = None
    replicaset_name: bytes | None = None
    replicaset_uid: bytes | None = None
    rc_name: bytes | None = None
    rc_uid: bytes | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A container and its pod. Outside containers id, name and type are `host`, what a runtime would tell is
    empty or false, and what is of a pod is absent. `mounts` is None where the runtime told nothing.
    """

    id: bytes  # 12 characters
    full_id: bytes
    name: bytes | None = None
    type: bytes | None = None  # containerd, cri-o, docker, ...
    image: bytes | None = None
    image_id: bytes | None = None
    image_repository: bytes | None = None
    image_tag: bytes | None = None
    image_digest: bytes | None = None
    privileged: bool | None = None
    host_pid: bool | None = None
    host_network: bool | None = None
    host_ipc: bool | None = None
    ip: bytes | None = None
    cni_json: bytes | None = None  # what the network plugin answered for the pod
    labels: Mapping[bytes, bytes] = field(default_factory=dict)
    mounts: tuple[Mount, ...] | None = None
    pod_name: bytes | None = None
    pod_namespace: bytes | None = None
    pod_uid: bytes | None = None
    pod_sandbox_id: bytes | None = None  # full id
    pod_ip: bytes | None = None
    pod_labels: Mapping[bytes, bytes] = field(default_factory=dict)
    owners: Owners | None = None  # of the pod; None: not known
    namespace_labels: Mapping[bytes, bytes] | None = None  # of the pod's namespace; None: not known


HOST = Container(
    id=b"host",
    full_id=b"host",
    name=b"host",
    type=b"host",
    image=b"",
    image_id=b"",
    image_repository=b"",
    image_tag=b"",
    image_digest=b"",
    privileged=False,
    host_pid=False,
    host_network=False,
    host_ipc=False,
    ip=b"",
    mounts=(),
)


@dataclass(frozen=True, slots=True)
class ExecSession:
    """Who had the API server let them into a container, and how: `verb` is exec, attach or debug. Where it
    may have been one of several people, `user` names them all, and there are no groups.
    """

    verb: bytes
    user: bytes
    groups: tuple[bytes, ...] = ()
    command: tuple[bytes, ...] = ()
    ambiguous: bool = False

    @property
    def group_list(self) -> bytes:
        """With commas between them; one in a name is escaped, so that none looks like two."""
        return b",".join(one.replace(b",", b"\\,") for one in self.groups)


@dataclass(frozen=True, slots=True)
class User:
    """The account of a thread; b"<NA>" is the value of a name without an entry (specification 3.1)."""

    name: bytes
    homedir: bytes
    shell: bytes
    loginname: bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of an IP connection: the 4 or 16 bytes of its address, its port."""

    ip: bytes
    port: int


@dataclass(frozen=True, slots=True)
class Socket:
    """An IP socket. A listening one has no remote end; `is_server` is None while it is not known which end
    called.
    """

    l4proto: bytes  # tcp, udp, icmp, raw
    local: Endpoint | None = None
    remote: Endpoint | None = None
    is_server: bool | None = None
    connected: bool = False
    name_changed: bool = False  # by this event, as a datagram to another peer does


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path that a call names: the absolute path it means, if known, and as it was given."""

    path: bytes | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process uses: memory in kB, page faults of the thread, open descriptors and their limit."""

    vm_size: int
    vm_rss: int
    vm_swap: int
    faults_major: int
    faults_minor: int
    descriptors_limit: int
    descriptors: int


class Process(Protocol):
    """One process when the event happened. Ancestors and creators are Processes too, but only the attributes
    of the first block are known of them; the others are None there, or empty."""

    @property
    def pid(self) -> int: ...  # thread group id, host namespace
    @property
    def vpid(self) -> int: ...  # the same in the process' own pid namespace
    @property
    def comm(self) -> bytes: ...
    @property
    def exe(self) -> bytes: ...  # argv[0]
    @property
    def exepath(self) -> bytes: ...
    @property
    def args(self) -> tuple[bytes, ...]: ...  # argv[1:]
    @property
    def cmdline(self) -> bytes: ...  # process_facts.command_line of these
    @property
    def start(self) -> int: ...
    @property
    def parent(self) -> Process | None: ...  # the kernel's at the event; None where the chain ends

    @property
    def creator(self) -> Process | None: ...  # its parent, unless that is another one by now; None: unknown
    @property
    def creators(self) -> tuple[Process, ...]: ...  # of it and those ancestors that have another parent by
    # now, and who made these in turn; the nearest first
    @property
    def ppid(self) -> int | None: ...  # 0 for a process without parent
    @property
    def tid(self) -> int | None: ...
    @property
    def vtid(self) -> int | None: ...
    @property
    def uid(self) -> int | None: ...
    @property
    def gid(self) -> int | None: ...
    @property
    def loginuid(self) -> int | None: ...  # -1 when unset
    @property
    def tty(self) -> int | None: ...  # device number of the controlling terminal, 0 none
    @property
    def sid(self) -> int | None: ...  # host namespace
    @property
    def vsid(self) -> int | None: ...
    @property
    def pgid(self) -> int | None: ...
    @property
    def vpgid(self) -> int | None: ...
    @property
    def nthreads(self) -> int | None: ...
    @property
    def cap_inheritable(self) -> int | None: ...  # bit n is capability number n
    @property
    def cap_permitted(self) -> int | None: ...
    @property
    def cap_effective(self) -> int | None: ...
    @property
    def exe_flags(self) -> int | None: ...  # EXE_* bits
    @property
    def args_cut(self) -> bool | None: ...  # there were more arguments than are known
    @property
    def env_cut(self) -> bool | None: ...
    @property
    def script(self) -> bytes | None: ...  # which the executable interprets; empty: none
    @property
    def script_flags(self) -> int | None: ...  # EXE_* bits of the script
    @property
    def exe_ino(self) -> int | None: ...
    @property
    def exe_ctime(self) -> int | None: ...
    @property
    def exe_mtime(self) -> int | None: ...
    @property
    def pidns_start(self) -> int | None: ...  # start of the pid namespace's init
    @property
    def cgroup(self) -> bytes | None: ...  # path in the hierarchy that names containers
    @property
    def cwd(self) -> bytes | None: ...  # ends in /
    @property
    def env(self) -> tuple[bytes, ...] | None: ...  # NAME=value
    def standard(self, number: int) -> Descriptor | None: ...  # descriptor 0, 1, 2; None: closed
    @property
    def descriptor_kinds(self) -> Mapping[int, bytes] | None: ...  # of each open one, bounded
    @property
    def usage(self) -> Usage | None: ...
    @property
    def cgroups(self) -> Mapping[bytes, bytes] | None: ...  # controller -> path
    @property
    def session_leader(self) -> Process | None: ...
    @property
    def group_leader(self) -> Process | None: ...


class Descriptor(Protocol):
    """The descriptor an event creates or uses; for a failed open its path is derived from the arguments."""

    @property
    def num(self) -> int: ...  # -1 and below for a failed open
    @property
    def type(self) -> bytes | None: ...  # file, directory, ...
    @property
    def typechar(self) -> bytes: ...  # f, d, ..., o unknown
    @property
    def name(self) -> bytes | None: ...  # resolved absolute path
    @property
    def nameraw(self) -> bytes | None: ...  # as given to the system call
    @property
    def dev(self) -> int | None: ...  # as Falco prints it: major << 20 | minor is new_encode_dev'ed
    @property
    def dev_major(self) -> int | None: ...
    @property
    def dev_minor(self) -> int | None: ...
    @property
    def ino(self) -> int | None: ...
    @property
    def upper_layer(self) -> bool | None: ...
    @property
    def lower_layer(self) -> bool | None: ...
    @property
    def socket(self) -> Socket | None: ...  # of IP sockets only


class Event(Protocol):
    """One event as rules see it."""

    @property
    def num(self) -> int: ...  # from 1, counted per delivered event
    @property
    def time(self) -> int: ...
    @property
    def since_start(self) -> int: ...  # ns since the watch began
    @property
    def type(self) -> str: ...  # execve, openat, clone, procexit, ...
    @property
    def cpu(self) -> int: ...
    @property
    def result(self) -> int | None: ...  # return value; None for events without one
    @property
    def through_io_uring(self) -> bool: ...  # a request that io_uring carried out
    @property
    def unfinished(self) -> bool: ...  # whose end is not seen
    @property
    def on_agent(self) -> bool: ...  # a call on the process that watches
    @property
    def fast_open(self) -> bool: ...  # a send that was to make a TCP connection
    @property
    def arguments(self) -> Mapping[str, bytes]: ...  # parameters in order, resolved text (evt.arg.NAME)
    @property
    def raw_arguments(self) -> Mapping[str, int | bytes]: ...  # native values (evt.rawarg.NAME)
    @property
    def open_read(self) -> bool | None: ...  # asked for; None for events that are no open
    @property
    def open_write(self) -> bool | None: ...
    @property
    def open_exec(self) -> bool | None: ...
    @property
    def open_create(self) -> bool | None: ...
    @property
    def fs_path(self) -> NamedPath | None: ...  # of a call that worked on one path; opens have `fd`
    @property
    def fs_source(self) -> NamedPath | None: ...  # of a call that made one path from another
    @property
    def fs_target(self) -> NamedPath | None: ...
    @property
    def at_paths(self) -> tuple[bytes | None, ...]: ...  # absolute, of a call relative to directories
    @property
    def process(self) -> Process: ...
    @property
    def fd(self) -> Descriptor | None: ...
    @property
    def container(self) -> Container: ...
    @property
    def exec_session(self) -> ExecSession | None: ...  # None: no person is known to have asked for it
    @property
    def user(self) -> User: ...
    @property
    def group(self) -> bytes: ...  # group name, b"<NA>" without an entry
    @property
    def hostname(self) -> bytes: ...
    def names_of(self, address: bytes) -> tuple[bytes, ...]: ...  # hosts that rules name and that have it

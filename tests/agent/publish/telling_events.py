# SPDX-License-Identifier: Apache-2.0
"""Events that have something to say about every field of the language, by the names golden/fields.txt gives
them.
"""

from __future__ import annotations

from dataclasses import replace

from lanner_engine.fields.model import (
    Container,
    Endpoint,
    ExecSession,
    Mount,
    NamedPath,
    Owners,
    Socket,
    Usage,
    User,
)
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND + 42

_INIT = PlainProcess(comm=b"init", exe=b"init", exepath=b"/sbin/init", pid=1, vpid=1, start=NOW - 90 * SECOND)
_SHELL = PlainProcess(
    comm=b"bash",
    exe=b"-bash",
    exepath=b"/bin/bash",
    args=(b"-l",),
    pid=50,
    vpid=5,
    parent=_INIT,
    start=NOW - 9 * SECOND,
    env=(b"A=b",),
)
_CREATOR = PlainProcess(comm=b"runc", exe=b"runc", exepath=b"/usr/sbin/runc", args=(b"exec",), pid=40)
_PROCESS = PlainProcess(
    args=(b"-n", b"/etc/passwd"),
    pid=100,
    vpid=10,
    ppid=50,
    tid=101,
    vtid=11,
    uid=1000,
    gid=100,
    loginuid=1000,
    tty=34816,
    sid=50,
    vsid=5,
    pgid=100,
    vpgid=10,
    nthreads=3,
    parent=_SHELL,
    creator=_CREATOR,
    creators=(_CREATOR,),
    session_leader=_SHELL,
    group_leader=_SHELL,
    start=NOW - 3 * SECOND,
    cap_permitted=1,
    cap_effective=3,
    cap_inheritable=0,
    exe_flags=1,
    script=b"/bin/script",
    cwd=b"/root/",
    env=(b"A=b", b"C=d"),
    usage=Usage(0, 0, 0, 0, 0, descriptors_limit=8, descriptors=3),
    descriptor_kinds={0: b"file", 1: b"pipe", 2: b"file"},
    standards={
        0: PlainDescriptor(0, b"file", name=b"/dev/null"),
        1: PlainDescriptor(1, b"pipe", name=b""),
        2: PlainDescriptor(2, b"file", name=b"/dev/null"),
    },
    cgroups={b"cpu": b"/x", b"memory": b"/y"},
)
_CONTAINER = Container(
    id=b"0123456789ab",
    full_id=b"0123456789abcdef",
    name=b"web",
    type=b"containerd",
    image=b"r.io/web:1",
    image_id=b"sha256:1",
    image_repository=b"r.io/web",
    image_tag=b"1",
    image_digest=b"sha256:2",
    privileged=False,
    host_pid=False,
    host_network=True,
    host_ipc=False,
    ip=b"10.0.0.9",
    cni_json=b"{}",
    labels={b"app": b"web", b"tier": b"1"},
    mounts=(Mount(b"/src", b"/dst", b"rw", True, b"private"),),
    pod_name=b"web-1",
    pod_namespace=b"shop",
    pod_uid=b"uid-1",
    pod_sandbox_id=b"fedcba9876543210",
    pod_ip=b"10.0.0.9",
    pod_labels={b"app": b"web"},
    owners=Owners(b"Deployment", b"web", b"web", b"web-7c9d", b"uid-2", b"old-web", b"uid-3"),
    namespace_labels={b"team": b"a"},
)

_BASE = PlainEvent(
    num=7,
    time=NOW,
    since_start=2 * SECOND + 5,
    cpu=3,
    process=_PROCESS,
    container=_CONTAINER,
    user=User(b"ann", b"/home/ann", b"/bin/sh", b"ann"),
    group=b"users",
    hostname=b"node-1",
)


def _connected(local: Endpoint, remote: Endpoint, letter: bytes, name: bytes) -> PlainEvent:
    socket = Socket(b"tcp", local, remote, is_server=False, connected=True)
    kind = b"ipv4" if letter == b"4" else b"ipv6"
    fd = PlainDescriptor(5, kind, letter, name, None, None, None, None, 99, None, None, socket)
    names = {b"127.0.0.1": b"db.local,db", b"10.0.0.1": b"node-1"}
    return replace(_BASE, type="connect", result=0, fd=fd, host_names=names)


_V6 = (b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x01", b"\0" * 15 + b"\x01")

EVENTS: dict[str, PlainEvent] = {
    "open": replace(
        _BASE,
        type="openat",
        result=3,
        fd=PlainDescriptor(dev=0xFD00001F, dev_major=253, dev_minor=31, nameraw=b"../etc/passwd"),
        arguments={"fd": b"<f>/etc/passwd", "flags": b"O_RDONLY|O_CLOEXEC", "mode": b"0"},
        raw_arguments={"fd": 3, "flags": 0x1001, "mode": 0},
        open_read=True,
        open_write=False,
        open_exec=False,
        open_create=False,
        at_paths=(b"/etc/passwd",),
        exec_session=ExecSession(b"exec", b"jane", (b"dev", b"ops"), (b"sh", b"-c", b"id")),
    ),
    "connect": _connected(
        Endpoint(b"\x0a\0\0\x01", 40000),
        Endpoint(b"\x7f\0\0\x01", 443),
        b"4",
        b"10.0.0.1:40000->127.0.0.1:443",
    ),
    "connect over IPv6": _connected(
        Endpoint(_V6[0], 40000), Endpoint(_V6[1], 443), b"6", b"2001:db8::1:40000->::1:443"
    ),
    "write": replace(
        _BASE, type="write", result=4, fd=PlainDescriptor(), raw_arguments={"data": b"a\0\xff\x7f"}
    ),
    "read of a socket": replace(
        _BASE, type="read", result=4, fd=PlainDescriptor(type=b"ipv4", typechar=b"4", name=b"")
    ),
    "send": replace(
        _BASE, type="sendto", result=4, fd=PlainDescriptor(type=b"ipv4", typechar=b"4", name=b"")
    ),
    "read of a file": replace(_BASE, type="read", result=4, fd=PlainDescriptor()),
    "mkdir": replace(_BASE, type="mkdir", result=0, fs_path=NamedPath(b"/tmp/x", b"x")),
    "new program": replace(
        _BASE, type="execve", result=0, process=replace(_BASE.process, exe_ctime=1_650_000_000_000_000_042)
    ),
    "rename": replace(
        _BASE,
        type="renameat",
        result=0,
        fs_source=NamedPath(b"/tmp/a", b"a"),
        fs_target=NamedPath(b"/tmp/b", b"b"),
        at_paths=(b"/tmp/a", b"/tmp/b"),
    ),
    "failure": replace(_BASE, type="connect", result=-111, arguments={"res": b"ECONNREFUSED"}),
    "failed open": replace(_BASE, type="openat", result=-2),
    "failed mmap": replace(_BASE, type="mmap", result=-12),
    "failed setuid": replace(_BASE, type="setuid", result=-1),
    "nothing": PlainEvent(type="procexit", result=None, process=PlainProcess(tid=None, uid=None)),
}

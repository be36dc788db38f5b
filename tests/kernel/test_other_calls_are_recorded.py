# SPDX-License-Identifier: Apache-2.0
"""Calls on descriptors, identities, other processes and the kernel itself: done for real, success and
failure, every parameter compared.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import signal
import struct
from collections.abc import Callable

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel import calls
from tests.kernel import test_calls_about_files_and_the_machine_are_recorded as machine
from tests.kernel import test_calls_on_attributes_are_recorded as attributes
from tests.kernel import test_calls_that_wait_or_watch_are_recorded as waiting
from tests.kernel import test_further_calls_are_recorded as further
from tests.kernel import test_hot_calls_are_recorded as hot
from tests.kernel.calling import AT_FDCWD, NEW, call, here, own_mounts, with_new
from tests.kernel.conftest import Watch
from tests.kernel.test_calls_on_names_are_recorded import CASES as NAMES

pytestmark = pytest.mark.each_kernel

NULL = os.open("/dev/null", os.O_RDWR)
N = b"%d" % NULL
NULL_TEXT = b"<f>/dev/null"
FILE = os.memfd_create("kept")
FILE_TEXT = b"<m>memfd:kept"
ROOT = os.open("/", os.O_RDONLY)
MAP = struct.pack("IIII", 2, 4, 4, 1)  # union bpf_attr of an array of one element
# A struct iovec of one byte.
BYTE = ctypes.create_string_buffer(1)
PIECE = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(BYTE), 1))
MEMFD_BOTH = b"MFD_CLOEXEC|MFD_ALLOW_SEALING"
OWN = b"%d" % os.getpid()
NONBLOCK = b"PIDFD_NONBLOCK"
TERM = b"SIGTERM"
INFO = struct.pack("iii116x", 15, 0, -1)  # siginfo_t of sigqueue()
STATUS = dict(line.split(b":\t") for line in pathlib.Path("/proc/self/status").read_bytes().splitlines())
CAPABILITIES = {
    f"cap_{kind}": b"%X" % int(STATUS[b"Cap" + key], 16)
    for kind, key in (("inheritable", b"Inh"), ("permitted", b"Prm"), ("effective", b"Eff"))
}
MODE_4755 = b"S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID"
# name, arguments, every parameter, result; FRESH: a descriptor number that only the event knows
FRESH = -1000
CASES: list[tuple[str, tuple[object, ...], dict[str, bytes], int]] = [
    ("dup", (NULL,), {"res": NULL_TEXT, "oldfd": NULL_TEXT}, FRESH),
    ("dup", (9999,), {"res": b"EBADF", "oldfd": b"9999"}, -errno.EBADF),
    ("dup2", (NULL, 77), {"res": NULL_TEXT, "oldfd": NULL_TEXT, "newfd": NULL_TEXT}, 77),
    ("dup2", (9999, 77), {"res": b"EBADF", "oldfd": b"9999", "newfd": b"77"}, -errno.EBADF),
    (
        *("dup3", (NULL, NULL, 0)),
        {"res": b"EINVAL", "oldfd": N, "newfd": N, "flags": b"O_NONE"},
        -errno.EINVAL,
    ),
    (
        *("dup3", (NULL, 78, 0o2000000)),
        {"res": NULL_TEXT, "oldfd": NULL_TEXT, "newfd": NULL_TEXT, "flags": b"O_CLOEXEC"},
        78,
    ),
    ("ftruncate", (FILE, 7), {"res": b"0", "fd": FILE_TEXT, "length": b"7"}, 0),
    ("fchmod", (FILE, 0o4755), {"res": b"0", "fd": FILE_TEXT, "mode": MODE_4755}, 0),
    ("fchown", (FILE, 0, -1), {"res": b"0", "fd": FILE_TEXT, "uid": b"0", "gid": b"-1"}, 0),
    ("fchdir", (ROOT,), {"res": b"0", "fd": b"<d>/"}, 0),
    ("ftruncate", (NULL, 1), {"res": b"EINVAL", "fd": NULL_TEXT, "length": b"1"}, -errno.EINVAL),
    ("fchmod", (9999, 0o111), {"res": b"EBADF", "fd": b"9999", "mode": b"S_IXOTH|S_IXGRP|S_IXUSR"}, -9),
    ("fchown", (9999, 1, 2), {"res": b"EBADF", "fd": b"9999", "uid": b"1", "gid": b"2"}, -errno.EBADF),
    ("fchdir", (NULL,), {"res": b"ENOTDIR", "fd": NULL_TEXT}, -errno.ENOTDIR),
    (
        "memfd_create",
        (b"secret", 1),
        {"fd": b"<m>memfd:secret", "name": b"secret", "flags": b"MFD_CLOEXEC"},
        FRESH,
    ),
    (
        "userfaultfd",
        (0o2000001,),
        {"res": NEW, "flags": b"O_CLOEXEC|UFFD_USER_MODE_ONLY"},
        FRESH,
    ),
    ("memfd_create", (None, 3), {"fd": b"EFAULT", "name": b"", "flags": MEMFD_BOTH}, -errno.EFAULT),
    ("userfaultfd", (0x4000,), {"res": b"EINVAL", "flags": b"16384"}, -errno.EINVAL),
    ("bpf", (0, MAP, len(MAP)), {"fd": b"<b>bpf-map", "cmd": b"BPF_MAP_CREATE"}, FRESH),
    ("bpf", (9999, None, 0), {"fd": b"EINVAL", "cmd": b"9999"}, -errno.EINVAL),
    ("bpf", (5, None, 1 << 20), {"fd": b"E2BIG", "cmd": b"BPF_PROG_LOAD"}, -errno.E2BIG),
    ("io_uring_setup", (4, bytes(120)), {"res": NEW, "entries": b"4"}, FRESH),
    ("io_uring_setup", (0, None), {"res": b"EFAULT", "entries": b"0"}, -errno.EFAULT),
    (
        *("socketpair", (1, 1, 0, 1)),
        {"res": b"EFAULT", "domain": b"AF_LOCAL|AF_UNIX", "type": b"1", "proto": b"0"},
        -errno.EFAULT,
    ),
    ("shutdown", (NULL, 2), {"res": b"ENOTSOCK", "fd": NULL_TEXT, "how": b"SHUT_RDWR"}, -errno.ENOTSOCK),
    (
        *("fsopen", (b"tmpfs", 1)),
        {"res": b"<o>[fscontext]", "name": b"tmpfs", "flags": b"FSOPEN_CLOEXEC"},
        FRESH,
    ),
    ("fsopen", (b"no_such", 0), {"res": b"ENODEV", "name": b"no_such", "flags": b"0"}, -errno.ENODEV),
    (
        *("fsconfig", (NULL, 1, b"source", b"/dev/sda", 0)),
        {
            "res": b"EINVAL",
            "fd": NULL_TEXT,
            "cmd": b"FSCONFIG_SET_STRING",
            "key": b"source",
            "value_bytebuf": b"",
            "value_charbuf": b"",
            "aux": b"0",
        },
        -errno.EINVAL,
    ),
    (
        *("fsmount", (NULL, 1, 0x3)),
        {
            "res": b"EINVAL",
            "fd": N,
            "flags": b"FSMOUNT_CLOEXEC",
            "attr_flags": b"MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID",
        },
        -errno.EINVAL,
    ),
    ("pidfd_open", (os.getpid(), 0o4000), {"fd": b"<P>[pidfd]", "pid": OWN, "flags": NONBLOCK}, FRESH),
    ("pidfd_open", (999999999, 0), {"fd": b"ESRCH", "pid": b"999999999", "flags": b"0"}, -errno.ESRCH),
    (
        *("pidfd_getfd", (NULL, 1, 0)),
        {"fd": b"EBADF", "pid_fd": N, "target_fd": b"1", "flags": b"0"},
        -errno.EBADF,
    ),
    ("pidfd_send_signal", (NULL, 9, None, 0), {"res": b"EBADF", "fd": NULL_TEXT, "sig": b"SIGKILL"}, -9),
    ("rt_sigqueueinfo", (999999999, 15, INFO), {"res": b"ESRCH", "pid": b"999999999", "sig": TERM}, -3),
    (
        *("rt_tgsigqueueinfo", (1, 999999999, 15, INFO)),
        {"res": b"ESRCH", "pid": b"1", "tid": b"999999999", "sig": TERM},
        -errno.ESRCH,
    ),
    ("capset", (None, None), {"res": b"EFAULT", **CAPABILITIES}, -errno.EFAULT),
    ("setfsuid", (12,), {"res": b"0", "uid": b"u12"}, 0),
    ("setfsgid", (34,), {"res": b"0", "gid": b"g34"}, 0),
    ("setuid", (-1,), {"res": b"EINVAL", "uid": b"<NONE>"}, -errno.EINVAL),
    ("setgid", (-1,), {"res": b"EINVAL", "gid": b"<NONE>"}, -errno.EINVAL),
    ("setuid", (1234,), {"res": b"0", "uid": b"u1234"}, 0),
    ("setgid", (99,), {"res": b"0", "gid": b"g99"}, 0),
    ("setreuid", (-1, 5), {"res": b"0", "ruid": b"<NONE>", "euid": b"u5"}, 0),
    ("setregid", (6, -1), {"res": b"0", "rgid": b"g6", "egid": b"<NONE>"}, 0),
    ("setresuid", (1, 2, 3), {"res": b"0", "ruid": b"u1", "euid": b"u2", "suid": b"u3"}, 0),
    ("setresgid", (1, 2, 3), {"res": b"0", "rgid": b"g1", "egid": b"g2", "sgid": b"g3"}, 0),
    ("setpgid", (0, 0), {"res": b"0", "pid": b"0", "pgid": b"0"}, 0),
    ("setpgid", (1, 1), {"res": b"ESRCH", "pid": b"1", "pgid": b"1"}, -errno.ESRCH),
    (
        *("setns", (NULL, 0x40000000)),
        {"res": b"EINVAL", "fd": NULL_TEXT, "nstype": b"CLONE_NEWNET"},
        -errno.EINVAL,
    ),
    ("unshare", (0x10000000,), {"res": b"0", "flags": b"CLONE_NEWUSER"}, 0),
    ("unshare", (0x1,), {"res": b"EINVAL", "flags": b"1"}, -errno.EINVAL),
    (
        *("ptrace", (0, 0, 0, 0)),
        {"res": b"0", "addr": b"0", "data": b"0", "request": b"PTRACE_TRACEME", "pid": b"0"},
        0,
    ),
    (
        *("ptrace", (16, 999999999, 0x1234, 0)),
        {"res": b"ESRCH", "addr": b"1234", "data": b"0", "request": b"PTRACE_ATTACH", "pid": b"999999999"},
        -errno.ESRCH,
    ),
    (
        *("prctl", (15, b"newname")),
        {"res": b"0", "option": b"PR_SET_NAME", "arg2_str": b"newname", "arg2_int": b""},
        0,
    ),
    (
        *("prctl", (9999, 7)),
        {"res": b"EINVAL", "option": b"9999", "arg2_str": b"", "arg2_int": b"7"},
        -errno.EINVAL,
    ),
    ("kill", (999999999, 15), {"res": b"ESRCH", "pid": b"999999999", "sig": b"SIGTERM"}, -errno.ESRCH),
    ("tkill", (999999999, 9), {"res": b"ESRCH", "tid": b"999999999", "sig": b"SIGKILL"}, -errno.ESRCH),
    (
        *("tgkill", (1, 999999999, 0)),
        {"res": b"ESRCH", "pid": b"1", "tid": b"999999999", "sig": b"0"},
        -errno.ESRCH,
    ),
    ("process_vm_readv", (999999999, PIECE, 1, PIECE, 1, 0), {"res": b"ESRCH", "pid": b"999999999"}, -3),
    ("process_vm_writev", (999999999, PIECE, 1, PIECE, 1, 0), {"res": b"ESRCH", "pid": b"999999999"}, -3),
    ("delete_module", (b"no_such", 0), {"res": b"ENOENT", "name": b"no_such", "flags": b"0"}, -2),
]


def name_of(case: tuple[str, tuple[object, ...], dict[str, bytes], int]) -> str:
    return f"{case[0]}-{case[3]}"


@pytest.mark.parametrize("case", [case for case in CASES if here(case[0])], ids=name_of)
def test_a_call_is_recorded_with_every_parameter(
    watch: Watch, case: tuple[str, tuple[object, ...], dict[str, bytes], int]
) -> None:
    name, arguments, texts, result = case
    event = only(watch, lambda: call(name, *arguments), name)  # type: ignore[arg-type]
    if event.result in (
        -errno.ENOSYS,
        -errno.EPERM,
    ):  # a kernel without modules says so; that is recorded too
        outcome = next(iter(texts))
        texts = {**texts, outcome: errno.errorcode[-event.result].encode()}
        result = event.result
    assert dict(event.arguments) == with_new(texts, event.result)
    assert event.result == result or (result == FRESH and event.result is not None and event.result > 2)


def only(watch: Watch, work: Callable[[], object], name: str) -> Event:
    (event,) = watch.of(lambda: (work(), None)[1], name)
    assert isinstance(event, Event)
    return event


def test_a_descriptor_is_named_by_what_it_stands_for(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("x")
    status = os.stat(tmp_path / "file")

    def work() -> None:
        for fd in (os.open(tmp_path / "file", os.O_RDONLY), os.pipe()[0], os.open(tmp_path, os.O_RDONLY)):
            call("dup3", fd, 200, 0)
        call("dup3", os.eventfd(0), 200, 0)
        call("dup3", os.memfd_create("m"), 200, 0)

    file, pipe, folder, event, memory = watch.of(work, "dup3")
    for one, kind, letter, name in (
        (file, b"file", b"f", os.fsencode(tmp_path / "file")),
        (pipe, b"pipe", b"p", b"pipe:[%d]" % (pipe.fd.ino or 0 if pipe.fd else 0)),
        (folder, b"directory", b"d", os.fsencode(tmp_path)),
        (event, b"event", b"e", b"[eventfd]"),
        (memory, b"memfd", b"m", b"memfd:m"),
    ):
        assert one.fd is not None
        assert (one.fd.type, one.fd.typechar, one.fd.num) == (kind, letter, 200)
        assert one.fd.name == name
    assert file.fd is not None
    assert (file.fd.ino, file.fd.dev) == (status.st_ino, status.st_dev)


def test_what_has_no_path_is_named_as_the_kernel_names_it(watch: Watch) -> None:
    names = ("net", "mnt", "pid", "user", "uts", "ipc", "cgroup", "time")
    there = [f"/proc/self/ns/{name}" for name in names if pathlib.Path(f"/proc/self/ns/{name}").exists()]
    wanted = [os.fsencode(os.readlink(path)) for path in there]

    def work() -> None:
        for path in there:
            call("dup3", os.open(path, os.O_RDONLY), 200, 0)
        call("dup3", os.pidfd_open(os.getpid()), 201, 0)

    seen = watch.of(work, "openat", "dup3")
    *namespaces, process = (e for e in seen if e.fd and b"/ns/" in (e.fd.nameraw or b"/ns/"))
    assert [(e.fd.name, e.fd.type) for e in namespaces if e.fd] == [
        (name, b"file") for name in wanted for _ in range(2)
    ]
    assert process.fd is not None
    assert (process.fd.name, process.fd.type, process.fd.typechar) == (b"[pidfd]", b"pidfd", b"P")


def test_a_file_system_is_mounted_by_the_new_calls(watch: Watch, tmp_path: pathlib.Path) -> None:
    where = os.fsencode(tmp_path)

    def work() -> None:
        own_mounts()
        context = call("fsopen", b"tmpfs", 0)
        call("fsconfig", context, 1, b"size", b"1M", 0)
        call("fsconfig", context, 6, None, None, 0)
        mount = call("fsmount", context, 0, 0x6)
        os.close(os.open("inside", os.O_CREAT | os.O_WRONLY, dir_fd=mount))
        call("move_mount", mount, b"", AT_FDCWD, where, 4)
        os.open(tmp_path / "inside", os.O_RDONLY)
        call("mount_setattr", AT_FDCWD, where, 0, struct.pack("QQQQ", 1, 0, 0, 0), 32)

    types = ("fsconfig", "fsmount", "openat", "move_mount", "mount_setattr")
    size, made, mount, nowhere, moved, there, changed = watch.of(work, *types)[-7:]
    context = size.arguments["fd"]
    assert context == b"<o>[fscontext]"
    assert dict(size.arguments) == {
        "res": b"0",
        "fd": context,
        "cmd": b"FSCONFIG_SET_STRING",
        "key": b"size",
        "value_bytebuf": b"",
        "value_charbuf": b"1M",
        "aux": b"0",
    }
    assert (made.arguments["cmd"], made.arguments["value_charbuf"]) == (b"FSCONFIG_CMD_CREATE", b"")
    assert dict(mount.arguments) == {
        "res": b"<d>/",
        "fd": b"%d" % (size.fd.num if size.fd else -1),
        "flags": b"0",
        "attr_flags": b"MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV",
    }
    assert nowhere.fd is not None
    assert there.fd is not None
    assert (nowhere.fd.name, there.fd.name) == (b"/inside", where + b"/inside")
    assert (moved.arguments["flags"], moved.arguments["topath"]) == (b"F_EMPTY_PATH", where)
    assert moved.fs_target is not None
    assert moved.fs_target.path == where
    assert dict(changed.arguments) == {"res": b"0", "dirfd": b"AT_FDCWD", "path": where, "flags": b"0"}
    assert changed.fs_path is not None
    assert changed.fs_path.path == where


def test_another_process_is_reached_by_its_descriptor(watch: Watch) -> None:
    def work() -> None:
        own = os.getpid()
        target = call("pidfd_open", own, 0)
        call("pidfd_getfd", target, NULL, 0)
        call("pidfd_send_signal", target, 0, None, 0)
        call("rt_sigqueueinfo", own, 0, INFO)
        call("rt_tgsigqueueinfo", own, own, 0, INFO)
        call("capset", struct.pack("Ii", 0x20080522, 0), struct.pack("6I", 1, 1, 0, 0, 0, 0))

    types = (
        "pidfd_open",
        "pidfd_getfd",
        "pidfd_send_signal",
        "rt_sigqueueinfo",
        "rt_tgsigqueueinfo",
        "capset",
    )
    opened, taken, sent, queued, queued_thread, less = watch.of(work, *types)
    pid = b"%d" % opened.process.pid
    pidfd = b"%d" % (opened.result or 0)
    assert dict(opened.arguments) == {"fd": b"<P>[pidfd]", "pid": pid, "flags": b"0"}
    assert dict(taken.arguments) == {"fd": NULL_TEXT, "pid_fd": pidfd, "target_fd": N, "flags": b"0"}
    assert dict(sent.arguments) == {"res": b"0", "fd": b"<P>[pidfd]", "sig": b"0"}
    assert dict(queued.arguments) == {"res": b"0", "pid": pid, "sig": b"0"}
    assert dict(queued_thread.arguments) == {"res": b"0", "pid": pid, "tid": pid, "sig": b"0"}
    assert dict(less.arguments) == {
        "res": b"0",
        "cap_inheritable": b"0",
        "cap_permitted": b"1",
        "cap_effective": b"1",
    }


def test_a_signal_between_processes_names_both(watch: Watch) -> None:
    target = os.fork()
    if target == 0:
        signal.pause()
        os._exit(0)
    event = only(watch, lambda: call("kill", target, signal.SIGKILL), "kill")
    os.waitpid(target, 0)
    assert dict(event.arguments) == {"res": b"0", "pid": b"%d" % target, "sig": b"SIGKILL"}


def test_what_a_process_does_to_itself(watch: Watch) -> None:
    def work() -> None:
        own = os.getpid()
        call("tkill", own, 0)
        call("tgkill", own, own, 0)
        call("process_vm_readv", own, PIECE, 1, PIECE, 1, 0)
        call("process_vm_writev", own, PIECE, 1, PIECE, 1, 0)
        call("setns", os.open("/proc/self/ns/net", os.O_RDONLY), 0x40000000)
        call("setsid")
        call("setsid")

    one, group, read, written, joined, session, again = watch.of(
        work, "tkill", "tgkill", "process_vm_readv", "process_vm_writev", "setns", "setsid"
    )
    pid = b"%d" % one.process.pid
    assert dict(one.arguments) == {"res": b"0", "tid": pid, "sig": b"0"}
    assert dict(group.arguments) == {"res": b"0", "pid": pid, "tid": pid, "sig": b"0"}
    assert dict(read.arguments) == dict(written.arguments) == {"res": b"1", "pid": pid}
    assert dict(joined.arguments) == {
        "res": b"0",
        "fd": b"<f>" + os.fsencode(os.readlink("/proc/self/ns/net")),
        "nstype": b"CLONE_NEWNET",
    }
    assert dict(session.arguments) == {"res": pid}
    assert dict(again.arguments) == {"res": b"EPERM"}


def test_identities_that_are_refused(watch: Watch) -> None:
    def work() -> None:
        os.setresgid(5, 5, 5)
        os.setresuid(4, 4, 4)
        call("setuid", 0)
        call("setgid", 0)
        call("setreuid", 0, -1)
        call("setregid", -1, 0)
        call("setresuid", 4, 0, -1)
        call("setresgid", -1, -1, 0)

    names = ("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid")
    refused = [event for event in watch.of(work, *names) if event.result]
    res = {"res": b"EPERM"}
    assert [dict(event.arguments) for event in refused] == [
        {**res, "uid": b"u0"},
        {**res, "gid": b"g0"},
        {**res, "ruid": b"u0", "euid": b"<NONE>"},
        {**res, "rgid": b"<NONE>", "egid": b"g0"},
        {**res, "ruid": b"u4", "euid": b"u0", "suid": b"<NONE>"},
        {**res, "rgid": b"<NONE>", "egid": b"<NONE>", "sgid": b"g0"},
    ]
    assert {(event.process.uid, event.process.gid) for event in refused} == {(4, 5)}


def test_modules_are_named_by_their_arguments(watch: Watch) -> None:
    nothing = ctypes.create_string_buffer(b"\x7fELF", 16)

    def work() -> None:
        call("init_module", nothing, 16, b"param=1")
        call("finit_module", NULL, b"x=2", 2)

    memory, file = watch.of(work, "init_module", "finit_module")
    for event in (memory, file):
        assert event.result is not None
        assert event.result < 0
    assert dict(memory.arguments) == {
        "res": memory.arguments["res"],
        "img": b".ELF............",
        "length": b"16",
        "uargs": b"param=1",
    }
    assert memory.raw_arguments["img"] == nothing.raw
    assert dict(file.arguments) == {
        "res": file.arguments["res"],
        "fd": NULL_TEXT,
        "uargs": b"x=2",
        "flags": b"MODULE_INIT_IGNORE_VERMAGIC",
    }


def test_a_new_session_and_many_messages_at_once(watch: Watch) -> None:
    nothing = ctypes.create_string_buffer(64)

    def work() -> None:
        call("setsid")
        call("sendmmsg", NULL, nothing, 1, 0)
        call("recvmmsg", NULL, nothing, 1, 0, None)

    session, sent, received = watch.of(work, "setsid", "sendmmsg", "recvmmsg")
    assert session.result == session.process.pid == session.process.sid
    failed = {"res": b"ENOTSOCK", "data": b"", "fd": NULL_TEXT, "size": b"0", "tuple": b""}
    assert dict(sent.arguments) == failed
    assert dict(received.arguments) == {**failed, "msgcontrol": b""}


# In tests of their own; a module cannot be unloaded, nor given to every kernel.
ELSEWHERE = {
    *("socket", "socketpair", "bind", "connect", "listen", "accept", "accept4", "shutdown"),
    *("sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg"),
    *("setsid", "setreuid", "setregid", "setresuid", "setresgid", "setns", "tkill", "tgkill", "kill"),
    *("process_vm_readv", "process_vm_writev", "mount", "umount", "umount2", "move_mount", "pivot_root"),
    *("init_module", "finit_module", "delete_module", "fsconfig", "fsmount", "capset"),
    *("pidfd_getfd", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("setfsuid", "setfsgid"),  # cannot fail
    "mmap2",  # of 32-bit programs only
    *further.ELSEWHERE,
    *machine.ELSEWHERE,
    *(case.name for case in attributes.CASES),
    *("fanotify_mark", "brk", "eventfd"),
}


def test_every_described_call_is_done_with_both_outcomes() -> None:
    cases = CASES + further.CASES + hot.CASES + waiting.CASES + machine.CASES
    done = [(name, result) for name, _, _, result in cases] + [(case.name, case.result) for case in NAMES]
    worked = {name for name, result in done if result >= 0 or result == FRESH}
    failed = {name for name, result in done if result < 0 and result != FRESH}
    assert calls.CALLS.keys() - ELSEWHERE - (worked & failed) == set()


def test_every_described_call_is_done_by_some_test() -> None:
    folder = pathlib.Path(__file__).parent
    text = "".join(path.read_text() for path in folder.glob("test_*calls*.py"))
    assert [name for name in calls.CALLS if f'"{name}"' not in text] == []

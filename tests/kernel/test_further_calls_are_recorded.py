# SPDX-License-Identifier: Apache-2.0
"""Calls on attributes of files, keys, socket options, watches, pipes, the kernel's successor and filters of
calls: done for real, success and failure, every parameter compared.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import pathlib
import resource
import socket
import struct

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.calling import call, here, with_new
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

NULL = os.open("/dev/null", os.O_RDWR)
N = b"%d" % NULL
NULL_TEXT = b"<f>/dev/null"
READER, WRITER = os.pipe()
os.write(WRITER, b"x" * 256)
READER_TEXT = b"<p>pipe:[%d]" % os.fstat(READER).st_ino
PAIR = ctypes.create_string_buffer(8)
PAGES = mmap.mmap(-1, mmap.PAGESIZE)
PAGE = ctypes.addressof(ctypes.c_char.from_buffer(PAGES))
PAGE_TEXT = b"%X" % PAGE
SIZE = mmap.PAGESIZE
SIZE_TEXT = b"%d" % SIZE
SOCKET = socket.socket(socket.AF_UNIX)
ON = struct.pack("i", 1)
ACTION = struct.pack("I", 0x7FFF0000)  # SECCOMP_RET_ALLOW
# Made before the tests, so that a watch has the same number every time.
WATCHES = call("inotify_init1", 0)
ATTRIBUTE = b"trusted.lanner"
# FRESH: a descriptor number that only the event knows
FRESH = -1000
CLOEXEC = 0o2000000
WRITABLE = b"PROT_READ|PROT_WRITE"
Case = tuple[str, tuple[object, ...], dict[str, bytes], int]
CASES: list[Case] = [
    (
        *("pkey_mprotect", (PAGE, SIZE, 3, -1)),
        {"res": b"0", "addr": PAGE_TEXT, "length": SIZE_TEXT, "prot": WRITABLE},
        0,
    ),
    (
        *("pkey_mprotect", (1, SIZE, 4, -1)),
        {"res": b"EINVAL", "addr": b"1", "length": SIZE_TEXT, "prot": b"PROT_EXEC"},
        -errno.EINVAL,
    ),
    ("seccomp", (2, 0, ACTION), {"res": b"0", "op": b"2", "flags": b"0"}, 0),
    (
        *("seccomp", (9999, 9, None)),
        {
            "res": b"EINVAL",
            "op": b"9999",
            "flags": b"SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_NEW_LISTENER",
        },
        -errno.EINVAL,
    ),
    (
        *("keyctl", (14, -1)),
        {"res": b"0", "operation": b"KEYCTL_SET_REQKEY_KEYRING", "arg2_str": b"", "arg2_int": b"-1"},
        0,
    ),
    (
        *("keyctl", (9999, 3)),
        {"res": b"EOPNOTSUPP", "operation": b"9999", "arg2_str": b"", "arg2_int": b"3"},
        -errno.EOPNOTSUPP,
    ),
    (
        *("keyctl", (1, b".no")),
        {"res": b"EPERM", "operation": b"KEYCTL_JOIN_SESSION_KEYRING", "arg2_str": b".no", "arg2_int": b""},
        -errno.EPERM,
    ),
    (
        *("setsockopt", (SOCKET.fileno(), 1, 2, ON, 4)),
        {
            "res": b"0",
            "fd": b"<u>",
            "level": b"SOL_SOCKET",
            "optname": b"SO_REUSEADDR",
            "val": b"1",
            "optlen": b"4",
        },
        0,
    ),
    (
        *("setsockopt", (NULL, 270, 300, b"ab", 2)),
        {
            "res": b"ENOTSOCK",
            "fd": NULL_TEXT,
            "level": b"SOL_NETLINK",
            "optname": b"300",
            "val": b"ab",
            "optlen": b"2",
        },
        -errno.ENOTSOCK,
    ),
    ("inotify_init1", (CLOEXEC,), {"res": b"<i>inotify", "flags": b"O_CLOEXEC"}, FRESH),
    ("inotify_init1", (1,), {"res": b"EINVAL", "flags": b"1"}, -errno.EINVAL),
    (
        *("inotify_add_watch", (WATCHES, b"/", 0x102)),
        {"res": b"1", "fd": b"<i>inotify", "path": b"/", "mask": b"IN_MODIFY|IN_CREATE"},
        1,
    ),
    (
        *("inotify_add_watch", (WATCHES, b"/none/../none", 2)),
        {"res": b"ENOENT", "fd": b"<i>inotify", "path": b"/none/../none", "mask": b"IN_MODIFY"},
        -errno.ENOENT,
    ),
    ("pipe", (PAIR,), {"res": b"0"}, 0),
    ("pipe", (None,), {"res": b"EFAULT"}, -errno.EFAULT),
    ("pipe2", (PAIR, CLOEXEC), {"res": b"0", "flags": b"O_CLOEXEC"}, 0),
    ("pipe2", (PAIR, 1), {"res": b"EINVAL", "flags": b"1"}, -errno.EINVAL),
    (
        *("splice", (READER, None, NULL, None, 1, 3)),
        {
            "res": b"1",
            "fd_in": READER_TEXT,
            "fd_out": N,
            "size": b"1",
            "flags": b"SPLICE_F_MOVE|SPLICE_F_NONBLOCK",
        },
        1,
    ),
    (
        *("splice", (NULL, None, NULL, None, 1, 0)),
        {"res": b"EINVAL", "fd_in": NULL_TEXT, "fd_out": N, "size": b"1", "flags": b"0"},
        -errno.EINVAL,
    ),
]


def name_of(case: Case) -> str:
    return f"{case[0]}-{case[3]}"


def judged(watch: Watch, case: Case) -> None:
    """Done by a new process, and compared in every parameter."""
    name, arguments, texts, result = case
    (event,) = watch.of(lambda: (call(name, *arguments), None)[1], name)  # type: ignore[arg-type]
    if event.result == -errno.ENOSYS:  # a kernel without it; that is recorded too
        texts, result = {**texts, "res": b"ENOSYS"}, event.result
    assert dict(event.arguments) == with_new(texts, event.result)
    assert event.result == result or (result == FRESH and event.result is not None and event.result > 2)


@pytest.mark.parametrize("case", [case for case in CASES if here(case[0])], ids=name_of)
def test_a_call_is_recorded_with_every_parameter(watch: Watch, case: Case) -> None:
    judged(watch, case)


def test_an_attribute_is_set(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    path = os.fsencode(tmp_path / "file")
    fd = os.open(path, os.O_RDONLY)
    if call("fsetxattr", fd, b"trusted.other", b"", 0, 0) == -errno.EOPNOTSUPP:
        pytest.skip("needs a file system with attributes")

    def work() -> None:
        os.chdir(tmp_path)
        call("setxattr", b"./file", ATTRIBUTE, b"a value", 7, 1)
        call("lsetxattr", path, ATTRIBUTE, b"a value", 7, 1)
        call("fsetxattr", fd, ATTRIBUTE, b"other", 5, 2)
        call("lsetxattr", path, ATTRIBUTE, b"", 0, 0)
        call("setxattr", b"missing", ATTRIBUTE, b"in vain", 7, 0)
        call("fsetxattr", 9999, ATTRIBUTE, b"in vain", 7, 4)

    made, again, changed, emptied, missing, bad = watch.of(work, "setxattr", "lsetxattr", "fsetxattr")
    given = {"key": ATTRIBUTE, "val": b"a value", "size": b"7", "flags": b"XATTR_CREATE"}
    assert (made.type, again.type, changed.type) == ("setxattr", "lsetxattr", "fsetxattr")
    assert dict(made.arguments) == {"res": b"0", "path": path, **given}
    assert made.raw_arguments["path"] == b"./file"
    assert dict(again.arguments) == {"res": b"EEXIST", "path": path, **given}
    assert dict(changed.arguments) == {
        "res": b"0",
        "fd": b"<f>" + path,
        "key": ATTRIBUTE,
        "val": b"other",
        "size": b"5",
        "flags": b"XATTR_REPLACE",
    }
    assert changed.raw_arguments["val"] == b"other"
    assert changed.fd is not None
    assert (changed.fd.num, changed.fd.name) == (fd, path)
    nothing = {"val": b"", "size": b"0", "flags": b"0"}
    assert dict(emptied.arguments) == {"res": b"0", "path": path, "key": ATTRIBUTE, **nothing}
    vain = {"key": ATTRIBUTE, "val": b"in vain", "size": b"7"}
    nowhere = os.fsencode(tmp_path / "missing")
    assert dict(missing.arguments) == {"res": b"ENOENT", "path": nowhere, **vain, "flags": b"0"}
    assert bad.result is not None
    assert bad.result < 0
    assert dict(bad.arguments) == {"res": bad.arguments["res"], "fd": b"9999", **vain, "flags": b"4"}


def test_another_kernel_is_not_started_unseen(watch: Watch) -> None:
    """What the kernel answers depends on its configuration; it is refused in any case."""

    def work() -> None:
        call("kexec_load", 0, 9999, None, 1)
        if here("kexec_file_load"):
            call("kexec_file_load", NULL, -1, 4, b"a=1", 4)

    old, *file = watch.of(work, "kexec_load", "kexec_file_load")
    for event in (old, *file):
        assert event.result is not None
        assert event.result < 0
        assert event.arguments["res"] == errno.errorcode[-event.result].encode()
    assert dict(old.arguments) == {"res": old.arguments["res"], "flags": b"KEXEC_ON_CRASH"}
    assert [dict(event.arguments) for event in file] == [
        {
            "res": event.arguments["res"],
            "fd": NULL_TEXT,
            "uargs": b"a=1",
            "flags": b"KEXEC_FILE_NO_INITRAMFS",
        }
        for event in file
    ]
    assert len(file) == here("kexec_file_load")


@pytest.mark.skipif(not here("inotify_init"), reason="this machine has inotify_init1 only")
def test_a_watch_is_made_or_not(watch: Watch) -> None:
    def work() -> None:
        call("inotify_init")
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        call("inotify_init")

    made, refused = watch.of(work, "inotify_init")
    assert dict(made.arguments) == {"res": b"<i>inotify"}
    assert made.fd is not None
    assert (made.fd.type, made.fd.num) == (b"inotify", made.result)
    assert dict(refused.arguments) == {"res": b"EMFILE"}


def test_an_option_is_a_name_or_a_number(watch: Watch) -> None:
    def work() -> None:
        call("prctl", 15, b"a name")
        call("prctl", 38, 1, 0, 0, 0)
        call("prctl", 1, -1)

    named, locked, failed = (event for event in watch.of(work, "prctl") if isinstance(event, Event))
    assert dict(named.arguments) == {
        "res": b"0",
        "option": b"PR_SET_NAME",
        "arg2_str": b"a name",
        "arg2_int": b"",
    }
    assert dict(locked.arguments) == {
        "res": b"0",
        "option": b"PR_SET_NO_NEW_PRIVS",
        "arg2_str": b"",
        "arg2_int": b"1",
    }
    assert locked.raw_arguments["arg2_int"] == 1
    assert dict(failed.arguments) == {
        "res": b"EINVAL",
        "option": b"PR_SET_PDEATHSIG",
        "arg2_str": b"",
        "arg2_int": b"-1",
    }


# In tests of their own.
ELSEWHERE = {"setxattr", "lsetxattr", "fsetxattr", "kexec_load", "kexec_file_load", "inotify_init"}

# SPDX-License-Identifier: Apache-2.0
"""Calls that ask or change what is said of files, that lock memory, bound processes, or are about the whole
machine: done for real, every parameter compared. What would change the machine only fails here.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import pathlib
import struct

import pytest

from tests.kernel.calling import AT_FDCWD, call, here
from tests.kernel.conftest import Watch
from tests.kernel.test_further_calls_are_recorded import Case, judged, name_of

pytestmark = pytest.mark.each_kernel

BUFFER = ctypes.create_string_buffer(256)
CLOCK = ctypes.create_string_buffer(256)  # that nothing is to be changed
STATE = call("adjtimex", CLOCK)
PAGES = mmap.mmap(-1, mmap.PAGESIZE)
PAGE = ctypes.addressof(ctypes.c_char.from_buffer(PAGES))
PAGE_TEXT = b"%X" % PAGE
SIZE = mmap.PAGESIZE
LOCKED = {"addr": PAGE_TEXT, "len": b"%d" % SIZE}
NOWHERE = {"addr": b"FFFFFFFFFFFFF000", "len": b"%d" % SIZE}
FILE = os.memfd_create("letters")
FILE_TEXT = b"<m>memfd:letters"
PIDFD = os.pidfd_open(os.getpid())
RIGHTS = ctypes.create_string_buffer(struct.pack("Q", 1))
VERSION = call("landlock_create_ruleset", None, 0, 1)
RULESET = call("landlock_create_ruleset", RIGHTS, 8, 0)
BENEATH = ctypes.create_string_buffer(struct.pack("=Qi", 1, os.open("/", os.O_PATH)))
BAD = {"res": b"EBADF", "fd": b"9999"}
MISSING = b"/none/../none"
ENOENT = {"res": b"ENOENT", "path": MISSING}
INVALID = -errno.EINVAL
NO_ENTRY = -errno.ENOENT
NO_DESCRIPTOR = -errno.EBADF
FAR = 0xFFFFFFFFFFFFF000
CASES: list[Case] = [
    ("fallocate", (FILE, 0, 0, 10), {"res": b"0", "fd": FILE_TEXT}, 0),
    ("fallocate", (9999, 0, 0, 10), BAD, NO_DESCRIPTOR),
    ("flock", (FILE, 6), {"res": b"0", "fd": FILE_TEXT, "operation": b"LOCK_EX|LOCK_NB"}, 0),
    ("flock", (9999, 8), {**BAD, "operation": b"LOCK_UN"}, NO_DESCRIPTOR),
    ("fsync", (FILE,), {"res": b"0", "fd": FILE_TEXT}, 0),
    ("fsync", (9999,), BAD, NO_DESCRIPTOR),
    ("fdatasync", (FILE,), {"res": b"0", "fd": FILE_TEXT}, 0),
    ("fdatasync", (9999,), BAD, NO_DESCRIPTOR),
    ("mlock", (PAGE, SIZE), {"res": b"0", **LOCKED}, 0),
    ("mlock", (FAR, SIZE), {"res": b"EINVAL", **NOWHERE}, INVALID),
    ("mlock2", (PAGE, SIZE, 1), {"res": b"0", **LOCKED, "flags": b"MLOCK_ONFAULT"}, 0),
    ("mlock2", (PAGE, SIZE, 8), {"res": b"EINVAL", **LOCKED, "flags": b"8"}, INVALID),
    ("munlock", (PAGE, SIZE), {"res": b"0", **LOCKED}, 0),
    ("munlock", (FAR, SIZE), {"res": b"EINVAL", **NOWHERE}, INVALID),
    ("mlockall", (6,), {"res": b"0", "flags": b"MCL_FUTURE|MCL_ONFAULT"}, 0),
    ("mlockall", (0,), {"res": b"EINVAL", "flags": b"0"}, INVALID),
    (
        *("mseal", (PAGE, SIZE, 0)),
        {"res": b"0", "addr": PAGE_TEXT, "length": b"%d" % SIZE, "flags": b"0"},
        0,
    ),
    (
        *("mseal", (PAGE, SIZE, 3)),
        {"res": b"EINVAL", "addr": PAGE_TEXT, "length": b"%d" % SIZE, "flags": b"3"},
        INVALID,
    ),
    (
        *("process_madvise", (PIDFD, None, 0, 20, 0)),
        {"res": b"0", "fd": b"<P>[pidfd]", "advice": b"20", "flags": b"0"},
        0,
    ),
    ("process_madvise", (9999, None, 0, 20, 0), {**BAD, "advice": b"20", "flags": b"0"}, NO_DESCRIPTOR),
    (
        *("landlock_create_ruleset", (None, 0, 1)),
        {"res": b"%d" % VERSION, "size": b"0", "flags": b"LANDLOCK_CREATE_RULESET_VERSION"},
        VERSION,
    ),
    (
        *("landlock_create_ruleset", (RIGHTS, 8, 1)),
        {"res": b"EINVAL", "size": b"8", "flags": b"LANDLOCK_CREATE_RULESET_VERSION"},
        INVALID,
    ),
    (
        *("landlock_add_rule", (RULESET, 1, BENEATH, 0)),
        {"res": b"0", "fd": b"<o>[landlock-ruleset]", "type": b"LANDLOCK_RULE_PATH_BENEATH", "flags": b"0"},
        0,
    ),
    ("landlock_add_rule", (9999, 7, BENEATH, 0), {**BAD, "type": b"7", "flags": b"0"}, NO_DESCRIPTOR),
    (
        *("landlock_restrict_self", (RULESET, 0)),
        {"res": b"0", "fd": b"<o>[landlock-ruleset]", "flags": b"0"},
        0,
    ),
    ("landlock_restrict_self", (9999, 0), {**BAD, "flags": b"0"}, NO_DESCRIPTOR),
    ("munlockall", (), {"res": b"0"}, 0),
    ("personality", (0x40000,), {"res": b"0", "flags": b"ADDR_NO_RANDOMIZE"}, 0),
    ("personality", (0xFFFFFFFF,), {"res": b"0", "flags": b"4294967295"}, 0),
    ("setrlimit", (4, bytes(16)), {"res": b"0", "resource": b"RLIMIT_CORE"}, 0),
    ("setrlimit", (99, bytes(16)), {"res": b"EINVAL", "resource": b"99"}, INVALID),
    ("prlimit", (0, 7, None, BUFFER), {"res": b"0", "pid": b"0", "resource": b"RLIMIT_NOFILE"}, 0),
    (
        "prlimit",
        (-5, 0, None, None),
        {"res": b"ESRCH", "pid": b"-5", "resource": b"RLIMIT_CPU"},
        -errno.ESRCH,
    ),
    ("setpriority", (0, 0, 19), {"res": b"0", "who": b"0", "prio": b"19"}, 0),
    ("setpriority", (9, 1, -3), {"res": b"EINVAL", "who": b"1", "prio": b"-3"}, INVALID),
    ("sched_setscheduler", (0, 0, bytes(4)), {"res": b"0", "pid": b"0"}, 0),
    ("sched_setscheduler", (-4, 0, bytes(4)), {"res": b"EINVAL", "pid": b"-4"}, INVALID),
    ("sched_setaffinity", (0, 8, b"\xff" * 8), {"res": b"0", "pid": b"0"}, 0),
    ("sched_setaffinity", (0, 0, BUFFER), {"res": b"EINVAL", "pid": b"0"}, INVALID),
    ("setgroups", (0, None), {"res": b"0", "size": b"0"}, 0),
    ("setgroups", (99999999, None), {"res": b"EINVAL", "size": b"99999999"}, INVALID),
    ("adjtimex", (CLOCK,), {"res": b"%d" % STATE}, STATE),
    ("adjtimex", (None,), {"res": b"EFAULT"}, -errno.EFAULT),
    ("clock_adjtime", (0, CLOCK), {"res": b"%d" % STATE}, STATE),
    ("clock_adjtime", (99, bytes(256)), {"res": b"EINVAL"}, INVALID),
    ("iopl", (0,), {"res": b"0", "level": b"0"}, 0),
    ("iopl", (9,), {"res": b"EINVAL", "level": b"9"}, INVALID),
    ("ioperm", (0x80, 1, 0), {"res": b"0", "start": b"128", "length": b"1"}, 0),
    ("ioperm", (70000, 2, 1), {"res": b"EINVAL", "start": b"70000", "length": b"2"}, INVALID),
    ("utime", (MISSING, None), ENOENT, NO_ENTRY),
    ("utimes", (MISSING, None), ENOENT, NO_ENTRY),
    ("futimesat", (AT_FDCWD, MISSING, None), {**ENOENT, "dirfd": b"AT_FDCWD"}, NO_ENTRY),
    (
        *("utimensat", (AT_FDCWD, MISSING, None, 0x100)),
        {**ENOENT, "dirfd": b"AT_FDCWD", "flags": b"AT_SYMLINK_NOFOLLOW"},
        NO_ENTRY,
    ),
]
# Never done with success: the machine would stop, or others would see it.
REFUSED: list[Case] = [
    ("reboot", (1, 2, 0x01234567), {"res": b"EINVAL", "cmd": b"LINUX_REBOOT_CMD_RESTART"}, INVALID),
    (
        *("swapon", (MISSING, 0x48000)),
        {**ENOENT, "flags": b"SWAP_FLAG_PREFER|SWAP_FLAG_DISCARD_PAGES"},
        NO_ENTRY,
    ),
    ("swapoff", (MISSING,), ENOENT, NO_ENTRY),
    ("acct", (MISSING,), {"res": b"ENOENT", "name": MISSING}, NO_ENTRY),
    ("settimeofday", (1, None), {"res": b"EFAULT"}, -errno.EFAULT),
    ("clock_settime", (99, bytes(16)), {"res": b"EINVAL"}, INVALID),
    ("syslog", (99, None, 0), {"res": b"EINVAL", "type": b"99"}, INVALID),
    (
        *("quotactl", (0x80000201, b"/dev/../none", 7, None)),
        {
            "res": b"ENOENT",
            "special": b"/dev/../none",
            "cmd": b"Q_QUOTAON",
            "type": b"GRPQUOTA",
            "id": b"7",
        },
        NO_ENTRY,
    ),
    (
        *("quotactl_fd", (9999, 0x80000702, 8, None)),
        {**BAD, "cmd": b"Q_GETQUOTA", "type": b"PRJQUOTA", "id": b"8"},
        NO_DESCRIPTOR,
    ),
    ("memfd_secret", (1,), {"res": b"EINVAL", "flags": b"1"}, INVALID),
    ("process_mrelease", (9999, 0), {**BAD, "flags": b"0"}, NO_DESCRIPTOR),
    ("add_key", (b"user", b"a key", b"x", 1, 9999), {"res": b"ENOKEY", "desc": b"a key"}, -errno.ENOKEY),
    ("request_key", (b"lanner-none", b"a key", None, 0), {"res": b"ENOKEY", "desc": b"a key"}, -errno.ENOKEY),
    ("kcmp", (-3, 1, 0, 0, 0), {"res": b"ESRCH", "pid": b"-3"}, -errno.ESRCH),
]


@pytest.mark.parametrize("case", [case for case in CASES + REFUSED if here(case[0])], ids=name_of)
def test_a_call_is_recorded_with_every_parameter(watch: Watch, case: Case) -> None:
    judged(watch, case)


def test_a_name_of_the_machine_is_recorded(watch: Watch) -> None:
    def work() -> None:
        call("unshare", 0x4000000)
        call("sethostname", b"another", 7)
        call("setdomainname", b"domain", 6)
        call("sethostname", b"too long", 9999)

    host, domain, failed = watch.of(work, "sethostname", "setdomainname")
    assert dict(host.arguments) == {"res": b"0", "hostname": b"another"}
    assert dict(domain.arguments) == {"res": b"0", "value": b"domain"}
    assert failed.arguments["res"] == b"EINVAL"
    assert failed.arguments["hostname"].startswith(b"too long")


def test_times_of_a_file_are_changed(watch: Watch, tmp_path: pathlib.Path) -> None:
    """By every call that does it, whatever it is relative to."""
    path, fd = os.fsencode(tmp_path / "file"), os.open(tmp_path, os.O_PATH)
    (tmp_path / "file").touch()

    def work() -> None:
        os.chdir(tmp_path)
        for name, arguments in CHANGES.items():
            if here(name):
                call(name, *(fd if one == "folder" else one for one in arguments), None, 0)  # type: ignore[arg-type]

    relative = {"dirfd": b"<d>" + os.fsencode(tmp_path), "path": path}
    texts: dict[str, dict[str, bytes]] = {
        "utime": {"path": path},
        "utimes": {"path": path},
        "futimesat": relative,
        "utimensat": {**relative, "flags": b"0"},
    }
    events = watch.of(work, *texts)
    assert [event.type for event in events] == [name for name in texts if here(name)]
    for event in events:
        assert dict(event.arguments) == {"res": b"0", **texts[event.type]}


CHANGES: dict[str, tuple[object, ...]] = {
    "utime": (b"file",),
    "utimes": (b"file",),
    "futimesat": ("folder", b"file"),
    "utimensat": ("folder", b"file"),
}


# In tests of their own, or without an error, or only refused.
ELSEWHERE = {
    *(case[0] for case in REFUSED),
    *CHANGES,
    "sethostname",
    "setdomainname",
    "munlockall",
    "personality",
}

# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back calls whose arguments, or whose result, are others than rules ask for."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import stat
import struct
from collections.abc import Callable

import pytest

from tests.kernel import calling_32
from tests.kernel.asking import Asked, answers
from tests.kernel.calling import AT_FDCWD, call, here
from tests.kernel.sifting import Sieve, tables
from tests.kernel.test_an_open_by_handle_is_recorded import BY_HANDLE, LIBC, handle_of
from tests.kernel.test_how_a_process_is_made_is_recorded import NEWUSER, clone, clone3

HIGH = 1 << 40  # bits that the kernel does not look at
FS, FILES = 0x200, 0x400
NOBODY = 2**22 + 1  # no process has this number
CREATE = os.O_CREAT | os.O_WRONLY
SETUID = "evt.arg.mode glob 0[4-7]???"
Deed = Callable[[], object]


def opened(path: str, flags: int, mode: int) -> Deed:
    return lambda: os.close(os.open(path, flags, mode))


def openat2(path: str, flags: int, mode: int) -> Deed:
    how = struct.pack("QQQ", flags, mode, 0)
    return lambda: call("openat2", AT_FDCWD, path.encode(), how, len(how))


def by_handle(path: str) -> Deed:
    handle = handle_of(path.encode())
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    return lambda: LIBC.syscall(BY_HANDLE, folder, handle, os.O_RDONLY)


def executed() -> None:
    with contextlib.suppress(OSError):
        os.execv("/missing", ["missing"])  # noqa: S606 (no shell is the point)


def busy() -> None:
    """A program is not written while it runs."""
    with contextlib.suppress(OSError):
        os.open("/proc/self/exe", os.O_WRONLY)


def node(path: str, mode: int, device: int) -> Deed:
    def work() -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        call("mknodat", AT_FDCWD, path.encode(), mode, device)

    return work


CASES: dict[str, Callable[[str], Asked]] = {
    "a command": lambda _: Asked(
        "ptrace",
        lambda: call("ptrace", 0x4206 | HIGH, NOBODY, 0, 7),
        [
            "evt.arg.request = PTRACE_SEIZE",
            "evt.arg.request in (PTRACE_ATTACH, PTRACE_SEIZE)",
            "evt.arg.request contains SEIZE or evt.arg.request contains ATTACH",
            "evt.rawarg.request = 16902",
            "not evt.arg.request = PTRACE_ATTACH",
            f"evt.arg.pid = {NOBODY} and evt.arg.data = 7",
        ],
        [],
        [
            "evt.arg.request = PTRACE_ATTACH",
            "evt.arg.request contains TRACEME",
            "not evt.arg.request contains SEIZE",
            "not evt.arg.request in (PTRACE_ATTACH, PTRACE_SEIZE)",
            "evt.arg.request = PTRACE_SEIZE and evt.arg.pid = 1",
            "evt.rawarg.request != 16902",
        ],
    ),
    "a command without a name": lambda _: Asked(
        "bpf",
        lambda: call("bpf", 4711, None, 0),
        ["evt.arg.cmd = 4711", "not evt.arg.cmd = BPF_PROG_LOAD", "evt.arg.cmd startswith 47"],
        ["evt.arg.cmd startswith 48"],
        ["evt.arg.cmd = BPF_PROG_LOAD", "evt.arg.cmd contains PROG", "not evt.arg.cmd = 4711"],
    ),
    "bits": lambda _: Asked(
        "unshare",
        lambda: call("unshare", FS | FILES | HIGH),
        ["evt.arg.flags contains CLONE_FS", "not evt.arg.flags contains CLONE_NEWUSER"],
        ["evt.arg.flags = CLONE_FS"],
        [
            "evt.arg.flags contains CLONE_NEWUSER",
            "evt.arg.flags contains CLONE_NEWUSER or evt.arg.flags contains CLONE_NEWNS",
            "not evt.arg.flags contains CLONE_FS",
            "not evt.arg.flags contains CLONE_NEWUSER and not evt.arg.flags contains CLONE_FILES",
        ],
    ),
    "a mode": lambda path: Asked(
        "fchmodat",
        lambda: call("fchmodat", AT_FDCWD, path.encode(), 0o4711 | HIGH),
        ["evt.arg.mode contains S_ISUID", "not evt.arg.mode contains S_ISGID"],
        [],
        ["evt.arg.mode contains S_ISGID", "not evt.arg.mode contains S_ISUID", "evt.arg.mode contains XXX"],
    ),
    "a kind of file": lambda path: Asked(
        "mknod, mknodat",
        node(path + "-node", stat.S_IFIFO | 0o4600, 257),
        [
            "evt.arg.mode contains S_IFIFO",
            "evt.arg.mode contains S_ISUID",
            "evt.arg.mode contains S_IF",
            "evt.arg.mode contains S_IFCHR or evt.arg.dev = 257",
        ],
        ["evt.arg.mode = S_IFIFO"],
        [
            "evt.arg.mode contains S_IFBLK",
            "not evt.arg.mode contains S_IF",
            "not evt.arg.mode contains S_IFIFO",
            "evt.arg.mode contains S_IFIFO and evt.arg.dev = 258",
            "evt.arg.mode contains S_ISUID and evt.arg.mode contains S_IFREG",
        ],
    ),
    "a long number": lambda path: Asked(
        "truncate",
        lambda: call("truncate", path.encode(), 1 << 33),
        ["evt.arg.length = 8589934592", "evt.rawarg.length = 8589934592"],
        [],
        ["evt.arg.length = 0", "evt.rawarg.length = 0", "not evt.arg.length = 8589934592"],
    ),
    "a negative number": lambda _: Asked(
        "tgkill",
        lambda: call("tgkill", -NOBODY, 1, int(signal.SIGUSR1)),
        [f"evt.arg.pid = -{NOBODY}", "evt.arg.sig = SIGUSR1", f"evt.rawarg.pid = -{NOBODY}"],
        [],
        [f"evt.arg.pid = {NOBODY}", "evt.arg.sig = SIGKILL", f"evt.rawarg.pid != -{NOBODY}"],
    ),
    "an account": lambda path: Asked(
        "fchownat",
        lambda: call("fchownat", AT_FDCWD, path.encode(), 4711, -1, 0),
        ["evt.rawarg.uid = 4711", "evt.rawarg.gid = 4294967295", "evt.arg.uid = 4711"],
        [],
        ["evt.rawarg.uid = 0", "evt.rawarg.gid = 0", "evt.arg.uid = 0"],
    ),
    "several numbers in one argument": lambda _: Asked(
        "socket",
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).close(),
        [
            "evt.arg.domain contains AF_UNIX",
            "evt.arg.type = 5",
            "evt.arg.flags contains SOCK_CLOEXEC",
            "evt.arg.proto = 0",
        ],
        [],
        ["evt.arg.domain contains AF_PACKET", "evt.arg.type = 3", "evt.arg.flags contains NONBLOCK"],
    ),
    "a result": lambda _: Asked(
        "dup, dup2, dup3",
        lambda: os.dup2(0, 77),
        ["evt.rawres in (0, 77)", "fd.num = 77", "fd.num != 0", "evt.res = SUCCESS"],
        [],
        ["evt.rawres in (0, 1, 2)", "fd.num = 3", "not fd.num = 77", "evt.res != SUCCESS"],
    ),
    "an error": lambda _: Asked(
        "tgkill",
        lambda: call("tgkill", NOBODY, NOBODY, 0),
        ["evt.res = ESRCH", "evt.rawres = -3", "evt.res in (EPERM, ESRCH)", "not evt.res = EPERM"],
        [],
        ["evt.res = EPERM", "evt.rawres = -1", "evt.res = SUCCESS", "not evt.res = ESRCH", "evt.rawres = 0"],
    ),
    "an error of an open": lambda _: Asked(
        "open, openat",
        busy,
        ["evt.res = ETXTBSY", "fd.num = -1", "evt.is_open_write = true and evt.res = ETXTBSY"],
        [],
        ["evt.res = ENOENT", "not evt.res = ETXTBSY", "fd.num = 3"],
    ),
    "an error of an exec": lambda _: Asked(
        "execve",
        executed,
        ["evt.res = ENOENT", "not evt.res = EACCES"],
        ["not evt.res = ENOENT"],
        ["evt.res = EACCES", "evt.res = SUCCESS"],
    ),
    "an open that creates": lambda path: Asked(
        "open, openat",
        opened(path, CREATE, 0o4755),
        [SETUID, "evt.arg.mode = 04755", "evt.rawarg.mode = 2541"],
        ["evt.arg.mode glob 0[1-3]???"],
        [
            "evt.arg.mode = 0755",
            "not evt.arg.mode = 04755",
            "evt.arg.mode = 0",
        ],
    ),
    "an open that creates for others": lambda path: Asked(
        "open, openat", opened(path, CREATE, 0o755), ["evt.arg.mode glob 0[1-7]??"], [], [SETUID]
    ),
    "an open that does not create": lambda path: Asked(
        "open, openat",
        opened(path, os.O_RDONLY, 0o4755),
        ["evt.arg.mode = 0"],
        [],
        [SETUID, "evt.arg.mode = 04755"],
    ),
    "an open without a name": lambda path: Asked(
        "open, openat", opened(os.path.dirname(path), os.O_TMPFILE | os.O_RDWR, 0o4755), [SETUID]
    ),
    "openat2, whose mode lies in memory": lambda path: Asked(
        "openat2", openat2(path, CREATE, 0o4755), [SETUID], ["evt.arg.mode = 0755"]
    ),
    "an open by handle": lambda path: Asked(
        "open_by_handle_at", by_handle(path), ["not evt.arg.mode = 0"], [], [SETUID, "evt.arg.mode = 0"]
    ),
}
if here("creat"):
    CASES["creat"] = lambda path: Asked(
        "creat", lambda: call("creat", path.encode(), 0o4755), [SETUID], [], ["evt.arg.mode = 0755"]
    )
    CASES["the first open"] = lambda path: Asked(
        "open", lambda: call("open", path.encode(), CREATE, 0o4755), [SETUID], [], ["evt.arg.mode = 0755"]
    )
if calling_32.possible():
    CASES["a mode of 32 bits"] = lambda path: Asked(
        "chmod",
        lambda: calling_32.Calls32().call(15, path.encode(), 0o4755),
        ["evt.arg.mode contains S_ISUID"],
        [],
        ["evt.arg.mode contains S_ISGID"],
    )
    CASES["a negative number of 32 bits"] = lambda _: Asked(
        "tkill",
        lambda: calling_32.Calls32().call(238, -NOBODY, 0),
        [f"evt.arg.tid = -{NOBODY}", "evt.res = EINVAL"],
        [],
        [f"evt.arg.tid = {NOBODY}", "evt.res = EPERM"],
    )
    CASES["an open of 32 bits"] = lambda path: Asked(
        "open",
        lambda: calling_32.Calls32().call(5, path.encode(), CREATE, 0o4755),
        [SETUID],
        [],
        ["evt.arg.mode = 0755"],
    )


@pytest.mark.parametrize("case", CASES)
def test_a_call(sieve: Sieve, tmp_path: pathlib.Path, case: str) -> None:
    (tmp_path / "file").write_text("content")
    asked = CASES[case](str(tmp_path / "file"))
    assert answers(sieve, asked) == asked


def test_one_of_many_rules_is_told_apart(sieve: Sieve) -> None:
    many = [
        f"evt.type = tgkill and evt.arg.pid = {NOBODY + number} and proc.name != p{number}"
        for number in range(200)
    ]

    def numbers(pid: int) -> list[int | bytes]:
        events = sieve.seen_by_each([many], lambda: call("tgkill", pid, 1, 0))[0]
        return [one.raw_arguments["pid"] for one in events if one.type == "tgkill"]

    assert len(tables(*many)["other"].clauses) == len(many)
    assert numbers(NOBODY + 150) == [NOBODY + 150]
    assert numbers(NOBODY + 200) == []


def test_more_questions_than_the_kernel_asks_hold_nothing_true_back(sieve: Sieve) -> None:
    bits = ["FS", "FILES", "NEWNS", "NEWUTS", "NEWIPC", "NEWPID", "NEWNET", "NEWCGROUP"]
    rules = [
        f"evt.type = unshare and evt.arg.flags contains CLONE_{one} and proc.name != {one}" for one in bits
    ]
    (events,) = sieve.seen_by_each([[*reversed(rules)]], lambda: call("unshare", FS))
    assert [one.arguments["flags"] for one in events if one.type == "unshare"] == [b"CLONE_FS"]


@pytest.mark.parametrize(("event_type", "make"), [("clone", clone), ("clone3", clone3)])
def test_what_a_process_is_made_with(sieve: Sieve, event_type: str, make: Callable[[int], None]) -> None:
    """Of clone3 that lies in memory: the kernel says which namespaces were made."""
    asked = Asked(
        event_type,
        lambda: make(NEWUSER),
        ["evt.arg.flags contains CLONE_NEWUSER", "evt.arg.flags = CLONE_NEWUSER", "evt.rawarg.flags != 0"],
        ['evt.arg.flags = "CLONE_NEWUSER|CLONE_NEWPID"'],
        ["evt.arg.flags contains CLONE_NEWPID", "not evt.arg.flags contains CLONE_NEWUSER"],
    )
    assert answers(sieve, asked) == asked

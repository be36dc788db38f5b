# SPDX-License-Identifier: Apache-2.0
"""Calls that make descriptors to wait on or to watch with, that ask sockets, and that move bytes between
descriptors: done for real, success and failure, every parameter compared.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import socket
import struct

import pytest

from tests.kernel.calling import AT_FDCWD, NEW, call, here
from tests.kernel.conftest import Watch
from tests.kernel.test_further_calls_are_recorded import (
    FRESH,
    NULL,
    NULL_TEXT,
    Case,
    N,
    judged,
    name_of,
)

pytestmark = pytest.mark.each_kernel

BUFFER = ctypes.create_string_buffer(64)
MASK = ctypes.create_string_buffer(8)  # a set of signals: none
TIMER = call("timerfd_create", 1, 0)
WATCHES = call("inotify_init1", 0)
WATCH = call("inotify_add_watch", WATCHES, b"/", 2)
RING = call("io_uring_setup", 2, ctypes.create_string_buffer(120))
READER, WRITER = os.pipe()
READER_2, WRITER_2 = os.pipe()
os.write(WRITER, b"x" * 64)
PIPE = b"<p>pipe:[%d]"
PIPE_TEXT = PIPE % os.fstat(READER).st_ino
WRITER_2_TEXT = PIPE % os.fstat(WRITER_2).st_ino
PIECE_OF = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(BUFFER), 2))
UNIX, PEER = socket.socketpair(socket.AF_UNIX)
LENGTH = ctypes.create_string_buffer(struct.pack("i", 64))
SOURCE = os.memfd_create("source")
os.write(SOURCE, b"abcdef")
os.lseek(SOURCE, 0, os.SEEK_SET)
COPY = os.memfd_create("copy")
ATTRIBUTES = ctypes.create_string_buffer(struct.pack("II", 1, 64) + bytes(56))  # of a software event: a clock
CLOEXEC = 0o2000000
BAD = {"res": b"EBADF", "fd": b"9999"}
INVALID = -errno.EINVAL
CASES: list[Case] = [
    ("eventfd", (7,), {"res": b"<e>[eventfd]", "initval": b"7"}, FRESH),
    (
        *("eventfd2", (3, 1 | CLOEXEC)),
        {"res": b"<e>[eventfd]", "flags": b"EFD_SEMAPHORE|O_CLOEXEC", "initval": b"3"},
        FRESH,
    ),
    ("eventfd2", (4, 64), {"res": b"EINVAL", "flags": b"64", "initval": b"4"}, INVALID),
    ("signalfd", (-1, MASK, 8), {"res": b"<s>[signalfd]", "fd": b"EPERM"}, FRESH),
    ("signalfd", (9999, MASK, 8), BAD, -errno.EBADF),
    (
        *("signalfd4", (-1, MASK, 8, CLOEXEC)),
        {"res": b"<s>[signalfd]", "flags": b"O_CLOEXEC", "fd": b"EPERM"},
        FRESH,
    ),
    ("signalfd4", (9999, MASK, 8, 0), {**BAD, "flags": b"O_NONE"}, -errno.EBADF),
    (
        *("timerfd_create", (1, CLOEXEC)),
        {"res": b"<t>[timerfd]", "clockid": b"1", "flags": b"O_CLOEXEC"},
        FRESH,
    ),
    ("timerfd_create", (-99, 0), {"res": b"EINVAL", "clockid": b"-99", "flags": b"O_NONE"}, INVALID),
    (
        *("timerfd_settime", (TIMER, 1, bytes(32), None)),
        {"res": b"0", "fd": b"<t>[timerfd]", "flags": b"TFD_TIMER_ABSTIME"},
        0,
    ),
    ("timerfd_settime", (9999, 0, bytes(32), None), {**BAD, "flags": b"0"}, -errno.EBADF),
    ("timerfd_gettime", (TIMER, BUFFER), {"res": b"0", "fd": b"<t>[timerfd]"}, 0),
    ("timerfd_gettime", (NULL, BUFFER), {"res": b"EINVAL", "fd": NULL_TEXT}, INVALID),
    ("epoll_create", (9,), {"res": NEW, "size": b"9"}, FRESH),
    ("epoll_create", (0,), {"res": b"EINVAL", "size": b"0"}, INVALID),
    ("epoll_create1", (CLOEXEC,), {"res": NEW, "flags": b"EPOLL_CLOEXEC"}, FRESH),
    ("epoll_create1", (1,), {"res": b"EINVAL", "flags": b"1"}, INVALID),
    ("inotify_rm_watch", (WATCHES, WATCH), {"res": b"0", "fd": b"<i>inotify"}, 0),
    ("inotify_rm_watch", (WATCHES, 99), {"res": b"EINVAL", "fd": b"<i>inotify"}, INVALID),
    (
        *("fanotify_init", (0x201, 0)),
        {"res": b"<o>[fanotify]", "flags": b"FAN_CLOEXEC|FAN_REPORT_FID"},
        FRESH,
    ),
    (
        *("fanotify_init", (0xC, 0)),
        {"res": b"EINVAL", "flags": b"FAN_CLASS_CONTENT|FAN_CLASS_PRE_CONTENT"},
        INVALID,
    ),
    (
        *("perf_event_open", (ATTRIBUTES, 0, -1, -1, 8)),
        {"res": b"<o>[perf_event]", "pid": b"0", "cpu": b"-1", "flags": b"PERF_FLAG_FD_CLOEXEC"},
        FRESH,
    ),
    (
        *("perf_event_open", (ATTRIBUTES, -1, -1, -1, 0)),
        {"res": b"EINVAL", "pid": b"-1", "cpu": b"-1", "flags": b"0"},
        INVALID,
    ),
    (
        *("io_uring_register", (RING, 9, None, 0)),
        {
            "res": b"1",
            "fd": b"<r>[io_uring]",
            "opcode": b"IORING_REGISTER_PERSONALITY",
            "arg": b"0",
            "nr_args": b"0",
        },
        1,
    ),
    (
        *("io_uring_register", (9999, 9999, 16, 3)),
        {"res": b"EINVAL", "fd": b"9999", "opcode": b"9999", "arg": b"10", "nr_args": b"3"},
        INVALID,
    ),
    (
        *("close_range", (9000, 9001, 4)),
        {"res": b"0", "first": b"9000", "last": b"9001", "flags": b"CLOSE_RANGE_CLOEXEC"},
        0,
    ),
    (
        "close_range",
        (9001, -1, 1),
        {"res": b"EINVAL", "first": b"9001", "last": b"-1", "flags": b"1"},
        INVALID,
    ),
    (
        *("getsockopt", (UNIX.fileno(), 1, 3, BUFFER, LENGTH)),
        {
            "res": b"0",
            "fd": b"<u>",
            "level": b"SOL_SOCKET",
            "optname": b"SO_TYPE",
            "val": b"1",
            "optlen": b"4",
        },
        0,
    ),
    (
        *("getsockopt", (NULL, 6, 2, b"ab", struct.pack("i", 2))),
        {
            "res": b"ENOTSOCK",
            "fd": NULL_TEXT,
            "level": b"SOL_TCP",
            "optname": b"2",
            "val": b"ab",
            "optlen": b"2",
        },
        -errno.ENOTSOCK,
    ),
    (
        *("getsockopt", (NULL, 6, 11, b"a" * 200, struct.pack("i", 200))),
        {
            "res": b"ENOTSOCK",
            "fd": NULL_TEXT,
            "level": b"SOL_TCP",
            "optname": b"11",
            "val": b"a" * 110,
            "optlen": b"200",
        },
        -errno.ENOTSOCK,
    ),
    ("getsockname", (UNIX.fileno(), BUFFER, LENGTH), {"res": b"0", "fd": b"<u>"}, 0),
    ("getsockname", (9999, BUFFER, LENGTH), BAD, -errno.EBADF),
    ("getpeername", (UNIX.fileno(), BUFFER, LENGTH), {"res": b"0", "fd": b"<u>"}, 0),
    ("getpeername", (NULL, BUFFER, LENGTH), {"res": b"ENOTSOCK", "fd": NULL_TEXT}, -errno.ENOTSOCK),
    (
        *("tee", (READER, WRITER_2, 1, 2)),
        {
            "res": b"1",
            "fd_in": PIPE_TEXT,
            "fd_out": b"%d" % WRITER_2,
            "size": b"1",
            "flags": b"SPLICE_F_NONBLOCK",
        },
        1,
    ),
    (
        *("tee", (NULL, NULL, 1, 0)),
        {"res": b"EINVAL", "fd_in": NULL_TEXT, "fd_out": N, "size": b"1", "flags": b"0"},
        INVALID,
    ),
    (
        *("vmsplice", (WRITER_2, PIECE_OF, 1, 2)),
        {"res": b"2", "fd": WRITER_2_TEXT, "flags": b"SPLICE_F_NONBLOCK"},
        2,
    ),
    ("vmsplice", (9999, PIECE_OF, 1, 0), {**BAD, "flags": b"0"}, -errno.EBADF),
    (
        *("copy_file_range", (SOURCE, None, COPY, None, 3, 0)),
        {
            "res": b"3",
            "fdout": b"<m>memfd:copy",
            "offout": b"0",
            "fdin": b"%d" % SOURCE,
            "offin": b"0",
            "len": b"3",
            "flags": b"0",
        },
        3,
    ),
    (
        *("copy_file_range", (9999, 7, NULL, 8, 5, 1)),
        {
            "res": b"EBADF",
            "fdout": NULL_TEXT,
            "offout": b"8",
            "fdin": b"9999",
            "offin": b"7",
            "len": b"5",
            "flags": b"1",
        },
        -errno.EBADF,
    ),
]


@pytest.mark.parametrize("case", [case for case in CASES if here(case[0])], ids=name_of)
def test_a_call_is_recorded_with_every_parameter(watch: Watch, case: Case) -> None:
    judged(watch, case)


def test_a_registered_ring_is_no_descriptor(watch: Watch) -> None:
    """Its number is that of another file, which is not shown."""

    def work() -> None:
        os.dup2(NULL, 0)
        call("io_uring_register", 0, 1 << 31 | 9, None, 0)
        call("io_uring_register", 0, 9, None, 0)

    other, none = watch.of(work, "io_uring_register")
    assert (other.fd, other.arguments["fd"], other.raw_arguments["fd"]) == (None, b"0", 0)
    assert none.fd is not None
    assert none.arguments["fd"] == NULL_TEXT
    assert other.arguments["opcode"] == none.arguments["opcode"] == b"IORING_REGISTER_PERSONALITY"


def test_a_file_system_is_watched_with_fanotify(watch: Watch, tmp_path: pathlib.Path) -> None:
    folder = os.open(tmp_path, os.O_PATH)
    group = call("fanotify_init", 4, 0)
    (tmp_path / "file").touch()

    def work() -> None:
        call("fanotify_mark", group, 1, 0x10020, folder, b"file")
        call("fanotify_mark", group, 2, 2, AT_FDCWD, b"/none")

    worked, failed = watch.of(work, "fanotify_mark")
    group_text = {"fd": b"<o>[fanotify]"}
    assert dict(worked.arguments) == {
        "res": b"0",
        **group_text,
        "path": os.fsencode(tmp_path / "file"),
        "dirfd": b"%d" % folder,
        "flags": b"FAN_MARK_ADD",
        "mask": b"FAN_OPEN|FAN_OPEN_PERM",
    }
    assert dict(failed.arguments) == {
        "res": b"ENOENT",
        **group_text,
        "path": b"/none",
        "dirfd": b"AT_FDCWD",
        "flags": b"FAN_MARK_REMOVE",
        "mask": b"FAN_MODIFY",
    }

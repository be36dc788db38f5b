# SPDX-License-Identifier: Apache-2.0
"""Calls that every program makes all the time, wanted by name: reads and writes, mappings, closes, ioctls.
Done for real, success and failure, every parameter compared.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct

import pytest

from lanner_engine.fields.tables.event_names import HOT
from tests.kernel.calling import call, here
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

NULL = os.open("/dev/null", os.O_RDWR)
NULL_TEXT = b"<f>/dev/null"
ZERO = os.open("/dev/zero", os.O_RDONLY)
ZERO_TEXT = b"<f>/dev/zero"
FILE = os.memfd_create("letters")
FILE_TEXT = b"<m>memfd:letters"
os.write(FILE, b"abcdef")
CLOSED = os.dup(NULL)
READER, WRITER = os.pipe()
READER_TEXT = b"<p>pipe:[%d]" % os.fstat(READER).st_ino
BUFFER = ctypes.create_string_buffer(16)
BUFFER_TEXT = b"%X" % ctypes.addressof(BUFFER)
PIECE = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(BUFFER), 2))
PAGES = mmap.mmap(-1, 2 * mmap.PAGESIZE)
PAGE = ctypes.addressof(ctypes.c_char.from_buffer(PAGES))
PAGE_TEXT = b"%X" % PAGE
SIZE = mmap.PAGESIZE
SIZE_TEXT = b"%d" % SIZE
BAD = {"res": b"EBADF", "fd": b"9999"}
PAGE_2_TEXT = b"%X" % (PAGE + SIZE)
EPOLL = call("epoll_create1", 0)
EVENT = ctypes.create_string_buffer(struct.pack("IQ", 1, 0))
RING = call("io_uring_setup", 2, ctypes.create_string_buffer(120))
NO_TIME = ctypes.create_string_buffer(16)
ETC, PROC, ROOT = (os.open(path, os.O_RDONLY) for path in ("/etc", "/proc", "/"))
NO_FILE = {"res": b"ENOENT", "dirfd": b"AT_FDCWD", "path": b"/none"}
NO_ROOM = {"res": b"EINVAL", "maxevents": b"-7"}
BAD_COUNT = {"res": b"EINVAL", "nfds": b"-1"}
ROOM = ctypes.create_string_buffer(8192)
END = os.open("/", os.O_RDONLY)  # where nothing is left to be read
while call("getdents64", END, ROOM, 8192) > 0:
    pass
TIOCSTI, FIONREAD = 0x5412, 0x541B
UNASKED = {"vm_size": b"0", "vm_rss": b"0", "vm_swap": b"0"}  # no rule reads them
MAPPED = {**UNASKED, "addr": PAGE_TEXT, "length": SIZE_TEXT}
FIXED_FILE = b"MAP_PRIVATE|MAP_FIXED"
FIXED_NONE = b"MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS"
Case = tuple[str, tuple[object, ...], dict[str, bytes], int]
CASES: list[Case] = [
    ("read", (ZERO, BUFFER, 4), {"res": b"4", "data": b"....", "fd": ZERO_TEXT, "size": b"4"}, 4),
    ("read", (9999, BUFFER, 4), {**BAD, "data": b"", "size": b"4"}, -errno.EBADF),
    (
        *("pread", (FILE, BUFFER, 3, 1)),
        {"res": b"3", "data": b"bcd", "fd": FILE_TEXT, "size": b"3", "pos": b"1"},
        3,
    ),
    (
        *("pread", (FILE, BUFFER, 3, -1)),
        {"res": b"EINVAL", "data": b"", "fd": FILE_TEXT, "size": b"3", "pos": b"-1"},
        -errno.EINVAL,
    ),
    ("readv", (ZERO, PIECE, 1), {"res": b"2", "fd": ZERO_TEXT}, 2),
    ("readv", (9999, PIECE, 1), BAD, -errno.EBADF),
    ("write", (NULL, b"hello\n", 6), {"res": b"6", "data": b"hello.", "fd": NULL_TEXT, "size": b"6"}, 6),
    ("write", (9999, b"in vain", 7), {**BAD, "data": b"in vain", "size": b"7"}, -errno.EBADF),
    (
        *("pwrite", (FILE, b"xy", 2, 100)),
        {"res": b"2", "data": b"xy", "fd": FILE_TEXT, "size": b"2", "pos": b"100"},
        2,
    ),
    ("pwrite", (9999, b"xy", 2, 7), {**BAD, "data": b"xy", "size": b"2", "pos": b"7"}, -errno.EBADF),
    ("writev", (NULL, PIECE, 1), {"res": b"2", "fd": NULL_TEXT}, 2),
    ("writev", (9999, PIECE, 1), BAD, -errno.EBADF),
    (
        *("sendfile", (NULL, FILE, bytes(8), 4)),
        {"res": b"4", "out_fd": NULL_TEXT, "in_fd": b"%d" % FILE, "size": b"4"},
        4,
    ),
    (
        *("sendfile", (9999, FILE, None, 3)),
        {"res": b"EBADF", "out_fd": b"9999", "in_fd": b"%d" % FILE, "size": b"3"},
        -errno.EBADF,
    ),
    ("fcntl", (NULL, 0, 900), {"res": NULL_TEXT, "fd": NULL_TEXT, "cmd": b"F_DUPFD"}, 900),
    ("fcntl", (9999, 1030, 0), {**BAD, "cmd": b"F_DUPFD_CLOEXEC"}, -errno.EBADF),
    (
        *("epoll_ctl", (EPOLL, 1, READER, EVENT)),
        {"res": b"0", "epfd": b"<l>[eventpoll]", "op": b"EPOLL_CTL_ADD", "fd": b"%d" % READER},
        0,
    ),
    (
        *("epoll_ctl", (EPOLL, 2, WRITER, None)),
        {"res": b"ENOENT", "epfd": b"<l>[eventpoll]", "op": b"EPOLL_CTL_DEL", "fd": b"%d" % WRITER},
        -errno.ENOENT,
    ),
    ("close", (CLOSED,), {"res": b"0", "fd": b"%d" % CLOSED}, 0),
    ("close", (9999,), BAD, -errno.EBADF),
    (
        *("ioctl", (READER, FIONREAD, BUFFER)),
        {"res": b"0", "fd": READER_TEXT, "request": b"541B", "argument": BUFFER_TEXT},
        0,
    ),
    (
        *("ioctl", (NULL, TIOCSTI, 0)),
        {"res": b"ENOTTY", "fd": NULL_TEXT, "request": b"5412", "argument": b"0"},
        -errno.ENOTTY,
    ),
    (
        *("mmap", (PAGE, SIZE, 5, 0x12, FILE, 0)),
        {
            "res": b"%d" % PAGE,
            **MAPPED,
            "prot": b"PROT_READ|PROT_EXEC",
            "flags": FIXED_FILE,
            "fd": FILE_TEXT,
            "offset": b"0",
        },
        PAGE,
    ),
    (
        *("mmap", (PAGE, SIZE, 0, 0x32, -1, 0)),
        {
            "res": b"%d" % PAGE,
            **MAPPED,
            "prot": b"PROT_NONE",
            "flags": FIXED_NONE,
            "fd": b"EPERM",
            "offset": b"0",
        },
        PAGE,
    ),
    (
        *("mmap", (0, 0, 7, 0xB, NULL, 2 * SIZE)),
        {
            "res": b"EINVAL",
            **UNASKED,
            "addr": b"0",
            "length": b"0",
            "prot": b"PROT_READ|PROT_WRITE|PROT_EXEC",
            "flags": b"MAP_SHARED_VALIDATE|MAP_DROPPABLE",
            "fd": NULL_TEXT,
            "offset": b"%d" % (2 * SIZE),
        },
        -errno.EINVAL,
    ),
    (
        *("mprotect", (PAGE, SIZE, 7)),
        {
            "res": b"0",
            "addr": PAGE_TEXT,
            "length": SIZE_TEXT,
            "prot": b"PROT_READ|PROT_WRITE|PROT_EXEC",
        },
        0,
    ),
    (
        *("mprotect", (1, SIZE, 4)),
        {"res": b"EINVAL", "addr": b"1", "length": SIZE_TEXT, "prot": b"PROT_EXEC"},
        -errno.EINVAL,
    ),
    ("preadv", (FILE, PIECE, 1, 1), {"res": b"2", "fd": FILE_TEXT, "pos": b"1"}, 2),
    ("preadv", (9999, PIECE, 1, 3), {**BAD, "pos": b"3"}, -errno.EBADF),
    ("pwritev", (FILE, PIECE, 1, 50), {"res": b"2", "fd": FILE_TEXT, "pos": b"50"}, 2),
    ("pwritev", (9999, PIECE, 1, 3), {**BAD, "pos": b"3"}, -errno.EBADF),
    (
        "preadv2",
        (FILE, PIECE, 1, 1, 0, 1),
        {"res": b"2", "fd": FILE_TEXT, "pos": b"1", "flags": b"RWF_HIPRI"},
        2,
    ),
    ("preadv2", (9999, PIECE, 1, 3, 0, 0), {**BAD, "pos": b"3", "flags": b"0"}, -errno.EBADF),
    (
        *("pwritev2", (FILE, PIECE, 1, 60, 0, 6)),
        {"res": b"2", "fd": FILE_TEXT, "pos": b"60", "flags": b"RWF_DSYNC|RWF_SYNC"},
        2,
    ),
    ("pwritev2", (9999, PIECE, 1, 3, 0, 0), {**BAD, "pos": b"3", "flags": b"0"}, -errno.EBADF),
    ("lseek", (FILE, 4, 0), {"res": b"4", "fd": FILE_TEXT, "offset": b"4", "whence": b"SEEK_SET"}, 4),
    (
        *("lseek", (FILE, -1, 0)),
        {"res": b"EINVAL", "fd": FILE_TEXT, "offset": b"-1", "whence": b"SEEK_SET"},
        -errno.EINVAL,
    ),
    ("munmap", (PAGE + SIZE, SIZE), {"res": b"0", **UNASKED, "addr": PAGE_2_TEXT, "length": SIZE_TEXT}, 0),
    ("munmap", (1, SIZE), {"res": b"EINVAL", **UNASKED, "addr": b"1", "length": SIZE_TEXT}, -errno.EINVAL),
    (
        *("mremap", (PAGE, SIZE, SIZE, 1)),
        {"res": PAGE_TEXT, "addr": PAGE_TEXT, "length": SIZE_TEXT, "flags": b"MREMAP_MAYMOVE"},
        PAGE,
    ),
    (
        *("mremap", (1, SIZE, SIZE, 0)),
        {"res": b"EINVAL", "addr": b"1", "length": SIZE_TEXT, "flags": b"0"},
        -errno.EINVAL,
    ),
    ("madvise", (PAGE, SIZE, 3), {"res": b"0", "addr": PAGE_TEXT, "length": SIZE_TEXT, "advice": b"3"}, 0),
    (
        *("madvise", (PAGE, SIZE, 999)),
        {"res": b"EINVAL", "addr": PAGE_TEXT, "length": SIZE_TEXT, "advice": b"999"},
        -errno.EINVAL,
    ),
    ("epoll_wait", (EPOLL, BUFFER, 1, 0), {"res": b"0", "maxevents": b"1"}, 0),
    ("epoll_wait", (EPOLL, BUFFER, -7, 0), NO_ROOM, -errno.EINVAL),
    ("epoll_pwait", (EPOLL, BUFFER, 1, 0, None, 8), {"res": b"0", "maxevents": b"1"}, 0),
    ("epoll_pwait", (EPOLL, BUFFER, -7, 0, None, 8), NO_ROOM, -errno.EINVAL),
    ("epoll_pwait2", (EPOLL, BUFFER, 1, NO_TIME, None, 8), {"res": b"0", "maxevents": b"1"}, 0),
    (
        "epoll_pwait2",
        (EPOLL, BUFFER, -7, NO_TIME, None, 8),
        {"res": b"EINVAL", "maxevents": b"-7"},
        -errno.EINVAL,
    ),
    ("poll", (None, 0, 1), {"res": b"0", "timeout": b"1", "nfds": b"0"}, 0),
    ("poll", (None, 1, -1), {"res": b"EFAULT", "timeout": b"-1", "nfds": b"1"}, -errno.EFAULT),
    ("ppoll", (None, 0, NO_TIME, None, 8), {"res": b"0", "nfds": b"0"}, 0),
    ("ppoll", (None, 3, NO_TIME, None, 8), {"res": b"EFAULT", "nfds": b"3"}, -errno.EFAULT),
    ("select", (0, None, None, None, NO_TIME), {"res": b"0", "nfds": b"0"}, 0),
    ("select", (-1, None, None, None, NO_TIME), BAD_COUNT, -errno.EINVAL),
    ("pselect6", (0, None, None, None, NO_TIME, None), {"res": b"0", "nfds": b"0"}, 0),
    (
        "pselect6",
        (-1, None, None, None, NO_TIME, None),
        {"res": b"EINVAL", "nfds": b"-1"},
        -errno.EINVAL,
    ),
    (
        *("futex", (BUFFER, 129, 5)),
        {"res": b"0", "addr": BUFFER_TEXT, "op": b"FUTEX_WAKE_PRIVATE", "val": b"5"},
        0,
    ),
    (
        *("futex", (1, 0x109, 2, None, None, -1)),
        {"res": b"EINVAL", "addr": b"1", "op": b"FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME", "val": b"2"},
        -errno.EINVAL,
    ),
    ("access", (b"/etc/./passwd", 4), {"res": b"0", "name": b"/etc/./passwd", "mode": b"R_OK"}, 0),
    (
        "access",
        (b"/n/..", 3),
        {"res": b"ENOENT", "name": b"/n/..", "mode": b"W_OK|X_OK"},
        -errno.ENOENT,
    ),
    (
        *("faccessat", (ETC, b"../etc/passwd", 0)),
        {"res": b"0", "dirfd": b"<d>/etc", "path": b"/etc/passwd", "mode": b"F_OK"},
        0,
    ),
    ("faccessat", (-100, b"/none", 4), {**NO_FILE, "mode": b"R_OK"}, -errno.ENOENT),
    (
        *("faccessat2", (ETC, b"passwd", 4, 0x200)),
        {"res": b"0", "dirfd": b"<d>/etc", "path": b"/etc/passwd", "mode": b"R_OK", "flags": b"AT_EACCESS"},
        0,
    ),
    ("faccessat2", (-100, b"/none", 4, 0), {**NO_FILE, "mode": b"R_OK", "flags": b"0"}, -errno.ENOENT),
    ("readlink", (b"/proc/self", BUFFER, 1), {"res": b"1", "path": b"/proc/self"}, 1),
    ("readlink", (b"/none", BUFFER, 9), {"res": b"ENOENT", "path": b"/none"}, -errno.ENOENT),
    (
        *("readlinkat", (PROC, b"self", BUFFER, 1)),
        {"res": b"1", "dirfd": b"<d>/proc", "path": b"/proc/self"},
        1,
    ),
    ("readlinkat", (-100, b"/none", BUFFER, 9), NO_FILE, -errno.ENOENT),
    ("getdents", (ROOT, BUFFER, 16), {"res": b"EINVAL", "fd": b"<d>/"}, -errno.EINVAL),
    ("getdents", (END, ROOM, 8192), {"res": b"0", "fd": b"<d>/"}, 0),
    ("getdents64", (ROOT, BUFFER, 16), {"res": b"EINVAL", "fd": b"<d>/"}, -errno.EINVAL),
    ("getdents64", (END, ROOM, 8192), {"res": b"0", "fd": b"<d>/"}, 0),
    (
        *("io_uring_enter", (RING, 0, 0, 1)),
        {
            "res": b"0",
            "fd": b"<r>[io_uring]",
            "to_submit": b"0",
            "min_complete": b"0",
            "flags": b"IORING_ENTER_GETEVENTS",
        },
        0,
    ),
    (
        *("io_uring_enter", (9999, 2, 3, 0)),
        {**BAD, "to_submit": b"2", "min_complete": b"3", "flags": b"0"},
        -errno.EBADF,
    ),
]


def name_of(case: Case) -> str:
    return f"{case[0]}-{'worked' if case[3] >= 0 else 'failed'}-{len(case[2])}"


@pytest.mark.parametrize("case", [case for case in CASES if here(case[0])], ids=name_of)
def test_a_hot_call_is_recorded_with_every_parameter(watch: Watch, case: Case) -> None:
    """What Python does by itself in between is recorded too."""
    name, arguments, texts, result = case
    with watch.wanting(name):
        events = watch.of(lambda: (call(name, *arguments), None)[1], name)  # type: ignore[arg-type]
    (event,) = [event for event in events if list(event.arguments.values()) == list(texts.values())] or events
    assert dict(event.arguments) == texts
    assert event.result == result


def test_every_hot_call_is_here() -> None:
    assert {name for name, *_ in CASES} == HOT - {
        "mmap2",
        "brk",
    }  # of 32-bit programs only, and one that has no errors


def test_where_the_heap_ends_is_recorded(watch: Watch) -> None:
    with watch.wanting("brk"):
        events = watch.of(lambda: (call("brk", 7), None)[1], "brk")
    (event,) = [event for event in events if event.raw_arguments["addr"] == 7]
    assert event.result is not None
    assert event.result > 7
    assert dict(event.arguments) == {"res": b"%X" % event.result, **UNASKED, "addr": b"7"}


def test_how_much_memory_a_process_has_is_recorded_where_a_rule_asks(watch: Watch) -> None:
    def work() -> None:
        call("mmap", 0, 64 << 20, 3, 0x22, -1, 0)

    with watch.wanting("mmap", fields={"mmap": frozenset({"evt.arg.vm_size"})}):
        (event,) = [one for one in watch.of(work, "mmap") if one.raw_arguments["length"] == 64 << 20]
    size, resident = (event.raw_arguments[name] for name in ("vm_size", "vm_rss"))
    assert isinstance(size, int)
    assert isinstance(resident, int)
    assert size > 64 << 10
    assert resident > 0
    assert event.arguments["vm_size"] == b"%d" % size


def test_the_index_of_a_ring_is_no_descriptor(watch: Watch) -> None:
    """Standard input has the same number."""
    with watch.wanting("io_uring_enter"):
        events = watch.of(lambda: (call("io_uring_enter", 0, 1, 0, 16, None, 0), None)[1], "io_uring_enter")
    (event,) = events
    assert event.fd is None
    assert event.result in (-errno.EINVAL, -errno.EBADF)
    assert event.arguments["fd"] == b"0"
    assert event.arguments["flags"] == b"IORING_ENTER_REGISTERED_RING"


def test_a_descriptor_that_is_closed_is_a_number(watch: Watch) -> None:
    with watch.wanting("close"):
        events = watch.of(lambda: (call("close", CLOSED), None)[1], "close")
    (event,) = [event for event in events if event.raw_arguments["fd"] == CLOSED]
    assert event.fd is None


def test_what_a_write_moves_is_its_buffer(watch: Watch) -> None:
    with watch.wanting("write"):
        events = watch.of(lambda: (call("write", NULL, b"x" * 5000, 5000), None)[1], "write")
    event = events[-1]
    assert event.result == 5000
    assert event.raw_arguments["data"] == b"x" * len(event.arguments["data"])
    assert 80 <= len(event.arguments["data"]) < 5000

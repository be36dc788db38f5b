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
READER, _ = os.pipe()
READER_TEXT = b"<p>pipe:[%d]" % os.fstat(READER).st_ino
BUFFER = ctypes.create_string_buffer(16)
BUFFER_TEXT = b"%X" % ctypes.addressof(BUFFER)
PIECE = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(BUFFER), 2))
PAGES = mmap.mmap(-1, 2 * mmap.PAGESIZE)
PAGE = ctypes.addressof(ctypes.c_char.from_buffer(PAGES))
PAGE_TEXT = b"%X" % PAGE
SIZE = mmap.PAGESIZE
SIZE_TEXT = b"%d" % SIZE
LAST = b"%d" % (2**64 - 1)
BAD = {"res": b"EBADF", "fd": b"9999"}
TIOCSTI, FIONREAD = 0x5412, 0x541B
MAPPED = {"addr": PAGE_TEXT, "length": SIZE_TEXT, "offset": b"0"}
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
        {"res": b"EINVAL", "data": b"", "fd": FILE_TEXT, "size": b"3", "pos": LAST},
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
            "res": PAGE_TEXT,
            **MAPPED,
            "prot": b"PROT_READ|PROT_EXEC",
            "flags": FIXED_FILE,
            "fd": FILE_TEXT,
        },
        PAGE,
    ),
    (
        *("mmap", (PAGE, SIZE, 0, 0x32, -1, 0)),
        {"res": PAGE_TEXT, **MAPPED, "prot": b"PROT_NONE", "flags": FIXED_NONE, "fd": b"-1"},
        PAGE,
    ),
    (
        *("mmap", (0, 0, 7, 1, NULL, 2 * SIZE)),
        {
            "res": b"EINVAL",
            "addr": b"0",
            "length": b"0",
            "prot": b"PROT_READ|PROT_WRITE|PROT_EXEC",
            "flags": b"MAP_SHARED",
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
    assert {name for name, *_ in CASES} == HOT - {"mmap2"}  # of 32-bit programs only


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

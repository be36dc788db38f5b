# SPDX-License-Identifier: Apache-2.0
"""A file opened by its handle, without any name: the kernel says which file it was."""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import platform
import struct
from collections.abc import Callable

import pytest

from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

LIBC = ctypes.CDLL(None, use_errno=True)
TO_HANDLE, BY_HANDLE = {"x86_64": (303, 304), "aarch64": (264, 265)}[platform.machine()]
HANDLE_BYTES = 128
MOUNT = 99  # the descriptor of the file system


def handle_of(path: bytes) -> ctypes.Array[ctypes.c_char]:
    """struct file_handle of name_to_handle_at(2)."""
    handle = ctypes.create_string_buffer(struct.pack("=Ii", HANDLE_BYTES, 0), 8 + HANDLE_BYTES)
    mount = ctypes.c_int()
    assert LIBC.syscall(TO_HANDLE, AT_FDCWD, path, handle, ctypes.byref(mount), 0) == 0, ctypes.get_errno()
    return handle


def by_handle(path: pathlib.Path, flags: int) -> Callable[[], None]:
    handle = handle_of(os.fsencode(path))

    def work() -> None:
        os.dup2(os.open(path.parent, os.O_RDONLY), MOUNT)
        LIBC.syscall(BY_HANDLE, MOUNT, handle, flags)

    return work


def test_the_file_is_named_and_the_flags_are_answered(watch: Watch, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "na\udcffmed"
    path.write_text("content")
    stat = path.stat()
    (event,) = watch.of(by_handle(path, os.O_RDWR | os.O_APPEND), "open_by_handle_at")
    assert event.fd is not None
    assert event.result == event.fd.num >= 3
    assert (event.fd.name, event.fd.nameraw) == (os.fsencode(path), None)
    assert (event.fd.typechar, event.fd.type, event.fd.ino) == (b"f", b"file", stat.st_ino)
    assert (event.open_read, event.open_write, event.open_create, event.open_exec) == (
        *(True, True),
        *(False, False),
    )
    assert dict(event.arguments) == {
        "fd": b"<f>" + os.fsencode(path),
        "mountfd": b"%d" % MOUNT,
        "flags": b"O_APPEND|O_RDWR",
        "path": os.fsencode(path),
        "dev": b"%X" % (event.fd.dev or 0),
        "ino": b"%d" % stat.st_ino,
    }


def test_one_that_fails_names_nothing(watch: Watch, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "gone"
    path.touch()
    work = by_handle(path, os.O_RDONLY)
    path.unlink()
    (event,) = watch.of(work, "open_by_handle_at")
    assert event.fd is not None
    assert (event.result, event.fd.num) == (-errno.ESTALE, -1)
    assert event.fd.name is None
    assert event.arguments["fd"] == b"ESTALE"
    assert event.arguments["path"] == b""

# SPDX-License-Identifier: Apache-2.0
"""Opens of every kind: the resolved path from the opened file, the path as given, flags, mode, result."""

from __future__ import annotations

import ctypes
import os
import pathlib
import platform
import struct

import pytest

from lanner_engine.fields import model
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

LIBC = ctypes.CDLL(None, use_errno=True)
OPENAT2 = 437


def read_open(path: str | bytes) -> None:
    os.open(path, os.O_RDONLY)


def only(events: list[model.Event], raw: bytes) -> model.Event:
    found = [e for e in events if e.fd is not None and e.fd.nameraw == raw]
    assert len(found) == 1, [e.fd and e.fd.nameraw for e in events]
    return found[0]


def test_an_absolute_path(watch: Watch) -> None:
    event = only(watch.of(lambda: read_open("/etc/hostname")), b"/etc/hostname")
    stat = pathlib.Path("/etc/hostname").stat()
    assert event.type == "openat"
    assert event.fd is not None
    assert event.result == event.fd.num >= 3
    assert (event.fd.name, event.fd.typechar, event.fd.type) == (b"/etc/hostname", b"f", b"file")
    assert event.fd.ino == stat.st_ino
    assert (event.fd.dev_major, event.fd.dev_minor) == (os.major(stat.st_dev), os.minor(stat.st_dev))
    assert (event.open_read, event.open_write, event.open_create, event.open_exec) == (
        True,
        False,
        False,
        False,
    )
    assert event.arguments["flags"] == b"O_RDONLY|O_CLOEXEC"


@pytest.mark.parametrize("case", ["relative", "dirfd", "symlink", "dots"])
def test_whatever_the_path_the_file_has_its_name(watch: Watch, tmp_path: pathlib.Path, case: str) -> None:
    (tmp_path / "link").symlink_to("/usr/../etc/hostname")
    raw = {"relative": "hostname", "dirfd": "hostname", "symlink": "link", "dots": "../etc/./hostname"}[case]

    def work() -> None:
        os.chdir(tmp_path if case == "symlink" else "/etc")
        if case == "dirfd":
            os.chdir("/")
            directory = os.open("/etc", os.O_PATH)
            os.open(raw, os.O_RDONLY, dir_fd=directory)
        else:
            os.open(raw, os.O_RDONLY)

    event = only(watch.of(work), raw.encode())
    assert event.fd is not None
    assert event.fd.name == b"/etc/hostname"


def test_a_created_file(watch: Watch, tmp_path: pathlib.Path) -> None:
    path = os.fsencode(tmp_path / "made")

    def work() -> None:
        os.umask(0)
        os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_TRUNC, 0o750)

    event = only(watch.of(work), path)
    assert (event.open_read, event.open_write, event.open_create, event.open_exec) == (True, True, True, True)
    assert event.arguments["mode"] == b"0750"
    assert set(event.arguments["flags"].split(b"|")) == {
        *(b"O_RDWR", b"O_CREAT", b"O_EXCL", b"O_TRUNC", b"O_CLOEXEC", b"O_F_CREATED")
    }


@pytest.mark.parametrize(("flags", "typechar"), [(0, b"f"), (os.O_DIRECTORY, b"d")])
def test_a_directory(watch: Watch, flags: int, typechar: bytes) -> None:
    event = only(watch.of(lambda: os.close(os.open("/etc/", os.O_RDONLY | flags))), b"/etc/")
    assert event.fd is not None
    assert (event.fd.name, event.fd.typechar) == (b"/etc", typechar)


@pytest.mark.parametrize("raw", [b"/nowhere/../nowhere/x", b"no\xffwhere/./x"])
def test_a_failed_open_has_the_path_that_was_meant(watch: Watch, raw: bytes) -> None:
    def work() -> None:
        os.chdir("/usr/lib")
        try:
            os.open(raw, os.O_WRONLY)
        except FileNotFoundError:
            os._exit(0)

    event = only(watch.of(work), raw)
    assert event.fd is not None
    assert (event.result, event.fd.num) == (-2, -1)
    assert event.fd.name == (b"/nowhere/x" if raw.startswith(b"/") else b"/usr/lib/no\xffwhere/x")
    assert event.open_write is True


def test_the_other_calls_of_the_family(watch: Watch, tmp_path: pathlib.Path) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("open and creat exist on x86-64 only")
    made = os.fsencode(tmp_path / "made")
    how = struct.pack("QQQ", os.O_RDONLY, 0, 0x10)

    def work() -> None:
        LIBC.syscall(2, b"/etc/hosts", os.O_RDONLY, 0)
        LIBC.syscall(85, made, 0o600)
        LIBC.syscall(OPENAT2, os.open("/etc", os.O_PATH), b"hostname", how, len(how))

    events = watch.of(work)
    first, second, third = only(events, b"/etc/hosts"), only(events, made), only(events, b"hostname")
    assert [e.type for e in (first, second, third)] == ["open", "creat", "openat2"]
    assert (second.open_write, second.open_create) == (True, True)
    assert third.fd is not None
    assert third.fd.name == b"/etc/hostname"


def test_a_path_deeper_than_a_hundred_folders(watch: Watch, tmp_path: pathlib.Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    raw = os.fsencode(deep)
    event = only(watch.of(lambda: read_open(raw)), raw)
    assert event.fd is not None
    assert event.fd.name == raw


def test_a_path_is_seen_from_the_root_of_its_process(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "inside").write_text("x")

    def work() -> None:
        os.chroot(tmp_path)
        os.open("/inside", os.O_RDONLY)

    event = only(watch.of(work), b"/inside")
    assert event.fd is not None
    assert event.fd.name == b"/inside"


def test_the_agents_own_opens_are_not_reported(watch: Watch) -> None:
    os.close(os.open("/etc/hostname", os.O_RDONLY))
    assert watch.events(os.getpid()) == []

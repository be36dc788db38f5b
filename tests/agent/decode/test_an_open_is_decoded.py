# SPDX-License-Identifier: Apache-2.0
"""An open's descriptor, its parameters, and what it asked for."""

from __future__ import annotations

import os
import stat

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.kernel.record_layout import FileFlag
from lanner_engine.fields.readers import descriptor_facts
from tests.agent.decode import records

KNOWN = FileFlag.KNOWN


def opened(event: str = "openat", result: int = 3, **facts: int | bytes) -> Event:
    builder = records.Builder(event, result=result).union(records.OPEN, **facts)
    return decode(builder.bytes(), records.session())


def test_a_file_has_its_path_number_and_place() -> None:
    event = opened(
        file_flags=KNOWN | FileFlag.UPPER_LAYER,
        file_mode=stat.S_IFREG | 0o644,
        path=b"/etc/shadow",
        raw=b"../etc/shadow",
        ino=77,
        dev=259 << 20 | 300,
    )
    fd = event.fd
    assert fd is not None
    assert (fd.num, fd.name, fd.nameraw, fd.ino) == (3, b"/etc/shadow", b"../etc/shadow", 77)
    assert (fd.typechar, fd.type) == (b"f", b"file")
    assert (fd.dev_major, fd.dev_minor) == (259, 300)
    assert fd.dev == 300 & 0xFF | 259 << 8 | (300 & ~0xFF) << 12
    assert (fd.upper_layer, fd.lower_layer) == (True, False)
    assert event.arguments["fd"] == b"<f>/etc/shadow"


@pytest.mark.parametrize(
    ("mode", "typechar"),
    [
        (stat.S_IFDIR, b"f"),
        (stat.S_IFIFO, b"p"),
        (stat.S_IFSOCK, b"u"),
        (stat.S_IFBLK, b"f"),
        (stat.S_IFCHR, b"f"),
        (stat.S_IFLNK, b"o"),
        (0, b"o"),
    ],
)
def test_the_kind_is_the_files(mode: int, typechar: bytes) -> None:
    fd = opened(file_flags=KNOWN, file_mode=mode, path=b"/x").fd
    assert fd is not None
    assert fd.typechar == typechar
    assert (fd.type == b"<NA>") is (typechar == b"o")


def test_a_folder_is_a_directory_to_who_asks_for_one() -> None:
    asked, plain = (
        opened(flags=flags, file_flags=KNOWN, file_mode=stat.S_IFDIR, path=b"/etc/ssl").fd
        for flags in (os.O_DIRECTORY, 0)
    )
    assert asked is not None
    assert plain is not None
    assert (asked.typechar, asked.type) == (b"d", b"directory")
    assert (plain.typechar, plain.type) == (b"f", b"file")
    assert (descriptor_facts.directory(asked), descriptor_facts.directory(plain)) == (b"/etc/ssl", b"/etc")


def test_memory_without_a_path_is_a_memfd() -> None:
    fd = opened(file_flags=KNOWN | FileFlag.FROM_MEMFD, file_mode=stat.S_IFREG, path=b"memfd:x").fd
    assert fd is not None
    assert (fd.typechar, fd.type, fd.name) == (b"m", b"memfd", b"memfd:x")


@pytest.mark.parametrize(
    ("raw", "base", "name"),
    [
        (b"/a/../b", b"", b"/b"),
        (b"//a//./b/", b"", b"/a/b"),
        (b"/../../x", b"", b"/x"),
        (b"../x", b"/usr/lib", b"/usr/x"),
        (b"x", b"/", b"/x"),
        (b"no\xffwhere\n", b"/tmp", b"/tmp/no\xffwhere\n"),
        (b"x", b"", None),
        (b"", b"/tmp", None),
    ],
)
def test_a_failed_open_has_the_path_that_was_meant(raw: bytes, base: bytes, name: bytes | None) -> None:
    fd = opened(result=-2, raw=raw, base=base).fd
    assert fd is not None
    assert (fd.num, fd.name) == (-1, name)
    assert fd.dev is fd.dev_major is fd.dev_minor is fd.ino is fd.upper_layer is fd.lower_layer is None


@pytest.mark.parametrize(
    ("event", "typechar"), [("openat", b"f"), ("openat2", b"f"), ("open", b"o"), ("creat", b"f")]
)
def test_the_kind_of_a_failed_open_depends_on_the_call(event: str, typechar: bytes) -> None:
    fd = opened(event, result=-13, raw=b"/x").fd
    assert fd is not None
    assert (fd.typechar, fd.type) == (typechar, None)


def test_a_file_that_was_gone_at_once_still_has_a_path() -> None:
    fd = opened(result=5, raw=b"x", base=b"/tmp").fd
    assert fd is not None
    assert (fd.num, fd.name, fd.typechar, fd.ino) == (5, b"/tmp/x", b"f", None)


@pytest.mark.parametrize(
    ("flags", "read", "write"),
    [(os.O_RDONLY, True, False), (os.O_WRONLY, False, True), (os.O_RDWR, True, True), (3, False, False)],
)
def test_what_is_asked_for_counts_even_when_it_fails(flags: int, read: bool, write: bool) -> None:
    event = opened(result=-13, flags=flags, raw=b"/x")
    assert (event.open_read, event.open_write) == (read, write)


@pytest.mark.parametrize(
    ("flags", "mode", "executable"),
    [
        (os.O_CREAT, 0o755, True),
        (os.O_CREAT, 0o644, False),
        (os.O_RDONLY, 0o755, False),
        (os.O_TMPFILE, 0o700, True),
        (os.O_DIRECTORY, 0o700, False),
    ],
)
def test_an_open_that_makes_a_program(flags: int, mode: int, executable: bool) -> None:
    assert opened(flags=flags, mode=mode).open_exec is executable


@pytest.mark.parametrize(("result", "created"), [(3, True), (-2, False)])
def test_a_file_without_a_name_is_created(result: int, created: bool) -> None:
    assert opened(result=result, flags=os.O_TMPFILE | os.O_RDWR, raw=b"/tmp").open_create is created


@pytest.mark.parametrize(
    ("flags", "file_flags", "names"),
    [
        (os.O_RDONLY | os.O_CLOEXEC, 0, "O_RDONLY O_CLOEXEC"),
        (os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FileFlag.CREATED, "O_WRONLY O_CREAT O_TRUNC O_F_CREATED"),
        (os.O_RDWR | os.O_APPEND, FileFlag.UPPER_LAYER, "O_RDWR O_APPEND FD_UPPER_LAYER"),
        (os.O_DSYNC, FileFlag.LOWER_LAYER, "O_RDONLY O_DSYNC FD_LOWER_LAYER"),
        (os.O_SYNC, 0, "O_RDONLY O_DSYNC O_SYNC"),
        (os.O_TMPFILE | os.O_RDWR, 0, "O_RDWR O_DIRECTORY O_TMPFILE"),
        (os.O_DIRECTORY, 0, "O_RDONLY O_DIRECTORY"),
        (os.O_EXCL | os.O_NONBLOCK | os.O_DIRECT, 0, "O_RDONLY O_EXCL O_NONBLOCK O_DIRECT"),
        (3, 0, "0"),
    ],
)
def test_flags_have_their_names(flags: int, file_flags: int, names: str) -> None:
    shown = opened(flags=flags, file_flags=file_flags).arguments["flags"]
    assert set(shown.split(b"|")) == set(names.encode().split())


@pytest.mark.parametrize(
    ("flags", "file_flags", "number"),
    [
        (os.O_RDONLY | os.O_CLOEXEC, 0, 0x1001),
        (os.O_TMPFILE | os.O_WRONLY, 0, 0x2402),
        (os.O_RDONLY, FileFlag.CREATED, 0x4001),
        (os.O_RDONLY, FileFlag.UPPER_LAYER, 0x8001),
        (os.O_RDONLY, FileFlag.LOWER_LAYER, 0x10001),
    ],
)
def test_raw_flags_are_the_languages_numbers(flags: int, file_flags: int, number: int) -> None:
    assert opened(flags=flags, file_flags=file_flags).raw_arguments["flags"] == number


@pytest.mark.parametrize(
    ("event", "absolute"), [("open", ()), ("openat2", (b"/a/x",)), ("open_by_handle_at", (b"/a/x",))]
)
def test_an_open_in_a_folder_has_an_absolute_path(event: str, absolute: tuple[bytes, ...]) -> None:
    assert opened(event, file_flags=KNOWN, file_mode=stat.S_IFREG, path=b"/a/x").at_paths == absolute


def test_parameters_come_in_the_order_of_the_language() -> None:
    fd, rest = ["fd"], ["name", "flags", "mode"]
    assert list(opened("open").arguments) == [*fd, *rest, "dev", "ino"]
    assert list(opened("openat").arguments) == [*fd, "dirfd", *rest, "dev", "ino"]
    assert list(opened("openat2").arguments) == [*fd, "dirfd", *rest, "resolve", "dev", "ino"]
    assert list(opened("open_by_handle_at").arguments) == [*fd, "mountfd", "flags", "path", "dev", "ino"]
    assert list(opened("creat").arguments) == [*fd, "name", "mode", "dev", "ino", "creat_flags"]


def test_every_parameter_has_its_text() -> None:
    event = opened(
        "openat2",
        result=-2,
        dirfd=-100,
        raw=b"/x",
        flags=os.O_CREAT,
        mode=0o640,
        resolve=0x1,
    )
    assert dict(event.arguments) == {
        "fd": b"ENOENT",
        "dirfd": b"AT_FDCWD",
        "name": b"/x",
        "flags": b"O_CREAT|O_RDONLY",
        "mode": b"0640",
        "resolve": b"RESOLVE_NO_XDEV",
        "dev": b"0",
        "ino": b"0",
    }
    assert event.arguments.get("filename") is None
    assert opened(dirfd=7).arguments["dirfd"] == b"7"
    assert opened(mode=0o640).arguments["mode"] == b"0"


def test_the_kind_of_a_file_is_no_part_of_the_mode_that_is_asked_for() -> None:
    event = opened(flags=os.O_CREAT, mode=stat.S_IFREG | 0o644)
    assert (event.raw_arguments["mode"], event.arguments["mode"]) == (0o644, b"0644")

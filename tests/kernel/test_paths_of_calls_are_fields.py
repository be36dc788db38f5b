# SPDX-License-Identifier: Apache-2.0
"""fs.path.* and evt.abspath of calls that are done for real, in a folder that holds `file`, `folder/` and
`link`.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import struct
from dataclasses import dataclass

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from tests.kernel.calling import AT_FDCWD, call, here
from tests.kernel.conftest import Watch

FD, FILE = object(), object()
# nothing but the file's own path is given
BY_DESCRIPTOR = ("ftruncate", "fchmod", "fchown", "fsetxattr", "fgetxattr", "fchdir")
KEY = b"trusted.lanner"
BUFFER = ctypes.create_string_buffer(256)
HANDLE = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
WATCHES = call("inotify_init1", 0)
NAMES = ("name", "source", "target")


@dataclass(frozen=True)
class Case:
    """One call in the folder, and what fs.path.* are: `name="file"` stands for the absolute path and the
    same as given. `absolute`: evt.abspath and its .dst.
    """

    call: str
    arguments: tuple[object, ...]
    paths: dict[str, tuple[str, str]]
    absolute: tuple[str | None, str | None] = (None, None)

    def __str__(self) -> str:
        return self.call


def plain(**paths: str) -> dict[str, tuple[str, str]]:
    return {name: (path, path) for name, path in paths.items()}


CASES = [
    Case("unlink", (b"file",), plain(name="file")),
    Case("unlink", (b"no",), {}),
    Case("unlinkat", (FD, b"file", 0), plain(name="file"), ("file", "file")),
    Case("unlinkat", (FD, b"no", 0), {}, ("no", "no")),
    Case("rmdir", (b"./folder/",), {"name": ("folder", "./folder/")}),
    Case("mkdir", (b"new", 0o700), plain(name="new")),
    Case("mkdirat", (FD, b"folder/new", 0o700), plain(name="folder/new"), ("folder/new", "folder/new")),
    Case("mknod", (b"new", 0o010600, 0), plain(name="new")),
    Case("mknodat", (FD, b"new", 0o010600, 0), plain(name="new"), ("new", "new")),
    Case("truncate", (b"file", 1), plain(name="file")),
    Case("ftruncate", (FILE, 1), plain(name="file")),
    Case("chmod", (b"folder/../file", 0o600), {"name": ("file", "folder/../file")}),
    Case("fchmod", (FILE, 0o600), plain(name="file")),
    Case("fchmodat", (FD, b"file", 0o600), plain(name="file"), ("file", "file")),
    Case("fchmodat2", (AT_FDCWD, b"file", 0o600, 0), plain(name="file"), ("file", "file")),
    Case("chown", (b"file", 1, 1), plain(name="file")),
    Case("lchown", (b"link", 1, 1), plain(name="link")),
    Case("fchown", (FILE, 1, 1), plain(name="file")),
    Case("fchownat", (FILE, b"", 1, 1, 0x1000), {"name": ("file", "")}, ("file", "file")),
    Case("rename", (b"file", b"new"), plain(source="file", target="new")),
    Case("renameat", (FD, b"file", FD, b"new"), plain(source="file", target="new"), ("file", "new")),
    Case("renameat2", (FD, b"file", FD, b"link", 2), plain(source="file", target="link"), ("file", "link")),
    Case("renameat2", (FD, b"file", FD, b"link", 1), {}, ("file", "link")),
    Case("link", (b"file", b"new"), plain(source="new", target="file")),
    Case(
        *("linkat", (FILE, b"", FD, b"new", 0x1000)),
        {"source": ("new", "new"), "target": ("file", "")},
        ("file", "new"),
    ),
    Case("symlink", (b"../x", b"folder/new"), {"source": ("folder/new",) * 2, "target": ("x", "../x")}),
    Case("symlinkat", (b"file", FD, b"new"), plain(source="new", target="file"), ("new", "new")),
    Case("chdir", (b"./folder",), {"name": ("folder", "./folder")}),
    Case("chdir", (b"no",), {}),
    Case("fchdir", (FD,), plain(name="")),
    Case("chroot", (b"folder",), plain(name="folder")),
    Case("setxattr", (b"folder/../file", KEY, b"value", 5, 0), {"name": ("file", "folder/../file")}),
    Case("lsetxattr", (b"file", KEY, b"value", 5, 0), plain(name="file")),
    Case("lsetxattr", (b"no", KEY, b"value", 5, 0), {}),
    Case("fsetxattr", (FILE, KEY, b"value", 5, 0), plain(name="file")),
    Case("getxattr", (b"file", b"trusted.kept", BUFFER, 9), plain(name="file")),
    Case("fgetxattr", (FILE, b"trusted.kept", BUFFER, 9), plain(name="file")),
    Case("listxattr", (b"./file", BUFFER, 200), {"name": ("file", "./file")}),
    Case("removexattr", (b"file", b"trusted.kept"), plain(name="file")),
    Case("access", (b"folder/../file", 4), {"name": ("file", "folder/../file")}),
    Case("faccessat", (FD, b"file", 4), plain(name="file"), ("file", "file")),
    Case("readlink", (b"./link", BUFFER, 99), {"name": ("link", "./link")}),
    Case("readlinkat", (FD, b"link", BUFFER, 99), plain(name="link"), ("link", "link")),
    Case("name_to_handle_at", (FD, b"file", HANDLE, BUFFER, 0), plain(name="file"), ("file", "file")),
    Case("utime", (b"./file", None), {"name": ("file", "./file")}),
    Case("utimes", (b"file", None), plain(name="file")),
    Case("futimesat", (FD, b"file", None), plain(name="file"), ("file", "file")),
    Case("utimensat", (FD, b"file", None, 0), plain(name="file"), ("file", "file")),
    Case("utimensat", (FD, b"no", None, 0), {}, ("no", "no")),
    Case("inotify_add_watch", (WATCHES, b"folder", 2), plain(name="folder")),
]


def value(event: Event, field: str, argument: bytes | None = None) -> object:
    return reader(FieldRef(field, argument))(event)


@pytest.mark.parametrize("case", [case for case in CASES if here(case.call)], ids=str)
def test_the_paths_of_a_call_are_fields(watch: Watch, tmp_path: pathlib.Path, case: Case) -> None:
    (tmp_path / "file").write_text("content")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    os.setxattr(tmp_path / "file", b"trusted.kept", b"a value")
    numbers = {FD: os.open(tmp_path, os.O_RDONLY), FILE: os.open(tmp_path / "file", os.O_RDWR)}

    def work() -> None:
        os.chdir(tmp_path)
        given = [numbers[one] if one in (FD, FILE) else one for one in case.arguments]
        call(case.call, *given)  # type: ignore[arg-type]

    with watch.wanting(case.call):  # some are hot
        *_, event = watch.of(work, case.call)
    for fd in numbers.values():
        os.close(fd)

    def absolute(path: str | None) -> bytes | None:
        return None if path is None else os.fsencode(tmp_path / path)

    for name in NAMES:
        path, raw = case.paths.get(name, (None, None))
        assert value(event, f"fs.path.{name}") == absolute(path), name
        if case.call in BY_DESCRIPTOR:
            assert value(event, f"fs.path.{name}raw") == absolute(raw), name
        else:
            assert value(event, f"fs.path.{name}raw") == (None if raw is None else raw.encode()), name
    assert value(event, "evt.abspath") == absolute(case.absolute[0])
    assert value(event, "evt.abspath", b"dst") == absolute(case.absolute[1])


def test_a_mount_has_a_source_and_a_target(watch: Watch, tmp_path: pathlib.Path) -> None:
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
    source, target = os.fsencode(tmp_path / "from"), os.fsencode(tmp_path / "to")

    def work() -> None:
        call("unshare", 0x20000)
        call("mount", source, target, None, 0x1000, None)
        call("umount2", target, 0)
        call("mount", b"none", target, b"tmpfs", 0, None)

    bind, umount, tmpfs = watch.of(work, "mount", "umount2")
    assert value(bind, "fs.path.source") == value(bind, "fs.path.sourceraw") == source
    assert value(bind, "fs.path.target") == value(bind, "fs.path.targetraw") == target
    assert value(umount, "fs.path.name") == target
    assert (value(tmpfs, "fs.path.source"), value(tmpfs, "fs.path.sourceraw")) == (None, b"none")


def test_a_mount_that_is_moved_has_a_source_and_a_target(watch: Watch, tmp_path: pathlib.Path) -> None:
    for name in ("from", "to"):
        (tmp_path / name).mkdir()

    def work() -> None:
        call("unshare", 0x20000)
        call("mount", None, b"/", None, 0x44000, None)  # private: what is shared cannot be moved
        call("mount", b"none", os.fsencode(tmp_path / "from"), b"tmpfs", 0, None)
        os.chdir(tmp_path)
        call("move_mount", AT_FDCWD, b"from", AT_FDCWD, b"to", 0)

    (event,) = watch.of(work, "move_mount")
    assert event.result == 0
    assert value(event, "fs.path.source") == os.fsencode(tmp_path / "from")
    assert value(event, "fs.path.target") == os.fsencode(tmp_path / "to")


def test_an_open_has_the_path_of_what_was_opened(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")

    def work() -> None:
        os.chdir(tmp_path)
        os.open("link", os.O_RDONLY)

    (event,) = watch.of(work, "openat")
    assert value(event, "fs.path.name") == value(event, "evt.abspath") == os.fsencode(tmp_path / "file")
    assert value(event, "fs.path.nameraw") == b"link"

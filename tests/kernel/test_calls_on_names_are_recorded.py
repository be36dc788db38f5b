# SPDX-License-Identifier: Apache-2.0
"""Every call that names files: done for real, once so that it works and once so that it fails, and every
parameter compared.
"""

from __future__ import annotations

import errno
import os
import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.calling import AT_FDCWD, call, here, own_mounts
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

NO_SUCH = -errno.ENOENT


@dataclass(frozen=True)
class Case:
    """One call in a folder that holds `file`, `folder/` and `link`; FD stands for a descriptor of the folder,
    FILE for one of the file. `texts`: evt.arg without res, paths from the folder; NUMBER is a folder that is
    not the event's own descriptor.
    """

    name: str
    arguments: tuple[object, ...]
    texts: dict[str, bytes]
    result: int = 0

    def __str__(self) -> str:
        return f"{self.name}-{'works' if self.result >= 0 else 'fails'}"


FD, FILE = object(), object()
PATHS = frozenset(
    {"path", "name", "oldpath", "newpath", "linkpath", "filename", "pathname", "frompath", "topath"}
)
NEW = 1000  # a descriptor whose number only the event knows
FIFO_644 = b"S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR|S_IFIFO"
MODE_640 = b"S_IRGRP|S_IWUSR|S_IRUSR"
CASES = [
    Case("unlink", (b"file",), {"path": b"file"}),
    Case("unlink", (b"missing",), {"path": b"missing"}, NO_SUCH),
    Case("unlinkat", (FD, b"file", 0), {"dirfd": b"FD", "name": b"file", "flags": b"0"}),
    Case(
        *("unlinkat", (AT_FDCWD, b"folder", 0x200)),
        {"dirfd": b"AT_FDCWD", "name": b"folder", "flags": b"AT_REMOVEDIR"},
    ),
    Case("unlinkat", (FD, b"no", 0), {"dirfd": b"FD", "name": b"no", "flags": b"0"}, NO_SUCH),
    Case("rmdir", (b"folder",), {"path": b"folder"}),
    Case("rmdir", (b"file",), {"path": b"file"}, -errno.ENOTDIR),
    Case("mkdir", (b"new", 0o750), {"path": b"new", "mode": b"1E8"}),
    Case("mkdir", (b"folder", 0o700), {"path": b"folder", "mode": b"1C0"}, -errno.EEXIST),
    Case("mkdirat", (FD, b"new", 0o755), {"dirfd": b"FD", "path": b"new", "mode": b"1ED"}),
    Case("mkdirat", (FD, b"file", 0), {"dirfd": b"FD", "path": b"file", "mode": b"0"}, -errno.EEXIST),
    Case("mknod", (b"new", 0o010644, 0), {"path": b"new", "mode": FIFO_644, "dev": b"0"}),
    Case(
        *("mknod", (b"file", 0o010644, 0)),
        {"path": b"file", "mode": FIFO_644, "dev": b"0"},
        -errno.EEXIST,
    ),
    Case(
        *("mknodat", (FD, b"new", 0o100600, 0)),
        {"dirfd": b"FD", "path": b"new", "mode": b"S_IWUSR|S_IRUSR|S_IFREG", "dev": b"0"},
    ),
    Case(
        *("mknodat", (FD, b"file", 0o10600, 0)),
        {"dirfd": b"FD", "path": b"file", "mode": b"S_IWUSR|S_IRUSR|S_IFIFO", "dev": b"0"},
        -errno.EEXIST,
    ),
    Case("rename", (b"file", b"new"), {"oldpath": b"file", "newpath": b"new"}),
    Case("rename", (b"no", b"new"), {"oldpath": b"no", "newpath": b"new"}, NO_SUCH),
    Case(
        *("renameat", (FD, b"file", AT_FDCWD, b"new")),
        {"olddirfd": b"FD", "oldpath": b"file", "newdirfd": b"AT_FDCWD", "newpath": b"new"},
    ),
    Case(
        *("renameat", (FD, b"no", FD, b"new")),
        {"olddirfd": b"FD", "oldpath": b"no", "newdirfd": b"FD", "newpath": b"new"},
        NO_SUCH,
    ),
    Case(
        *("renameat2", (FD, b"file", FD, b"link", 2)),
        {
            "olddirfd": b"FD",
            "oldpath": b"file",
            "newdirfd": b"FD",
            "newpath": b"link",
            "flags": b"RENAME_EXCHANGE",
        },
    ),
    Case(
        *("renameat2", (FD, b"file", FD, b"link", 1)),
        {
            "olddirfd": b"FD",
            "oldpath": b"file",
            "newdirfd": b"FD",
            "newpath": b"link",
            "flags": b"RENAME_NOREPLACE",
        },
        -errno.EEXIST,
    ),
    Case("link", (b"file", b"new"), {"oldpath": b"file", "newpath": b"new"}),
    Case("link", (b"no", b"new"), {"oldpath": b"no", "newpath": b"new"}, NO_SUCH),
    Case(
        *("linkat", (AT_FDCWD, b"link", FD, b"new", 0x400)),
        {
            "olddir": b"AT_FDCWD",
            "oldpath": b"link",
            "newdir": b"NUMBER",
            "newpath": b"new",
            "flags": b"AT_SYMLINK_FOLLOW",
        },
    ),
    Case(
        *("linkat", (FILE, b"", FD, b"new", 0x1000)),
        {
            "olddir": b"FILE",
            "oldpath": b"file",
            "newdir": b"NUMBER",
            "newpath": b"new",
            "flags": b"AT_EMPTY_PATH",
        },
    ),
    Case(
        *("linkat", (FD, b"file", AT_FDCWD, b"link", 0)),
        {"olddir": b"FD", "oldpath": b"file", "newdir": b"AT_FDCWD", "newpath": b"link", "flags": b"0"},
        -errno.EEXIST,
    ),
    Case("symlink", (b"/etc/shadow", b"new"), {"target": b"/etc/shadow", "linkpath": b"new"}),
    Case("symlink", (b"x", b"file"), {"target": b"x", "linkpath": b"file"}, -errno.EEXIST),
    Case("symlinkat", (b"x", FD, b"new"), {"target": b"x", "linkdirfd": b"FD", "linkpath": b"new"}),
    Case(
        *("symlinkat", (b"x", FD, b"file")),
        {"target": b"x", "linkdirfd": b"FD", "linkpath": b"file"},
        -errno.EEXIST,
    ),
    Case("truncate", (b"file", 7), {"path": b"file", "length": b"7"}),
    Case("truncate", (b"no", 0), {"path": b"no", "length": b"0"}, NO_SUCH),
    Case("chmod", (b"file", 0o640), {"filename": b"file", "mode": MODE_640}),
    Case("chmod", (b"no", 0o4000), {"filename": b"no", "mode": b"S_ISUID"}, NO_SUCH),
    Case(
        *("fchmodat", (FD, b"file", 0o640)),
        {"dirfd": b"FD", "filename": b"file", "mode": MODE_640},
    ),
    Case(
        *("fchmodat2", (FD, b"file", 0o640, 0x100)),
        {"dirfd": b"FD", "filename": b"file", "mode": MODE_640, "flags": b"AT_SYMLINK_NOFOLLOW"},
    ),
    Case(
        *("fchmodat", (AT_FDCWD, b"no", 0o6000)),
        {"dirfd": b"AT_FDCWD", "filename": b"no", "mode": b"S_ISGID|S_ISUID"},
        NO_SUCH,
    ),
    Case(
        *("fchmodat2", (FD, b"no", 0o1, 0)),
        {"dirfd": b"FD", "filename": b"no", "mode": b"S_IXOTH", "flags": b"0"},
        NO_SUCH,
    ),
    Case("chown", (b"file", 12, 34), {"path": b"file", "uid": b"12", "gid": b"34"}),
    Case("chown", (b"no", -1, 0), {"path": b"no", "uid": b"-1", "gid": b"0"}, NO_SUCH),
    Case("lchown", (b"link", 12, 34), {"path": b"link", "uid": b"12", "gid": b"34"}),
    Case(
        *("fchownat", (FD, b"", 1, 2, 0x1000)),
        {"dirfd": b"FD", "pathname": b".", "uid": b"1", "gid": b"2", "flags": b"AT_EMPTY_PATH"},
    ),
    Case("lchown", (b"no", 1, -1), {"path": b"no", "uid": b"1", "gid": b"-1"}, NO_SUCH),
    Case(
        *("fchownat", (FD, b"no", 1, 2, 0x100)),
        {"dirfd": b"FD", "pathname": b"no", "uid": b"1", "gid": b"2", "flags": b"AT_SYMLINK_NOFOLLOW"},
        NO_SUCH,
    ),
    Case("chdir", (b"folder",), {"path": b"folder"}),
    Case("chdir", (b"file",), {"path": b"file"}, -errno.ENOTDIR),
    Case("chroot", (b"folder",), {"path": b"folder"}),
    Case("chroot", (b"no",), {"path": b"no"}, NO_SUCH),
    Case("pivot_root", (b"no", b"old"), {"newpath": b"no", "oldpath": b"old"}, NO_SUCH),
    Case(
        *("move_mount", (FD, b"no", AT_FDCWD, b"folder", 0x11)),
        {
            "fromdirfd": b"FD",
            "frompath": b"no",
            "todirfd": b"AT_FDCWD",
            "topath": b"folder",
            "flags": b"F_SYMLINKS|T_SYMLINKS",
        },
        NO_SUCH,
    ),
    Case(
        *("open_tree", (FD, b"folder", 0x1)),
        {"res": b"<d>INSIDE/folder", "dirfd": b"NUMBER", "path": b"folder", "flags": b"OPEN_TREE_CLONE"},
        NEW,
    ),
    Case(
        *("open_tree", (AT_FDCWD, b"no", 0x8001)),
        {"dirfd": b"AT_FDCWD", "path": b"no", "flags": b"OPEN_TREE_CLONE|AT_RECURSIVE"},
        NO_SUCH,
    ),
    Case(
        *("open_tree_attr", (FD, b"folder", 0x1, None, 0)),
        {"res": b"<d>INSIDE/folder", "dirfd": b"NUMBER", "path": b"folder", "flags": b"OPEN_TREE_CLONE"},
        NEW,
    ),
    Case(
        *("open_tree_attr", (FD, b"no", 0x1, None, 0)),
        {"dirfd": b"NUMBER", "path": b"no", "flags": b"OPEN_TREE_CLONE"},
        NO_SUCH,
    ),
    Case(
        *("fspick", (AT_FDCWD, b"/", 1)),
        {"res": b"<o>[fscontext]", "dirfd": b"AT_FDCWD", "path": b"/", "flags": b"FSPICK_CLOEXEC"},
        NEW,
    ),
    Case(
        *("fspick", (FD, b"file/", 4)),
        {"dirfd": b"NUMBER", "path": b"file/", "flags": b"FSPICK_NO_AUTOMOUNT"},
        -errno.ENOTDIR,
    ),
    Case(
        *("mount_setattr", (AT_FDCWD, b"/", 0x100, bytes(32), 32)),
        {"dirfd": b"AT_FDCWD", "path": b"/", "flags": b"AT_SYMLINK_NOFOLLOW"},
    ),
    Case(
        *("mount_setattr", (FD, b"no", 0x8000, b"\1" + bytes(31), 32)),
        {"dirfd": b"FD", "path": b"no", "flags": b"AT_RECURSIVE"},
        NO_SUCH,
    ),
    Case("umount2", (b"file", 2), {"name": b"file", "flags": b"DETACH"}, -errno.EINVAL),
]


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "file").write_text("content")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    return tmp_path


@dataclass(frozen=True)
class Done:
    """A case that was done: the texts of its descriptors and what the kernel saw."""

    event: Event
    descriptors: dict[bytes, bytes]
    root: bytes

    def texts(self, case: Case) -> dict[str, bytes]:
        named = {key: self.descriptors.get(value, value) for key, value in case.texts.items()}
        if named.get("flags") == b"AT_SYMLINK_FOLLOW" and not self.event.call.name(0).directory:
            named["oldpath"] = b"file"  # where the link leads: the kernel was watched going there
        named |= {key: os.path.normpath(os.path.join(self.root, named[key])) for key in PATHS & named.keys()}
        return {key: value.replace(b"INSIDE", inside(self.root)) for key, value in named.items()}


def inside(folder: bytes) -> bytes:
    """The path within its file system: all that a tree has which is mounted nowhere."""
    mount = folder
    while not os.path.ismount(mount):
        mount = os.path.dirname(mount)
    return b"/" + os.path.relpath(folder, mount)


@pytest.fixture
def do(watch: Watch, folder: pathlib.Path) -> Callable[[Case], Done]:
    """Do a case in a process of its own whose working directory is the folder."""

    def doing(case: Case) -> Done:
        fd = os.open(folder, os.O_RDONLY)
        file = os.open(folder / "file", os.O_RDONLY)
        arguments = [{FD: fd, FILE: file}.get(one, one) for one in case.arguments]

        def work() -> None:
            os.chdir(folder)
            call(case.name, *arguments)  # type: ignore[arg-type]

        (event,) = [e for e in watch.of(work, case.name) if isinstance(e, Event) and _meant(e, case)]
        os.close(fd)
        os.close(file)
        root = os.fsencode(folder)
        texts = {b"FD": b"<d>" + root, b"FILE": b"<f>%s/file" % root, b"NUMBER": b"%d" % fd}
        return Done(event, texts, root)

    return doing


def _meant(event: Event, case: Case) -> bool:
    """The preparation changes directory too."""
    return case.name != "chdir" or event.call.name(0).raw == case.arguments[0]


@pytest.mark.parametrize("case", [case for case in CASES if here(case.name)], ids=str)
def test_a_call_on_names_is_recorded_with_every_parameter(do: Callable[[Case], Done], case: Case) -> None:
    done = do(case)
    res = errno.errorcode[-case.result].encode() if case.result < 0 else b"0"
    assert dict(done.event.arguments) == {"res": res, **done.texts(case)}
    assert list(done.event.arguments) == ["res", *(name for name in case.texts if name != "res")]
    assert done.event.result == case.result or (case.result == NEW and (done.event.result or 0) > 2)


def test_the_folder_of_a_relative_path_is_the_descriptor(
    do: Callable[[Case], Done], folder: pathlib.Path
) -> None:
    fd = do(Case("unlinkat", (FD, b"no", 0), {}, NO_SUCH)).event.fd
    assert fd is not None
    assert (fd.name, fd.type, fd.ino) == (os.fsencode(folder), b"directory", folder.stat().st_ino)
    moved = do(Case("renameat", (AT_FDCWD, b"no", FD, b"new"), {}, NO_SUCH)).event.fd
    assert moved is not None
    assert (moved.num, moved.name, moved.type, moved.typechar) == (AT_FDCWD, None, None, b"o")


def test_paths_are_absolute_whatever_they_are_relative_to(
    do: Callable[[Case], Done], folder: pathlib.Path
) -> None:
    root = os.fsencode(folder)
    assert do(Case("unlinkat", (FD, b"/x/../y", 0), {}, NO_SUCH)).event.call.name(0).path == b"/y"
    both = do(Case("renameat2", (FD, b"file", AT_FDCWD, b"folder/../x", 0), {})).event.call
    assert (both.name(0).path, both.name(1).path) == (root + b"/file", root + b"/x")


def test_bytes_that_are_no_text_come_through(do: Callable[[Case], Done], folder: pathlib.Path) -> None:
    event = do(Case("mkdirat", (FD, b"\xff\xfe\n\x1b[31m", 0o700), {})).event
    assert event.raw_arguments["path"] == b"\xff\xfe\n\x1b[31m"
    assert event.arguments["path"] == os.fsencode(folder) + b"/\xff\xfe\n\x1b[31m"


def test_a_mount_is_recorded(watch: Watch, folder: pathlib.Path) -> None:
    where = os.fsencode(folder / "folder")

    def work() -> None:
        call("unshare", 0x20000)
        call("mount", b"none", where, b"tmpfs", 6, None)

        call("mount", b"none", b"/no/such", None, 0xC0ED1001, None)
        call("umount2", where, 8)
        call("umount2", b"/no/such", 1)

    unshare, mount, failed, gone, never = watch.of(work, "unshare", "mount", "umount2")
    assert dict(unshare.arguments) == {"res": b"0", "flags": b"CLONE_NEWNS"}
    assert dict(mount.arguments) == {
        "res": b"0",
        "flags": b"NOSUID|NODEV",
        "type": b"tmpfs",
        "dev": b"none",
        "dir": where,
    }
    assert dict(failed.arguments) == {
        "res": b"ENOENT",
        "flags": b"RDONLY|BIND",  # without the mark of the first kernels
        "type": b"",
        "dev": os.fsencode(os.getcwd()) + b"/none",
        "dir": b"/no/such",
    }
    assert dict(gone.arguments) == {"flags": b"NOFOLLOW", "res": b"0", "name": where}
    assert dict(never.arguments) == {"flags": b"FORCE", "res": b"ENOENT", "name": b"/no/such"}


def test_a_root_is_changed(watch: Watch, folder: pathlib.Path) -> None:
    root = os.fsencode(folder / "folder")

    def work() -> None:
        own_mounts()
        call("mount", root, root, None, 0x1000, None)
        os.mkdir(root + b"/old")
        os.chdir(root)
        call("pivot_root", b".", b"old")

    (event,) = watch.of(work, "pivot_root")
    assert isinstance(event, Event)
    new = event.call.name(0).directory or root  # not watched: as it is called after the call
    assert dict(event.arguments) == {"res": b"0", "newpath": new, "oldpath": os.path.join(new, b"old")}
    assert (event.raw_arguments["newpath"], event.raw_arguments["oldpath"]) == (b".", b"old")


def test_a_mount_is_moved(watch: Watch, folder: pathlib.Path) -> None:
    root = os.fsencode(folder / "folder")

    def work() -> None:
        own_mounts()
        call("mount", b"none", root, b"tmpfs", 0, None)
        os.mkdir(folder / "new")
        call("move_mount", AT_FDCWD, root, AT_FDCWD, os.fsencode(folder / "new"), 0)

    (event,) = watch.of(work, "move_mount")
    assert dict(event.arguments) == {
        "res": b"0",
        "fromdirfd": b"AT_FDCWD",
        "frompath": root,
        "todirfd": b"AT_FDCWD",
        "topath": os.fsencode(folder / "new"),
        "flags": b"0",
    }

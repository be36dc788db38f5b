# SPDX-License-Identifier: Apache-2.0
"""What an open is recorded as is the file that was opened: not the path that was written in memory at some
moment, not what a name meant before or after.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import pathlib
import platform
import struct
import subprocess
import threading
from collections.abc import Callable

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import Watch
from tests.kernel.mounting import LIBC, detached, mount, mount_empty, own_mounts
from tests.kernel.rewriting import rewritten

OPENS = 1000
NUMBERS = {"x86_64": {"open": 2, "openat": 257, "openat2": 437}, "aarch64": {"openat": 56, "openat2": 437}}
HERE = NUMBERS[platform.machine()]


def system_call(name: str, *arguments: object) -> int:
    """The result, or the negative error."""
    made = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(LIBC.syscall(ctypes.c_long(HERE[name]), *made))
    return -ctypes.get_errno() if result == -1 else result


def opens(watch: Watch, work: Callable[[], None]) -> list[Event]:
    return [e for e in watch.of(work, *HERE) if isinstance(e, Event)]


def of_raw(events: list[Event], raw: bytes) -> list[Event]:
    """Those of one path as given."""
    return [event for event in events if event.fd is not None and event.fd.nameraw == raw]


def last(watch: Watch, work: Callable[[], None]) -> Event:
    """What the work opened last."""
    return opens(watch, work)[-1]


def name(event: Event) -> bytes | None:
    assert event.fd is not None
    return event.fd.name


class Opened:
    """Inodes of what was opened for real, through a file: the ones who open are processes of their own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._file = folder / "opened"
        self._found = b""

    def add(self, descriptor: int) -> None:
        """An open's result: of a success the inode is kept, and it is closed."""
        if descriptor >= 0:
            self._found += struct.pack("Q", os.fstat(descriptor).st_ino)
            os.close(descriptor)

    def keep(self) -> None:
        self._file.write_bytes(self._found)

    def inodes(self) -> list[int]:
        return [inode for (inode,) in struct.iter_unpack("Q", self._file.read_bytes())]


@pytest.fixture
def opened(tmp_path: pathlib.Path) -> Opened:
    return Opened(tmp_path)


@pytest.fixture
def two(tmp_path: pathlib.Path) -> dict[int, bytes]:
    """Two files in two folders: inode -> path."""
    found = {}
    for folder in ("good", "evil"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "file"
        file.write_text(folder)
        found[file.stat().st_ino] = os.fsencode(file)
    return found


def assert_true(events: list[Event], opened: Opened, two: dict[int, bytes]) -> None:
    """Every success is recorded as the file that was opened, in order; and there were many of both."""
    inodes = opened.inodes()
    seen = [event for event in events if (event.result or 0) >= 0 and event.fd and event.fd.ino in two]
    assert [event.fd and event.fd.ino for event in seen] == inodes
    assert [name(event) for event in seen] == [two[inode] for inode in inodes]
    assert set(inodes) == set(two)


@pytest.mark.parametrize("how", HERE)
def test_a_path_that_changes_during_the_call(
    watch: Watch, two: dict[int, bytes], opened: Opened, how: str
) -> None:
    request = openat2_request()

    def work() -> None:
        with rewritten(*two.values()) as path:
            for _ in range(OPENS):
                arguments: dict[str, tuple[object, ...]] = {
                    "open": (path, os.O_RDONLY, 0),
                    "openat": (AT_FDCWD, path, os.O_RDONLY, 0),
                    "openat2": (AT_FDCWD, path, request, len(request)),
                }
                opened.add(system_call(how, *arguments[how]))
        opened.keep()

    events = opens(watch, work)
    assert_true([event for event in events if event.type == how], opened, two)
    assert len(opened.inodes()) > OPENS // 10


def openat2_request(flags: int = os.O_RDONLY, resolve: int = 0) -> bytes:
    """struct open_how."""
    return struct.pack("QQQ", flags, 0, resolve)


def test_a_link_that_changes_during_the_call(
    watch: Watch, tmp_path: pathlib.Path, two: dict[int, bytes], opened: Opened
) -> None:
    link, new = tmp_path / "link", tmp_path / "new"

    def swap() -> None:
        while True:
            for target in two.values():
                os.symlink(target, new)
                os.rename(new, link)

    def work() -> None:
        os.symlink(next(iter(two.values())), link)
        writer = os.fork()
        if writer == 0:
            swap()
        for _ in range(OPENS):
            with contextlib.suppress(FileNotFoundError):
                opened.add(os.open(link, os.O_RDONLY))
        os.kill(writer, 9)
        opened.keep()

    events = of_raw(opens(watch, work), os.fsencode(link))
    assert_true(events, opened, two)


def test_a_directory_descriptor_that_changes_during_the_call(
    watch: Watch, tmp_path: pathlib.Path, two: dict[int, bytes], opened: Opened
) -> None:
    def work() -> None:
        good, evil = (os.open(tmp_path / folder, os.O_PATH) for folder in ("good", "evil"))
        directory, ended = os.dup(good), threading.Event()

        def swap() -> None:
            while not ended.is_set():
                os.dup2(evil, directory)
                os.dup2(good, directory)

        swapper = threading.Thread(target=swap)
        swapper.start()
        for _ in range(OPENS):
            opened.add(system_call("openat", directory, b"file", os.O_RDONLY, 0))
        ended.set()
        swapper.join()
        opened.keep()

    assert_true(of_raw(opens(watch, work), b"file"), opened, two)


@pytest.mark.parametrize(
    "prefix",
    ["/proc/self/root", "/proc/self/cwd", "/proc/thread-self/root", "/proc/self/root" * 3, "//./proc/.."],
)
def test_a_way_through_proc_is_not_the_name(watch: Watch, tmp_path: pathlib.Path, prefix: str) -> None:
    (tmp_path / "file").touch()
    raw = os.fsencode(f"{prefix}{tmp_path}/file")

    def work() -> None:
        os.chdir("/")
        os.open(raw, os.O_RDONLY)

    (event,) = of_raw(opens(watch, work), raw)
    assert name(event) == os.fsencode(tmp_path / "file")


@pytest.mark.parametrize(
    "way", ["/proc/self/fd/{}", "/dev/fd/{}", "/proc/{pid}/fd/{}", "/proc/{pid}/task/{pid}/fd/{}"]
)
def test_a_file_opened_again_by_its_descriptor_has_its_name(
    watch: Watch, tmp_path: pathlib.Path, way: str
) -> None:
    (tmp_path / "file").touch()

    def work() -> None:
        with contextlib.suppress(FileExistsError):
            os.symlink("/proc/self/fd", "/dev/fd")
        handle = os.open(tmp_path / "file", os.O_PATH)
        os.open(way.format(handle, pid=os.getpid()), os.O_RDONLY)

    first, again = opens(watch, work)[-2:]
    assert name(first) == name(again) == os.fsencode(tmp_path / "file")
    assert first.fd is not None
    assert again.fd is not None
    assert (again.fd.ino, again.open_read) == (first.fd.ino, True)


def test_a_hard_link_has_its_own_name_and_the_inode_of_both(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "watched").touch()
    os.link(tmp_path / "watched", tmp_path / "other")
    stat = (tmp_path / "watched").stat()

    event = last(watch, lambda: os.close(os.open(tmp_path / "other", os.O_RDONLY)))
    assert event.fd is not None
    assert event.fd.name == os.fsencode(tmp_path / "other")
    assert event.fd.ino == stat.st_ino
    assert (event.fd.dev_major, event.fd.dev_minor) == (os.major(stat.st_dev), os.minor(stat.st_dev))


def test_a_file_mounted_elsewhere_has_the_name_of_that_place(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "watched").write_text("secret")
    (tmp_path / "elsewhere").touch()
    (tmp_path / "folder").mkdir()
    inode = (tmp_path / "watched").stat().st_ino

    def work() -> None:
        own_mounts()
        mount(tmp_path / "watched", tmp_path / "elsewhere")
        mount(tmp_path, tmp_path / "folder")
        os.open(tmp_path / "elsewhere", os.O_RDONLY)
        os.open(tmp_path / "folder/watched", os.O_RDONLY)

    file, folder = opens(watch, work)[-2:]
    assert (name(file), name(folder)) == (
        os.fsencode(tmp_path / "elsewhere"),
        os.fsencode(tmp_path / "folder/watched"),
    )
    assert [event.fd and event.fd.ino for event in (file, folder)] == [inode, inode]


def test_a_file_mounted_over_a_watched_one_has_its_name_and_another_inode(
    watch: Watch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "watched").write_text("secret")
    (tmp_path / "harmless").write_text("nothing")

    def work() -> None:
        own_mounts()
        mount(tmp_path / "harmless", tmp_path / "watched")
        os.open(tmp_path / "watched", os.O_RDONLY)

    event = last(watch, work)
    assert event.fd is not None
    assert event.fd.name == os.fsencode(tmp_path / "watched")
    assert event.fd.ino == (tmp_path / "harmless").stat().st_ino != (tmp_path / "watched").stat().st_ino


def test_what_is_under_a_mount_is_reached_by_a_descriptor_and_named_by_its_place(
    watch: Watch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("hidden")
    inode = (tmp_path / "folder/file").stat().st_ino

    def work() -> None:
        own_mounts()
        below = os.open(tmp_path / "folder", os.O_PATH)
        mount_empty(tmp_path / "folder")
        os.open("file", os.O_RDONLY, dir_fd=below)

    event = last(watch, work)
    assert event.fd is not None
    assert (event.fd.name, event.fd.ino) == (os.fsencode(tmp_path / "folder/file"), inode)


@pytest.mark.parametrize("how", ["umount2", "open_tree"])
def test_a_mount_that_is_nowhere_hides_no_name(watch: Watch, tmp_path: pathlib.Path, how: str) -> None:
    """The file has its path in its file system, where the mount itself has no place."""
    (tmp_path / "folder/inner").mkdir(parents=True)
    (tmp_path / "folder/inner/file").touch()
    folder = tmp_path / "folder"

    def work() -> None:
        own_mounts()
        tree = detached(folder, how)
        os.open("inner/file", os.O_RDONLY, dir_fd=tree)
        os.open(".", os.O_RDONLY, dir_fd=tree)
        os.fchdir(tree)
        with contextlib.suppress(FileNotFoundError):
            os.open("missing", os.O_RDONLY)

    *_, file, itself, missing = opens(watch, work)
    own = in_file_system(folder)
    assert (name(file), name(itself), name(missing)) == (own + b"/inner/file", own, own + b"/missing")


def in_file_system(folder: pathlib.Path) -> bytes:
    """Its path from the root of the file system it is in."""
    top = folder
    while not top.is_mount():
        top = top.parent
    return os.fsencode("/" / folder.relative_to(top))


def test_a_descriptor_from_outside_a_chroot(watch: Watch, tmp_path: pathlib.Path) -> None:
    """What lies outside the process' root has its path from the root of the file system."""
    (tmp_path / "jail").mkdir()
    for file in ("outside", "above"):
        (tmp_path / file).touch()
    above = f"{tmp_path}/above".lstrip("/")

    def work() -> None:
        outside = os.open(tmp_path, os.O_PATH)
        os.chroot(tmp_path / "jail")
        os.open("outside", os.O_RDONLY, dir_fd=outside)
        os.fchdir(outside)
        os.open("../" * 20 + above, os.O_RDONLY)

    inside, escaped = opens(watch, work)[-2:]
    assert name(inside) == os.fsencode(tmp_path / "outside")
    assert name(escaped) == os.fsencode(tmp_path / "above")


def test_a_deleted_file_keeps_the_name_it_had(watch: Watch, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "deleted"

    def work() -> None:
        path.write_text("x")
        held = os.open(path, os.O_RDONLY)
        path.unlink()
        os.open(f"/proc/self/fd/{held}", os.O_RDONLY)

    *_, before, after = opens(watch, work)
    assert name(before) == name(after) == os.fsencode(path)


def test_a_file_in_a_deleted_folder(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        (tmp_path / "gone").mkdir()
        (tmp_path / "gone/file").touch()
        os.chdir(tmp_path / "gone")
        held = os.open("file", os.O_PATH)
        os.unlink("file")
        os.rmdir(tmp_path / "gone")
        os.open(f"/proc/self/fd/{held}", os.O_RDONLY)
        with contextlib.suppress(FileNotFoundError):
            os.open("missing", os.O_RDONLY)

    *_, file, missing = opens(watch, work)
    assert name(file) == os.fsencode(tmp_path / "gone/file")
    assert (missing.result, name(missing)) == (-errno.ENOENT, os.fsencode(tmp_path / "gone/missing"))


def test_a_file_without_a_name_is_in_its_folder(watch: Watch, tmp_path: pathlib.Path) -> None:
    inode = tmp_path / "inode"

    def work() -> None:
        made = os.open(tmp_path, os.O_TMPFILE | os.O_RDWR, 0o600)
        inode.write_text(str(os.fstat(made).st_ino))

    (event,) = of_raw(opens(watch, work), os.fsencode(tmp_path))
    assert event.fd is not None
    assert event.fd.ino == int(inode.read_text())
    assert (event.fd.typechar, event.open_write) == (b"f", True)
    assert event.fd.name is not None
    assert os.path.dirname(event.fd.name) == os.fsencode(tmp_path)
    assert b"O_TMPFILE" in event.arguments["flags"]


def test_a_path_of_more_than_4_kib_keeps_its_end_and_is_counted(watch: Watch, tmp_path: pathlib.Path) -> None:
    step, steps = "d" * 200, 30

    def counted() -> int:
        return sum(c.value for c in watch.probes.counters() if c.reason == "path too long")

    def work() -> None:
        os.chdir(tmp_path)
        for _ in range(steps):
            os.mkdir(step)
            os.chdir(step)
        os.open("end", os.O_CREAT | os.O_RDWR, 0o600)
        directory = os.open(".", os.O_PATH)
        os.chdir("/")
        os.open("end", os.O_RDONLY, dir_fd=directory)
        with contextlib.suppress(FileNotFoundError):
            os.open("missing", os.O_RDONLY, dir_fd=directory)

    before = counted()
    try:
        events = opens(watch, work)
        found = [*of_raw(events, b"end"), *of_raw(events, b"missing")]
        assert len(found) == 3
        for event in found:
            end = b"/missing" if (event.result or 0) < 0 else b"/end"
            path = name(event)
            assert path is not None
            assert path.endswith(b"/" + step.encode() + end)
            assert len(path) > 3500
            assert event.cut & 1
        assert counted() > before
    finally:
        subprocess.run(["rm", "-rf", tmp_path], check=True)


@pytest.mark.parametrize("file", [b"new\nline", b"\xff\xfe\x80", b"\x1b[31mred", b" ", b"a" * 255, b"\xc3"])
def test_a_name_of_any_bytes(watch: Watch, tmp_path: pathlib.Path, file: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + file
    (event,) = of_raw(opens(watch, lambda: os.close(os.open(path, os.O_CREAT | os.O_RDWR))), path)
    assert name(event) == path


RESOLVE = {"NO_XDEV": 1, "NO_MAGICLINKS": 2, "NO_SYMLINKS": 4, "BENEATH": 8, "IN_ROOT": 16}


@pytest.mark.parametrize(
    "case",
    [
        ("IN_ROOT", "/file", 0, "inner/file"),
        ("IN_ROOT", "../../../file", 0, "inner/file"),
        ("IN_ROOT", "/absolute", 0, "inner/file"),
        ("BENEATH", "file", 0, "inner/file"),
        ("BENEATH", "../outer", -errno.EXDEV, "outer"),
        ("NO_SYMLINKS", "absolute", -errno.ELOOP, "inner/absolute"),
        ("NO_MAGICLINKS", "/proc/self/exe", -errno.ELOOP, "/proc/self/exe"),
        ("NO_XDEV", "/proc/self/stat", -errno.EXDEV, "/proc/self/stat"),
    ],
    ids=lambda case: f"{case[0]} {case[1]}",
)
def test_openat2_names_what_it_resolved_to(
    watch: Watch, tmp_path: pathlib.Path, case: tuple[str, str, int, str]
) -> None:
    resolve, path, result, wanted = case
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "file").touch()
    (inner / "absolute").symlink_to("/file")
    request = openat2_request(resolve=RESOLVE[resolve])

    def work() -> None:
        directory = os.open(inner, os.O_PATH)
        system_call("openat2", directory, path.encode(), request, len(request))

    event = last(watch, work)
    assert min(event.result or 0, 0) == result
    assert name(event) == os.fsencode(tmp_path / wanted)
    assert event.arguments["resolve"] == b"RESOLVE_" + resolve.encode()


@pytest.mark.parametrize("other", [os.O_WRONLY, os.O_RDWR])
def test_flags_of_openat2_that_change_during_the_call(
    watch: Watch, tmp_path: pathlib.Path, other: int
) -> None:
    """Each descriptor tells what can be done with it."""
    file, truth = tmp_path / "file", tmp_path / "truth"
    file.touch()
    requests = openat2_request(os.O_RDONLY), openat2_request(other)

    def work() -> None:
        found = bytearray()
        with rewritten(*requests) as request:
            for _ in range(OPENS):
                made = system_call("openat2", AT_FDCWD, bytes(file), request, len(requests[0]))
                found.append(fcntl.fcntl(made, fcntl.F_GETFL) & os.O_ACCMODE)
                os.close(made)
        truth.write_bytes(found)

    events = [event for event in of_raw(opens(watch, work), bytes(file)) if event.type == "openat2"]
    known = truth.read_bytes()
    assert [event.open_write for event in events] == [one != os.O_RDONLY for one in known]
    assert [event.open_read for event in events] == [one != os.O_WRONLY for one in known]
    assert {*known} <= {os.O_RDONLY, other}

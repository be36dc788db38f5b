# SPDX-License-Identifier: Apache-2.0
"""Roundabout ways to a file: the path that rules see is where the call went, from the process' root."""

from __future__ import annotations

import ctypes
import os
import pathlib
import struct
import threading

import pytest

from lanner_agent.decode.event import Event as Recorded
from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from tests.kernel.calling import AT_FDCWD, Argument, call, here, own_mounts
from tests.kernel.conftest import ALL, ASKED, Watch, in_child
from tests.kernel.racing import meanwhile

pytestmark = pytest.mark.each_kernel

BIND = 0x1000
DETACH = 2
ROUNDS = 200
LIBC = ctypes.CDLL(None)
KEY = b"trusted.lanner"
PAGE = ctypes.create_string_buffer(4096)
HANDLE = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
ANY_ID = 0xFFFFFFFF
WRITTEN_OVER: tuple[tuple[str, tuple[Argument, ...]], ...] = (
    ("readlink", (PAGE, PAGE, 64)),
    ("readlinkat", (AT_FDCWD, PAGE, PAGE, 64)),
    ("lgetxattr", (PAGE, KEY, PAGE, 64)),
    ("llistxattr", (PAGE, PAGE, 64)),
    ("name_to_handle_at", (AT_FDCWD, PAGE, HANDLE, PAGE, 0)),
)


def value(event: Event, field: str) -> object:
    return reader(FieldRef(field, None))(event)


def made(path: pathlib.Path) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def removal(watch: Watch, folder: pathlib.Path, way: bytes) -> Event:
    """The one removal of a process that removes `way` in this folder."""

    def work() -> None:
        os.chdir(folder)
        assert call("unlinkat", AT_FDCWD, way, 0) == 0

    (event,) = watch.of(work, "unlinkat")
    assert event.raw_arguments["name"] == value(event, "fs.path.nameraw") == way
    went = value(event, "fs.path.name")
    assert event.arguments["name"] == (way if way.startswith(b"/") else went)
    return event


def test_through_a_link_to_a_folder(followed: Watch, tmp_path: pathlib.Path) -> None:
    made(tmp_path / "folder/file")
    (tmp_path / "link").symlink_to("folder")
    event = removal(followed, tmp_path, b"link/file")
    assert value(event, "fs.path.name") == os.fsencode(tmp_path / "folder/file")
    assert value(event, "evt.abspath") == os.fsencode(tmp_path / "folder/file")


@pytest.mark.parametrize(
    "prefix", ["/proc/self/root", "/proc/self/cwd/../../../../../../..", "/proc/{pid}/root"]
)
def test_through_the_links_of_proc(followed: Watch, tmp_path: pathlib.Path, prefix: str) -> None:
    file = made(tmp_path / "file")
    way = prefix.format(pid=os.getpid()) + str(file)
    assert value(removal(followed, tmp_path, way.encode()), "fs.path.name") == os.fsencode(file)


def test_through_a_descriptor_of_another_process(followed: Watch, tmp_path: pathlib.Path) -> None:
    file = made(tmp_path / "folder/file")
    fd = os.open(tmp_path / "folder", os.O_RDONLY)
    event = removal(followed, tmp_path, b"/proc/%d/fd/%d/file" % (os.getpid(), fd))
    os.close(fd)
    assert value(event, "fs.path.name") == os.fsencode(file)


def test_names_that_are_no_text(followed: Watch, tmp_path: pathlib.Path) -> None:
    name = b"\xff\xfe\n\x1b[31m"
    made(tmp_path / os.fsdecode(name))
    event = removal(followed, tmp_path, name)
    assert value(event, "fs.path.name") == os.fsencode(tmp_path) + b"/" + name


def test_through_a_bind_mount_it_is_the_place_in_the_tree_of_mounts(
    followed: Watch, tmp_path: pathlib.Path
) -> None:
    made(tmp_path / "folder/file")
    (tmp_path / "bound").mkdir()

    def work() -> None:
        own_mounts()
        os.chdir(tmp_path)
        call("mount", b"folder", b"bound", None, BIND, None)
        call("unlinkat", AT_FDCWD, b"bound/file", 0)
        call("umount2", b"../%s/bound" % os.fsencode(tmp_path.name), DETACH)

    _, mount, unlink, umount = followed.of(work, "mount", "unlinkat", "umount2")
    assert value(mount, "fs.path.target") == value(umount, "fs.path.name") == os.fsencode(tmp_path / "bound")
    assert value(mount, "fs.path.sourceraw") == b"folder"
    assert value(unlink, "fs.path.name") == os.fsencode(tmp_path / "bound/file")


def test_in_a_root_of_its_own(followed: Watch, tmp_path: pathlib.Path) -> None:
    made(tmp_path / "folder/file")

    def work() -> None:
        os.chdir(tmp_path)
        call("chroot", b"folder/../folder")
        call("unlinkat", AT_FDCWD, b"/folder/../file", 0)
        os.chdir("/")
        call("unlinkat", AT_FDCWD, b"../../file", 0)

    event, *rest = followed.of(work, "chroot", "unlinkat")
    assert isinstance(event, Recorded)
    assert event.call.name(0).path == os.fsencode(tmp_path / "folder")
    assert [one.result for one in rest] == [-2, 0]
    assert value(rest[1], "fs.path.name") == b"/file"


def test_in_another_mount_namespace(followed: Watch, tmp_path: pathlib.Path) -> None:
    """The folder of another process, on a mount that nobody else has."""
    (tmp_path / "folder").mkdir()
    ready, done = os.pipe(), os.pipe()
    other = os.fork()
    if other == 0:
        own_mounts()
        call("mount", b"none", os.fsencode(tmp_path / "folder"), b"tmpfs", 0, None)
        made(tmp_path / "folder/file")
        os.write(ready[1], b"x")
        os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    way = b"/proc/%d/root%s/folder/file" % (other, os.fsencode(tmp_path))
    event = removal(followed, tmp_path, way)
    os.write(done[1], b"x")
    os.waitpid(other, 0)
    assert value(event, "fs.path.name") == os.fsencode(tmp_path / "folder/file")


def test_a_file_that_was_removed_has_the_name_it_had(followed: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        fd = os.open(made(tmp_path / "gone"), os.O_RDONLY)
        os.unlink(tmp_path / "gone")
        call("fchmodat", AT_FDCWD, b"/proc/self/fd/%d" % fd, 0o600)

    (event,) = followed.of(work, "fchmodat")
    assert event.result == 0
    assert value(event, "fs.path.name") == os.fsencode(tmp_path / "gone")


@pytest.mark.parametrize(("name", "arguments"), [case for case in WRITTEN_OVER if here(case[0])])
def test_what_the_call_itself_writes_over(
    followed: Watch, tmp_path: pathlib.Path, name: str, arguments: tuple[Argument, ...]
) -> None:
    """The memory that the path was in holds the answer when the call ends."""
    (tmp_path / "link").symlink_to("elsewhere")
    os.setxattr(tmp_path / "link", KEY, b"a value", follow_symlinks=False)
    given = os.fsencode(tmp_path / "link")

    def work() -> None:
        PAGE.value = given
        assert call(name, *arguments) >= 0
        os._exit(PAGE.value == given)

    with followed.wanting(name):
        pid = in_child(work)
        (event,) = [one for one in followed.events(pid) if one.type == name]
    assert event.result is not None
    assert event.result >= 0
    assert value(event, "fs.path.name") == value(event, "fs.path.nameraw") == given
    assert event.arguments["path"] == given


def test_a_key_that_the_call_itself_writes_over(followed: Watch, tmp_path: pathlib.Path) -> None:
    os.setxattr(made(tmp_path / "file"), KEY, b"a longer value than the key")

    def work() -> None:
        os.chdir(tmp_path)
        PAGE.value = KEY
        call("getxattr", b"file", PAGE, PAGE, 64)
        PAGE.value = KEY
        call("fgetxattr", os.open("file", os.O_RDONLY), PAGE, PAGE, 64)

    by_name, by_descriptor = followed.of(work, "getxattr", "fgetxattr")
    assert by_name.result == by_descriptor.result == len(b"a longer value than the key")
    assert by_name.arguments["key"] == by_descriptor.arguments["key"] == KEY
    assert value(by_name, "fs.path.name") == value(by_descriptor, "fs.path.name")


def test_attributes_are_where_they_were_set(followed: Watch, tmp_path: pathlib.Path) -> None:
    """Through a link, by a descriptor, and a list of who may do what, which has a hook of its own."""
    made(tmp_path / "file")
    (tmp_path / "link").symlink_to("file")
    acl = struct.pack("<I" + "HHI" * 3, 2, *(1, 6, ANY_ID), *(4, 4, ANY_ID), *(32, 4, ANY_ID))

    def work() -> None:
        os.chdir(tmp_path)
        fd = os.open("file", os.O_RDONLY)
        call("setxattr", b"link", KEY, b"x", 1, 0)
        call("fsetxattr", fd, KEY, b"y", 1, 0)
        call("setxattr", b"link", b"system.posix_acl_access", acl, len(acl), 0)
        call("getxattr", b"link", b"system.posix_acl_access", PAGE, 64)
        call("removexattr", b"link", KEY)
        call("utimensat", fd, None, None, 0)
        call("setxattr", b"no", KEY, b"x", 1, 0)

    names = ("setxattr", "fsetxattr", "getxattr", "removexattr", "utimensat")
    *done, failed = followed.of(work, *names)
    done = [event for event in done if (event.result or 0) >= 0]  # not every file system has such lists
    assert len(done) >= 4
    assert [value(event, "fs.path.name") for event in done] == [os.fsencode(tmp_path / "file")] * len(done)
    assert (value(failed, "fs.path.name"), failed.arguments["path"]) == (None, os.fsencode(tmp_path / "no"))


def test_in_a_folder_that_was_removed(followed: Watch, tmp_path: pathlib.Path) -> None:
    """Nothing can be made there; the failure has the path that was meant."""
    (tmp_path / "gone").mkdir()

    def work() -> None:
        os.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        call("mkdirat", AT_FDCWD, b"new", 0o700)

    (event,) = (one for one in followed.of(work, "mkdirat", "mkdir") if one.type == "mkdirat")
    assert (event.result, event.raw_arguments["path"]) == (-2, b"new")
    assert value(event, "evt.abspath") == event.arguments["path"] == os.fsencode(tmp_path / "gone/new")


def test_of_a_path_over_4_kib_the_end_is_known(followed: Watch, tmp_path: pathlib.Path) -> None:
    name, depth = "n" * 200, 25

    def work() -> None:
        os.chdir(tmp_path)
        for _ in range(depth):
            os.mkdir(name)
            os.chdir(name)
        made(pathlib.Path("file"))
        call("unlinkat", AT_FDCWD, b"file", 0)

    def clear() -> None:
        os.chdir(tmp_path)
        for _ in range(depth):
            os.chdir(name)
        for _ in range(depth):
            os.chdir("..")
            os.rmdir(name)

    def cut() -> int:
        totals = followed.probes.totals()
        return sum(
            one.value for one in totals if (one.event_class, one.reason) == ("unlinkat", "path too long")
        )

    before = cut()
    (event,) = followed.of(work, "unlinkat")
    lost = cut() - before
    in_child(clear)
    path = value(event, "fs.path.name")
    assert isinstance(path, bytes)
    assert len(path) > 3800
    assert f"{tmp_path}/{f'{name}/' * depth}file".encode().endswith(path)
    assert lost == 2  # the working directory is among what is recorded


def test_a_failure_behind_a_success_has_its_own_path(followed: Watch, tmp_path: pathlib.Path) -> None:
    made(tmp_path / "file")

    def work() -> None:
        os.chdir(tmp_path)
        call("unlinkat", AT_FDCWD, b"file", 0)
        call("unlinkat", AT_FDCWD, b"missing", 0)

    done, failed = followed.of(work, "unlinkat")
    assert (done.result, failed.result) == (0, -2)
    assert value(failed, "evt.abspath") == os.fsencode(tmp_path / "missing")


def test_what_no_rule_wanted_leaves_nothing_behind(followed: Watch, tmp_path: pathlib.Path) -> None:
    made(tmp_path / "file")

    def work() -> None:
        os.chdir(tmp_path)
        call("unlinkat", AT_FDCWD, b"file", 0)
        call("unlinkat", AT_FDCWD, b"missing", 0)

    followed.probes.subscribe(frozenset(), frozenset({"unlinkat"}))
    try:
        (failed,) = followed.of(work)
    finally:
        followed.probes.subscribe(ALL, ALL, ASKED)
    assert (failed.result, failed.raw_arguments["name"]) == (-2, b"missing")
    assert value(failed, "evt.abspath") == os.fsencode(tmp_path / "missing")


def test_a_link_that_is_swapped_during_the_call(followed: Watch, tmp_path: pathlib.Path) -> None:
    """way -> a or b, which change places all the time; who won is seen by which file is gone."""
    files = {name: tmp_path / name / "file" for name in "ab"}
    for name in files:
        (tmp_path / name).mkdir()
    os.symlink("a", tmp_path / "way")

    def swap() -> None:
        for name in files:
            os.symlink(name, tmp_path / "next")
            os.rename(tmp_path / "next", tmp_path / "way")

    def work() -> None:
        os.chdir(tmp_path)
        winners = []
        for _ in range(ROUNDS):
            for file in files.values():
                file.touch()
            assert call("unlinkat", AT_FDCWD, b"way/file", 0) == 0
            winners.append(next(name for name, file in files.items() if not file.exists()))
        (tmp_path / "winners").write_text("".join(winners))

    with followed.wanting("unlinkat"), meanwhile(swap):
        events = followed.of(work, "unlinkat")
    (tmp_path / "next").unlink(missing_ok=True)
    winners = (tmp_path / "winners").read_text()
    assert [value(event, "fs.path.name") for event in events] == [os.fsencode(files[one]) for one in winners]
    assert {event.raw_arguments["name"] for event in events} == {b"way/file"}
    assert set(winners) == {"a", "b"}


def test_a_descriptor_that_is_changed_during_the_call(followed: Watch, tmp_path: pathlib.Path) -> None:
    """The call is relative to a descriptor that another thread makes stand for a, and b, and a."""
    files = {name: tmp_path / name / "file" for name in "ab"}
    for name in files:
        (tmp_path / name).mkdir()

    def work() -> None:
        folders = [os.open(tmp_path / name, os.O_RDONLY) for name in files]
        way = os.dup(folders[0])
        over = threading.Event()

        def change() -> None:
            while not over.is_set():
                for folder in folders:
                    LIBC.dup2(folder, way)

        thread = threading.Thread(target=change)
        thread.start()
        winners = []
        for _ in range(ROUNDS):
            for file in files.values():
                file.touch()
            assert call("unlinkat", way, b"file", 0) == 0
            winners.append(next(name for name, file in files.items() if not file.exists()))
        over.set()
        thread.join()
        (tmp_path / "winners").write_text("".join(winners))

    with followed.wanting("unlinkat"):
        events = followed.of(work, "unlinkat")
    winners = (tmp_path / "winners").read_text()
    assert [value(event, "fs.path.name") for event in events] == [os.fsencode(files[one]) for one in winners]
    assert [value(event, "evt.abspath") for event in events] == [os.fsencode(files[one]) for one in winners]
    assert set(winners) == {"a", "b"}


def test_a_successful_call_is_never_read_from_memory(followed: Watch, tmp_path: pathlib.Path) -> None:
    """No counter of names that only the process knew has risen while all of this room's calls were made."""
    made(tmp_path / "file")
    removal(followed, tmp_path, b"file")
    reason = "name as the process had it at the end"
    risen = [one for one in followed.probes.totals() if one.reason == reason]
    # a mount_setattr() that changes nothing looks no name up (test_calls_on_names_are_recorded)
    assert {one.event_class: one.value for one in risen} in ({}, {"mount_setattr": 1}), risen

# SPDX-License-Identifier: Apache-2.0
"""What io_uring does for a process is recorded as the system calls whose work it is, and marked."""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import stat
import struct
import threading
import time
from collections.abc import Callable

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.ast import FieldRef
from lanner_engine.fields import model
from lanner_engine.fields.reading import reader
from tests.kernel import io_uring
from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import Watch
from tests.kernel.io_uring import Request

pytestmark = pytest.mark.each_kernel

EXCHANGE = 2  # RENAME_EXCHANGE
Ends = list[tuple[int, int, int]]


def value(event: model.Event, field: str) -> object:
    return reader(FieldRef(field, None))(event)


def seen(watch: Watch, work: Callable[[], None], *types: str) -> list[Event]:
    """Its events that were requests of io_uring."""
    events = [event for event in watch.of(work, *types) if isinstance(event, Event)]
    return [event for event in events if event.through_io_uring]


def one(events: list[Event]) -> Event:
    (event,) = events
    return event


def asked(watch: Watch, request: Callable[[Callable[[bytes], int]], Request], result: int = 0) -> Event:
    """The event of one request of a process; `request` is given what keeps a string in memory."""

    def work() -> None:
        kept = []

        def keep(value: bytes) -> int:
            kept.append(io_uring.text(value))
            return io_uring.at(kept[-1])

        with io_uring.ring() as ring:
            assert ring.result(request(keep)) == result

    return one(seen(watch, work))


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    made = tmp_path / "file"
    made.write_bytes(b"text")
    return made


def opening(path: bytes, how: int, mode: int = 0, **more: int) -> tuple[Request, object]:
    held = io_uring.text(path)
    request = Request(io_uring.OPENAT, AT_FDCWD, io_uring.at(held), mode, how=how, tag=7, **more)
    return request, held


def test_an_open(watch: Watch, file: pathlib.Path) -> None:
    def work() -> None:
        request, _held = opening(os.fsencode(file), os.O_RDWR | os.O_CLOEXEC)
        with io_uring.ring() as ring:
            fd = ring.result(request)
            assert os.read(fd, 9) == b"text"

    event = one(seen(watch, work))
    assert (event.type, event.unfinished) == ("openat", False)
    assert event.fd is not None
    assert event.fd.num == event.result
    assert event.fd.name == event.fd.nameraw == os.fsencode(file)
    assert event.fd.ino == file.stat().st_ino
    assert (event.open_read, event.open_write, event.open_create, event.open_exec) == (
        True,
        True,
        False,
        False,
    )
    arguments = dict(event.arguments)
    assert arguments.pop("dev") == b"%X" % int(event.raw_arguments["dev"])
    assert arguments == {
        "fd": b"<f>%s" % os.fsencode(file),
        "dirfd": b"AT_FDCWD",
        "name": os.fsencode(file),
        "flags": arguments["flags"],
        "mode": b"0",
        "ino": b"%d" % file.stat().st_ino,
    }
    assert {b"O_RDWR", b"O_CLOEXEC"} <= set(arguments["flags"].split(b"|"))
    assert value(event, "evt.is_io_uring") is True
    assert value(event, "evt.is_unfinished") is False


def test_system_calls_are_not_marked(watch: Watch, file: pathlib.Path) -> None:
    events = watch.of(lambda: os.close(os.open(file, os.O_RDONLY)), "openat")
    assert [value(event, "evt.is_io_uring") for event in events] == [False]


def test_an_open_that_creates(watch: Watch, tmp_path: pathlib.Path) -> None:
    path = os.fsencode(tmp_path / "new")

    def work() -> None:
        request, _held = opening(path, os.O_WRONLY | os.O_CREAT, 0o755)
        with io_uring.ring() as ring:
            assert ring.result(request) >= 0

    event = one(seen(watch, work))
    assert event.arguments["mode"] == b"0755"
    assert (event.open_write, event.open_create, event.open_exec) == (True, True, True)
    assert event.fd is not None
    assert (event.fd.name, event.fd.typechar) == (path, b"f")


def test_an_open_that_fails(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        os.chdir(tmp_path)
        request, _held = opening(b"missing/../none", os.O_RDONLY)
        with io_uring.ring() as ring:
            assert ring.result(request) == -errno.ENOENT

    event = one(seen(watch, work))
    assert (event.type, event.result) == ("openat", -errno.ENOENT)
    assert event.fd is not None
    assert (event.fd.nameraw, event.fd.name) == (b"missing/../none", os.fsencode(tmp_path / "none"))


def test_an_open_through_links_is_of_the_file(watch: Watch, file: pathlib.Path) -> None:
    (file.parent / "one").symlink_to("two")
    (file.parent / "two").symlink_to(file)

    def work() -> None:
        folder = os.open(file.parent, os.O_PATH)
        held = io_uring.text(b"./one")
        with io_uring.ring() as ring:
            assert ring.result(Request(io_uring.OPENAT, folder, io_uring.at(held), how=os.O_RDONLY)) > 0

    event = one(seen(watch, work))
    assert event.fd is not None
    assert (event.fd.nameraw, event.fd.name) == (b"./one", os.fsencode(file))


def test_openat2_with_what_it_resolves(watch: Watch, file: pathlib.Path) -> None:
    how = io_uring.text(struct.pack("=QQQ", os.O_RDONLY, 0, 4))  # RESOLVE_NO_SYMLINKS

    def work() -> None:
        held = io_uring.text(os.fsencode(file))
        request = Request(io_uring.OPENAT2, AT_FDCWD, io_uring.at(held), 24, io_uring.at(how))
        with io_uring.ring() as ring:
            assert ring.result(request) >= 0

    event = one(seen(watch, work))
    assert (event.type, event.arguments["resolve"]) == ("openat2", b"RESOLVE_NO_SYMLINKS")
    assert event.fd is not None
    assert event.fd.name == os.fsencode(file)


@pytest.mark.parametrize("slot", [3, io_uring.ANY_SLOT])
def test_an_open_into_the_rings_own_table(watch: Watch, file: pathlib.Path, slot: int) -> None:
    """No descriptor is made; the file is known all the same."""
    (file.parent / "link").symlink_to(file)

    def work() -> None:
        request, _held = opening(os.fsencode(file.parent / "link"), os.O_RDONLY, slot=slot)
        with io_uring.ring() as ring:
            ring.register_files(8)
            assert ring.result(request) == 0

    event = one(seen(watch, work))
    assert event.fd is not None
    assert (event.fd.name, event.fd.ino) == (os.fsencode(file), file.stat().st_ino)


def test_a_file_of_the_ring_becomes_a_descriptor(watch: Watch, file: pathlib.Path) -> None:
    if not io_uring.supported(io_uring.FIXED_FD_INSTALL):
        pytest.skip("needs IORING_OP_FIXED_FD_INSTALL, which this kernel's io_uring lacks")

    def work() -> None:
        request, _held = opening(os.fsencode(file), os.O_RDONLY, slot=1)
        with io_uring.ring() as ring:
            ring.register_files(8)
            assert ring.result(request) == 0
            made = ring.result(Request(io_uring.FIXED_FD_INSTALL, 0, flags=io_uring.FIXED_FILE))
            assert os.read(made, 9) == b"text"

    event = one(seen(watch, work, "dup"))
    assert event.fd is not None
    assert (event.fd.num, event.fd.name) == (event.result, os.fsencode(file))
    assert event.arguments["res"] == b"<f>%s" % os.fsencode(file)


def test_unlinkat(watch: Watch, file: pathlib.Path) -> None:
    event = asked(watch, lambda keep: Request(io_uring.UNLINKAT, AT_FDCWD, keep(os.fsencode(file))))
    assert not file.exists()
    assert event.type == "unlinkat"
    assert dict(event.arguments) == {
        "res": b"0",
        "dirfd": b"AT_FDCWD",
        "name": os.fsencode(file),
        "flags": b"0",
    }
    assert value(event, "fs.path.name") == value(event, "evt.abspath") == os.fsencode(file)


def test_unlinkat_of_a_folder_that_is_not_there(watch: Watch, tmp_path: pathlib.Path) -> None:
    event = asked(
        watch,
        lambda keep: Request(io_uring.UNLINKAT, AT_FDCWD, keep(b"/nowhere/at all"), how=0x200),
        -errno.ENOENT,
    )
    assert dict(event.arguments) == {
        "res": b"ENOENT",
        "dirfd": b"AT_FDCWD",
        "name": b"/nowhere/at all",
        "flags": b"AT_REMOVEDIR",
    }


def test_renameat2(watch: Watch, file: pathlib.Path) -> None:
    new = file.with_name("new")

    def work() -> None:
        folder = os.open(file.parent, os.O_PATH)
        held = io_uring.text(b"file"), io_uring.text(os.fsencode(new))
        old, to = map(io_uring.at, held)
        with io_uring.ring() as ring:
            request = Request(io_uring.RENAMEAT, folder, old, AT_FDCWD & 0xFFFFFFFF, to, how=1)
            assert ring.result(request) == 0

    event = one(seen(watch, work))
    assert new.exists()
    arguments = dict(event.arguments)
    assert arguments.pop("olddirfd") == b"<d>" + os.fsencode(file.parent)
    assert arguments == {
        "res": b"0",
        "oldpath": os.fsencode(file),
        "newdirfd": b"AT_FDCWD",
        "newpath": os.fsencode(new),
        "flags": b"RENAME_NOREPLACE",
    }
    assert value(event, "fs.path.source") == os.fsencode(file)
    assert value(event, "fs.path.target") == os.fsencode(new)


def test_mkdirat(watch: Watch, tmp_path: pathlib.Path) -> None:
    new = tmp_path / "folder"
    event = asked(watch, lambda keep: Request(io_uring.MKDIRAT, AT_FDCWD, keep(os.fsencode(new)), 0o750))
    assert stat.S_ISDIR(new.stat().st_mode)
    assert dict(event.arguments) == {
        "res": b"0",
        "dirfd": b"AT_FDCWD",
        "path": os.fsencode(new),
        "mode": b"1E8",
    }


def test_symlinkat(watch: Watch, tmp_path: pathlib.Path) -> None:
    link = tmp_path / "link"
    event = asked(
        watch,
        lambda keep: Request(
            io_uring.SYMLINKAT, AT_FDCWD, keep(b"../target"), offset=keep(os.fsencode(link))
        ),
    )
    assert os.readlink(link) == "../target"
    assert dict(event.arguments) == {
        "res": b"0",
        "target": b"../target",
        "linkdirfd": b"AT_FDCWD",
        "linkpath": os.fsencode(link),
    }


def test_linkat(watch: Watch, file: pathlib.Path) -> None:
    new = file.with_name("hard")
    event = asked(
        watch,
        lambda keep: Request(
            io_uring.LINKAT,
            AT_FDCWD,
            keep(os.fsencode(file)),
            AT_FDCWD & 0xFFFFFFFF,
            keep(os.fsencode(new)),
            how=0x400,
        ),
    )
    assert new.stat().st_ino == file.stat().st_ino
    assert dict(event.arguments) == {
        "res": b"0",
        "olddir": b"AT_FDCWD",
        "oldpath": os.fsencode(file),
        "newdir": b"AT_FDCWD",
        "newpath": os.fsencode(new),
        "flags": b"AT_SYMLINK_FOLLOW",
    }


def test_ftruncate(watch: Watch, file: pathlib.Path) -> None:
    if not io_uring.supported(io_uring.FTRUNCATE):
        pytest.skip("needs IORING_OP_FTRUNCATE, which this kernel's io_uring lacks")

    def work() -> None:
        fd = os.open(file, os.O_RDWR)
        with io_uring.ring() as ring:
            assert ring.result(Request(io_uring.FTRUNCATE, fd, offset=2)) == 0

    event = one(seen(watch, work))
    assert file.read_bytes() == b"te"
    assert dict(event.arguments) == {"res": b"0", "fd": b"<f>%s" % os.fsencode(file), "length": b"2"}


@pytest.mark.parametrize("flags", [io_uring.SQPOLL, io_uring.SINGLE_ISSUER | io_uring.DEFER_TASKRUN])
def test_rings_that_are_polled_or_deferred(watch: Watch, file: pathlib.Path, flags: int) -> None:
    def work() -> None:
        request, _held = opening(os.fsencode(file), os.O_RDONLY)
        with io_uring.ring(flags=flags) as ring:
            assert ring.result(request) >= 0

    event = one(seen(watch, work, "openat"))
    assert event.fd is not None
    assert event.fd.name == os.fsencode(file)
    assert event.process.tid == event.process.pid
    assert not event.process.comm.startswith(b"iou-")


def test_requests_that_hide_their_end_are_reported_when_they_are_made(
    watch: Watch, file: pathlib.Path
) -> None:
    def work() -> None:
        request, _held = opening(os.fsencode(file), os.O_RDONLY, flags=io_uring.CQE_SKIP)
        with io_uring.ring() as ring:
            assert ring.submit(request, wait=0) == 1
            assert ring.completions() == []

    event = one(seen(watch, work, "openat"))
    assert (event.unfinished, event.result) == (True, 0)
    assert event.fd is not None
    assert (event.fd.name, event.fd.nameraw) == (os.fsencode(file), os.fsencode(file))
    assert value(event, "evt.is_unfinished") is True
    assert event.open_read is True


def crowded(ring: io_uring.Ring, *requests: Request) -> None:
    """Hand them to a ring whose completions have no room left."""
    for _ in range(3):
        assert ring.submit(Request(io_uring.NOP, tag=1), Request(io_uring.NOP, tag=1), wait=0) == 2
    for request in requests:
        assert ring.submit(request, wait=0) == 1


def test_completions_without_room_are_seen(watch: Watch, file: pathlib.Path) -> None:
    """And as long as there is none, requests are reported as soon as they are made too."""
    (file.parent / "link").symlink_to(file)

    def work() -> None:
        request, _held = opening(os.fsencode(file.parent / "link"), os.O_RDONLY)
        with io_uring.ring(2) as ring:
            crowded(ring, request)
            time.sleep(0.2)

    early, ended = seen(watch, work, "openat")
    assert (early.unfinished, ended.unfinished) == (True, False)
    assert early.fd is not None
    assert early.fd.name == early.fd.nameraw == os.fsencode(file.parent / "link")
    assert ended.fd is not None
    assert ended.fd.name == os.fsencode(file)


def test_completions_without_room_and_without_a_tag_of_their_own(
    watch: Watch, tmp_path: pathlib.Path
) -> None:
    """The kernel says of them only their tag, and that is what the process likes it to be."""
    paths = [tmp_path / f"file{number}" for number in range(12)]
    for path in paths:
        path.touch()

    def work() -> None:
        held = [io_uring.text(os.fsencode(path)) for path in paths]
        removals = [
            Request(io_uring.UNLINKAT, AT_FDCWD, io_uring.at(one), flags=io_uring.ASYNC) for one in held
        ]
        with io_uring.ring(16) as ring:
            assert ring.submit(*[Request(io_uring.NOP)] * 16, wait=0) == 16
            assert ring.submit(*[Request(io_uring.NOP)] * 16, wait=0) == 16
            assert ring.submit(*removals, wait=0) == len(paths)
            time.sleep(0.5)

    events = seen(watch, work, "unlinkat")
    assert not [path for path in paths if path.exists()]
    assert {event.arguments["name"] for event in events} == {os.fsencode(path) for path in paths}


def test_the_path_is_the_kernels_whatever_the_process_writes_meanwhile(
    watch: Watch, file: pathlib.Path
) -> None:
    """The name is read once by the kernel, and that reading is what the record has."""
    path, other = os.fsencode(file), b"/dev/null".ljust(len(os.fsencode(file)), b"\0")
    rounds = 200

    def work() -> None:
        held = io_uring.text(path)
        stop = threading.Event()

        def rewrite() -> None:
            while not stop.is_set():
                ctypes.memmove(held, other, len(other))
                ctypes.memmove(held, path, len(path))

        thread = threading.Thread(target=rewrite)
        thread.start()
        with io_uring.ring() as ring:
            for _ in range(rounds):
                fd = ring.result(Request(io_uring.OPENAT, AT_FDCWD, io_uring.at(held), how=os.O_RDONLY))
                assert fd >= 0 or fd == -errno.ENOENT
                if fd >= 0:
                    os.close(fd)
        stop.set()
        thread.join()

    events = seen(watch, work, "openat")
    assert len(events) == rounds
    for event in events:
        assert event.fd is not None
        if event.result is not None and event.result >= 0:
            assert event.fd.name == event.fd.nameraw
            assert event.fd.name in {path, b"/dev/null"}


def test_names_of_many_requests_at_once_are_not_mixed_up(watch: Watch, tmp_path: pathlib.Path) -> None:
    names = [os.fsencode(tmp_path / f"{number}{'x' * (number * 6)}") for number in range(32)]
    for name in names:
        pathlib.Path(os.fsdecode(name)).touch()

    def work() -> None:
        held = [io_uring.text(name) for name in names]
        requests = [
            Request(io_uring.UNLINKAT, AT_FDCWD, io_uring.at(name), flags=io_uring.ASYNC, tag=tag)
            for tag, name in enumerate(held)
        ]
        with io_uring.ring(32) as ring:
            assert ring.submit(*requests) == 32
            assert {result for _, result, _ in ring.completions()} == {0}

    events = seen(watch, work, "unlinkat")
    assert sorted(event.arguments["name"] for event in events) == sorted(names)


def test_hostile_names_are_bytes(watch: Watch, tmp_path: pathlib.Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\n\x1b[31m"
    event = asked(watch, lambda keep: Request(io_uring.MKDIRAT, AT_FDCWD, keep(name), 0o700))
    assert event.arguments["path"] == name

# SPDX-License-Identifier: Apache-2.0
"""Requests of io_uring that are handed over together: what one of them opened is what its event says, and
what the index is asked for, whatever the others put in its place before the kernel tells of its end.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import pathlib
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel import made
from lanner_engine.fields.model import Endpoint
from tests.kernel import io_uring
from tests.kernel.calling import AT_FDCWD
from tests.kernel.conftest import Watch
from tests.kernel.io_uring import Request
from tests.kernel.sifting import Sieve, asks_names
from tests.kernel.test_sockets_of_io_uring_are_recorded import ends, port_of

pytestmark = pytest.mark.each_kernel

HOW = io_uring.text(struct.pack("=QQQ", os.O_RDONLY, 0, 0))
GONE = "descriptor closed meanwhile"
A_DAY_S = 86400
AGAIN = 40  # what depends on who comes first is tried as often
Batch = Callable[["Scene", int], Sequence[Request]]
_KEPT: list[ctypes.Array[ctypes.c_char]] = []  # while the kernel may read them


class Scene:
    """A file that is worth hiding, a link to it, and another that nobody minds."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.secret, self.other, self.link = folder / "secret", folder / "other", folder / "link"
        self.renamed = folder / "renamed"
        for file in (self.secret, self.other):
            file.touch()
        self.link.symlink_to(self.secret)
        # or who follows it writes its time, for which the kernel takes a worker
        os.utime(self.link, (time.time() + A_DAY_S, 0), follow_symlinks=False)

    def ino(self) -> int:
        return self.secret.stat().st_ino


@pytest.fixture
def scene(tmp_path: pathlib.Path) -> Scene:
    return Scene(tmp_path)


def at(path: pathlib.Path) -> int:
    _KEPT.append(io_uring.text(os.fsencode(path)))
    return io_uring.at(_KEPT[-1])


def opening(path: pathlib.Path, **more: int) -> Request:
    return Request(io_uring.OPENAT, AT_FDCWD, at(path), how=os.O_RDONLY, **more)


def opening2(path: pathlib.Path, **more: int) -> Request:
    return Request(io_uring.OPENAT2, AT_FDCWD, at(path), 24, io_uring.at(HOW), **more)


def closing(fd: int, **more: int) -> Request:
    return Request(io_uring.CLOSE, fd, **more)


def looking(path: pathlib.Path) -> Request:
    _KEPT.append(answer := ctypes.create_string_buffer(256))
    return Request(io_uring.STATX, AT_FDCWD, at(path), 0x7FF, io_uring.at(answer), flags=io_uring.ASYNC)


def linked(*requests: Request) -> list[Request]:
    """Each is carried out when the one before it has ended."""
    return [
        *(Request(**{**_fields(one), "flags": one.flags | io_uring.IO_LINK}) for one in requests[:-1]),
        requests[-1],
    ]


def _fields(request: Request) -> dict[str, int]:
    return {name: getattr(request, name) for name in Request.__slots__}


def idle(count: int) -> list[Request]:
    return [Request(io_uring.NOP)] * count


def after_nothing(*requests: Request) -> list[Request]:
    """Each is the second of two: the kernel comes to all of them together when it has done the first ones."""
    return [one for request in requests for one in linked(Request(io_uring.NOP), request)]


BATCHES: dict[str, Batch] = {
    "one takes the other's descriptor": lambda s, fd: [opening(s.link), closing(fd), opening(s.other)],
    "openat2": lambda s, fd: [opening2(s.link), closing(fd), opening2(s.other)],
    "with requests between": lambda s, fd: [
        *idle(2), opening(s.link), looking(s.other), *idle(1), closing(fd), looking(s.other), opening(s.other)
    ],
    "closed": lambda s, fd: [opening(s.link), closing(fd)],
    "closed by the last of many": lambda s, fd: [opening(s.link), *idle(20), closing(fd)],
    "two in a row": lambda s, fd: [
        opening(s.other), closing(fd), opening(s.link), closing(fd), opening(s.other)
    ],
    "a chain": lambda s, fd: linked(opening(s.link), closing(fd), opening(s.other)),
    "the head of a chain": lambda s, fd: [
        *linked(opening(s.link), *idle(1)), closing(fd), opening(s.other)
    ],
    "a place among the ring's files": lambda s, fd: [opening(s.link, slot=1), opening(s.other, slot=1)],
    "any place among the ring's files": lambda s, fd: [
        opening(s.link, slot=io_uring.ANY_SLOT), closing(0, slot=1), opening(s.other, slot=io_uring.ANY_SLOT)
    ],
}  # fmt: skip


def handed_over(batch: Batch, scene: Scene, flags: int = 0) -> Callable[[], None]:
    """At once, to a new ring."""

    def work() -> None:
        with io_uring.ring(32, flags) as ring:
            ring.register_files(4)
            free = os.dup(0)
            os.close(free)
            requests = batch(scene, free)
            assert ring.submit(*requests) == len(requests)
            ended = ring.completions()
            assert [result for _, result, _ in ended if result < 0] == []

    return work


def seen(watch: Watch, work: Callable[[], None], *types: str) -> list[Event]:
    events = [event for event in watch.of(work, *types) if isinstance(event, Event)]
    return [event for event in events if event.through_io_uring]


def opened(events: Sequence[Event]) -> list[tuple[bytes | None, int | None]]:
    """What their files are called, and their numbers."""
    return [(event.fd.name, event.fd.ino) for event in events if event.fd is not None]


def gone(watch: Watch) -> int:
    return sum(one.value for one in watch.probes.counters() if one.reason == GONE)


RINGS = {"plain": 0, "polled": io_uring.SQPOLL, "deferred": io_uring.SINGLE_ISSUER | io_uring.DEFER_TASKRUN}


@pytest.mark.parametrize("flags", RINGS.values(), ids=RINGS)
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_what_was_opened_is_recorded(watch: Watch, scene: Scene, batch: Batch, flags: int) -> None:
    before = gone(watch)
    events = seen(watch, handed_over(batch, scene, flags), "openat", "openat2")
    secret, other = ((os.fsencode(file), file.stat().st_ino) for file in (scene.secret, scene.other))
    assert opened(events).count(secret) == 1
    assert set(opened(events)) <= {secret, other}
    for event in events:
        if event.fd is not None and event.fd.ino == scene.ino():
            assert event.fd.nameraw == os.fsencode(scene.link)
            assert (event.fd.num, event.fd.typechar) == (event.result, b"f")
            assert event.fd.dev == scene.secret.stat().st_dev
            assert event.open_read
            assert not event.open_create
    assert gone(watch) == before


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_the_index_is_asked_for_what_was_opened(sieve: Sieve, scene: Scene, batch: Batch) -> None:
    """Rules on the file alone, on its folder, and on who opens it."""
    for condition in (f"fd.name = {scene.secret}", "fd.name endswith /secret", "fd.filename = secret"):
        whole = f"evt.type in (openat, openat2) and {condition}"
        events = sieve.seen(whole, handed_over(batch, scene))
        names = [name for name, _ in opened([event for event in events if event.through_io_uring])]
        assert os.fsencode(scene.secret) in names


def test_a_file_that_is_renamed_in_the_batch_has_the_name_it_was_opened_by(
    sieve: Sieve, scene: Scene
) -> None:
    """A worker of the kernel renames it while the rest of the batch is carried out."""

    def batch(scene: Scene, _fd: int) -> list[Request]:
        here = AT_FDCWD & 0xFFFFFFFF
        rename = Request(io_uring.RENAMEAT, AT_FDCWD, at(scene.secret), here, at(scene.renamed))
        return [opening(scene.link), rename, *[opening(scene.other)] * 20]

    secret = os.fsencode(scene.secret)
    for _ in range(AGAIN):
        work = handed_over(batch, scene)
        events = sieve.seen(f"evt.type = openat and fd.name = {scene.secret}", work)
        assert secret in [name for name, _ in opened([event for event in events if event.through_io_uring])]
        scene.renamed.rename(scene.secret)


def test_a_file_that_is_removed_in_the_batch_is_known(watch: Watch, scene: Scene) -> None:
    ino = scene.ino()

    def batch(scene: Scene, fd: int) -> list[Request]:
        remove = Request(io_uring.UNLINKAT, AT_FDCWD, at(scene.secret))
        return [opening(scene.link), remove, closing(fd), *[opening(scene.other)] * 20]

    events = seen(watch, handed_over(batch, scene), "openat")
    assert (os.fsencode(scene.secret), ino) in opened(events)


def test_a_file_of_the_ring_that_was_a_descriptor_for_a_moment(watch: Watch, scene: Scene) -> None:
    if not io_uring.supported(io_uring.FIXED_FD_INSTALL):
        pytest.skip("needs IORING_OP_FIXED_FD_INSTALL, which this kernel's io_uring lacks")

    def batch(scene: Scene, fd: int) -> list[Request]:
        install = Request(io_uring.FIXED_FD_INSTALL, 0, flags=io_uring.FIXED_FILE)
        return [opening(scene.link, slot=1), install, closing(fd), opening(scene.other)]

    (event,) = seen(watch, handed_over(batch, scene), "dup")
    assert opened([event]) == [(os.fsencode(scene.secret), scene.ino())]


def test_files_that_take_turns_within_the_kernel_may_be_any(sieve: Sieve, scene: Scene) -> None:
    """Nothing is sure to tell of the moment between them, where the kernel refuses programs on its functions:
    where nothing does, the path as given is all that is known, no rule holds it back, and that is counted.
    """

    def batch(scene: Scene, fd: int) -> list[Request]:
        return after_nothing(opening(scene.secret), closing(fd), opening(scene.other))

    before = gone(sieve.watch)
    condition = f"evt.type = openat and fd.name = {scene.secret}"
    events = [one for one in sieve.seen(condition, handed_over(batch, scene)) if one.through_io_uring]
    (file,) = [file for name, file in opened(events) if name == os.fsencode(scene.secret)]
    assert file == scene.ino() or (file is None and not made.available().hooks)
    assert len(events) == 1 or not asks_names()
    assert gone(sieve.watch) == before + (file is None)


def test_a_file_that_a_worker_opened_is_known_however_late_its_end_is_told(
    watch: Watch, scene: Scene
) -> None:
    """The ends of what is done for such a ring are told when its thread comes back to it."""
    refused = made.available().why
    if refused:
        pytest.skip(f"needs programs on the kernel's functions: {refused}")

    def work() -> None:
        other = os.open(scene.other, os.O_RDONLY)
        with io_uring.ring(flags=io_uring.SINGLE_ISSUER | io_uring.DEFER_TASKRUN) as ring:
            free = os.dup(0)
            os.close(free)
            ring.submit(opening(scene.link, flags=io_uring.ASYNC), wait=0)
            while not os.path.exists(f"/proc/self/fd/{free}"):
                time.sleep(0.01)
            os.dup2(other, free)
            ring.enter(0, 1)
            assert ring.completions()[0][1] == free

    (event,) = seen(watch, work, "openat")
    assert opened([event]) == [(os.fsencode(scene.secret), scene.ino())]


def test_more_than_are_looked_at_may_be_any(sieve: Sieve, scene: Scene) -> None:
    """A chain for each request, so many that the close is far behind the open."""

    def batch(scene: Scene, fd: int) -> list[Request]:
        return after_nothing(opening(scene.secret), *idle(100), closing(fd), opening(scene.other))

    def work() -> None:
        with io_uring.ring(256) as ring:
            free = os.dup(0)
            os.close(free)
            requests = batch(scene, free)
            assert ring.submit(*requests) == len(requests)

    events = sieve.seen(f"evt.type = openat and fd.name = {scene.secret}", work)
    names = [name for name, _ in opened([one for one in events if one.through_io_uring])]
    assert names.count(os.fsencode(scene.secret)) == 1
    assert len(names) == 1 or not asks_names()


def test_a_ring_without_room_hides_no_file(watch: Watch, scene: Scene) -> None:
    """Its completions are told in another way."""

    def work() -> None:
        with io_uring.ring(4) as ring:
            for _ in range(4):
                ring.submit(*idle(2), wait=0)
            free = os.dup(0)
            os.close(free)
            ring.submit(opening(scene.link), closing(free), opening(scene.other), wait=0)

    events = [event for event in seen(watch, work, "openat") if not event.unfinished]
    assert set(opened(events)) == {
        (os.fsencode(scene.secret), scene.ino()),
        (os.fsencode(scene.other), scene.other.stat().st_ino),
    }


def test_an_end_without_room_is_not_that_of_another_request(watch: Watch, scene: Scene) -> None:
    """A close that fails at once has the tag of an open that a worker carries out."""

    def work() -> None:
        with io_uring.ring(4) as ring:
            for _ in range(4):
                ring.submit(*idle(2), wait=0)
            ring.submit(opening(scene.link, flags=io_uring.ASYNC), closing(999), wait=0)
            time.sleep(0.2)

    (event,) = [event for event in seen(watch, work, "openat") if not event.unfinished]
    assert (event.result or -1) >= 0
    assert opened([event]) == [(os.fsencode(scene.secret), scene.ino())]


def test_an_end_without_room_is_found_behind_many_that_wait(watch: Watch, scene: Scene) -> None:
    """All of them have the same tag."""

    def work() -> None:
        one, other = socket.socketpair()
        one.setblocking(False)
        data = io_uring.text(b"." * 4096)
        with contextlib.suppress(BlockingIOError):
            while True:
                one.send(data.raw)
        sending = Request(io_uring.SEND, one.fileno(), io_uring.at(data), 4096)
        with io_uring.ring(32) as ring, other:
            for _ in range(2):
                ring.submit(*idle(32), wait=0)
            ring.submit(opening(scene.link), *[sending] * 30, wait=0)

    events = [event for event in seen(watch, work, "openat") if not event.unfinished]
    assert opened(events) == [(os.fsencode(scene.secret), scene.ino())]


def test_a_socket_that_is_closed_in_the_batch_is_known(watch: Watch) -> None:
    def work() -> None:
        with io_uring.ring() as ring:
            free = os.dup(0)
            os.close(free)
            first = Request(io_uring.SOCKET, socket.AF_INET6, offset=socket.SOCK_STREAM)
            second = Request(io_uring.SOCKET, socket.AF_INET, offset=socket.SOCK_DGRAM)
            assert ring.submit(first, closing(free), second) == 3

    first, second = seen(watch, work, "socket")
    assert [event.fd.type for event in (first, second) if event.fd] == [b"ipv6", b"ipv4"]
    assert [event.fd.num for event in (first, second) if event.fd] == [first.result] * 2


def test_a_connection_that_is_closed_in_the_batch_is_known(watch: Watch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        clients = [socket.create_connection(("127.0.0.1", port_of(server))) for _ in range(2)]

        def work() -> None:
            with io_uring.ring() as ring:
                free = os.dup(0)
                os.close(free)
                accept = Request(io_uring.ACCEPT, server.fileno())
                assert ring.submit(accept, closing(free), accept) == 3
                assert [result for _, result, _ in ring.completions() if result < 0] == []

        events = seen(watch, work, "accept4")
        assert len(events) == 2
        ports = [one.getsockname()[1] for one in clients]
        for client in clients:
            client.close()
    found = [ends(event).remote for event in events]
    assert all(isinstance(end, Endpoint) for end in found)
    assert [end.port for end in found if end] == ports


def test_opens_that_fail_beside_others(watch: Watch, scene: Scene) -> None:
    def work() -> None:
        with io_uring.ring() as ring:
            missing = opening(scene.renamed)
            assert ring.submit(missing, opening(scene.other), missing) == 3
            assert sorted(result for _, result, _ in ring.completions())[:2] == [-errno.ENOENT] * 2

    events = seen(watch, work, "openat")
    missing, other = os.fsencode(scene.renamed), os.fsencode(scene.other)
    assert Counter(name for name, _ in opened(events)) == {missing: 2, other: 1}

# SPDX-License-Identifier: Apache-2.0
"""What a worker of io_uring does is done by the thread that asked, with the credentials of its process."""

from __future__ import annotations

import os
import pathlib
import threading

import pytest

from tests.kernel import io_uring
from tests.kernel.conftest import Watch
from tests.kernel.test_requests_of_io_uring_are_recorded import one, opening, seen

pytestmark = pytest.mark.each_kernel


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    made = tmp_path / "file"
    made.write_bytes(b"text")
    return made


def test_who_asked_is_known_whoever_did_it(watch: Watch, file: pathlib.Path) -> None:
    """A worker of the kernel does it, under a name of its own."""
    threads = []

    def work() -> None:
        def ask() -> None:
            threads.append(0)
            pathlib.Path("/proc/thread-self/comm").write_text("asking")
            request, _held = opening(os.fsencode(file), os.O_RDONLY, flags=io_uring.ASYNC)
            with io_uring.ring() as ring:
                assert ring.result(request) >= 0

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()

    event = one(seen(watch, work, "openat"))
    process = event.process
    assert process.comm == b"asking"
    assert process.tid != process.pid
    assert process.exepath == os.fsencode(os.path.realpath("/proc/self/exe"))
    assert process.ppid == os.getpid()
    assert event.fd is not None
    assert event.fd.name == os.fsencode(file)


def test_a_worker_acts_for_who_the_process_is_now(watch: Watch, file: pathlib.Path) -> None:
    """The thread itself keeps the user and the group of when it was made."""

    def work() -> None:
        with io_uring.ring() as ring:
            for number in (0, 4711):
                os.setresgid(number, number, number)
                os.setresuid(number, number, number)
                request, _held = opening(os.fsencode(file), os.O_RDONLY, flags=io_uring.ASYNC)
                assert ring.result(request) >= 0

    file.chmod(0o644)
    for folder in (file.parent, *file.parent.parents):
        folder.chmod(folder.stat().st_mode | 0o011)
    before, after = seen(watch, work, "openat")
    assert (before.process.uid, before.process.gid) == (0, 0)
    assert (after.process.uid, after.process.gid) == (4711, 4711)

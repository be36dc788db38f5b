# SPDX-License-Identifier: Apache-2.0
"""The flags of the calls that make processes and threads: clone3 has them in memory, and of namespaces the
kernel is asked.
"""

from __future__ import annotations

import os
import signal
import struct
import threading
from collections.abc import Callable

import pytest

from tests.kernel.calling import call
from tests.kernel.conftest import Watch
from tests.kernel.rewriting import Page, rewritten

pytestmark = pytest.mark.each_kernel

FORKS = ("clone", "clone3", "fork", "vfork")
NEWNS, NEWUTS, NEWIPC, NEWUSER = 0x20000, 0x4000000, 0x8000000, 0x10000000
NEWPID, NEWNET, NEWCGROUP = 0x20000000, 0x40000000, 0x2000000
NEWTIME = 0x80  # a signal to clone
SIZE = 64
EVERY = NEWNS | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET | NEWCGROUP
NAMES = b"CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS|CLONE_NEWUSER|CLONE_NEWCGROUP"


def clone(flags: int) -> None:
    end(call("clone", flags | signal.SIGCHLD, 0, 0, 0, 0))


def clone3(flags: int) -> None:
    end(call("clone3", arguments(flags), SIZE))


def arguments(flags: int) -> bytes:
    """struct clone_args."""
    return struct.pack("8Q", flags, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)


def end(made: int) -> None:
    if made == 0:
        os._exit(0)
    assert made > 0
    os.waitpid(made, 0)


@pytest.mark.parametrize(
    ("work", "flags"),
    [
        (lambda: clone(0), b"0"),
        (lambda: clone(NEWUSER), b"CLONE_NEWUSER"),
        (lambda: clone(EVERY), NAMES),
        (lambda: clone(NEWUTS), b"CLONE_NEWUTS"),
        (lambda: clone3(NEWUSER), b"CLONE_NEWUSER"),
        (lambda: clone3(EVERY), NAMES),
        (lambda: clone3(NEWTIME), b"CLONE_NEWTIME"),
        (lambda: clone3(0), b"0"),
    ],
    ids=["nothing", "user", "every", "uts", "clone3 user", "clone3 every", "clone3 time", "clone3 nothing"],
)
def test_the_flags_of_a_clone_are_recorded(watch: Watch, work: Callable[[], None], flags: bytes) -> None:
    (event,) = watch.of(work, *FORKS)
    assert event.arguments["flags"] == flags
    assert list(event.arguments)[15:21] == ["flags", "uid", "gid", "vtid", "vpid", "pidns_init_start_ts"]


def test_a_thread_says_what_it_shares(watch: Watch) -> None:
    def work() -> None:
        one = threading.Thread(target=lambda: None)
        one.start()
        one.join()

    (event,) = watch.of(work, *FORKS)
    shared = event.arguments["flags"].split(b"|")
    assert {b"CLONE_FILES", b"CLONE_FS", b"CLONE_SIGHAND", b"CLONE_THREAD", b"CLONE_VM"} <= {*shared}


def test_flags_that_are_written_over_say_what_was_made(watch: Watch) -> None:
    """Each that is made tells whether its user namespace is its creator's."""
    told, tell = os.pipe()
    own = os.readlink("/proc/self/ns/user")

    def make(page: Page) -> None:
        made = call("clone3", page, SIZE)
        if made == 0:
            os.write(tell, b"1" if os.readlink("/proc/self/ns/user") != own else b"0")
        end(made)

    def work() -> None:
        with rewritten(arguments(NEWUSER), arguments(0)) as page:
            for _ in range(6):
                make(page)

    events = watch.of(work, "clone3")
    truth = os.read(told, 100)
    os.close(told)
    os.close(tell)
    assert len(truth) == 6
    assert [b"CLONE_NEWUSER" in one.arguments["flags"] for one in events] == [
        one == ord("1") for one in truth
    ]

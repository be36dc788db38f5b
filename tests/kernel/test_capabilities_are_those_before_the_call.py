# SPDX-License-Identifier: Apache-2.0
"""A new user namespace gives every capability in it: reported are those with which it was asked for."""

from __future__ import annotations

import os
import threading

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from tests.kernel.calling import call
from tests.kernel.conftest import ALL, EVERY_FIELD, Watch, on_all

pytestmark = pytest.mark.each_kernel

CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x20000


def held(event: Event) -> tuple[object, ...]:
    return tuple(
        reader(FieldRef(f"thread.cap_{which}", None))(event)
        for which in ("permitted", "effective", "inheritable")
    )


def asked(watch: Watch) -> None:
    watch.probes.subscribe(ALL, ALL, on_all(EVERY_FIELD | {"thread.cap_permitted"}))


def test_a_user_without_capabilities_has_none(watch: Watch) -> None:
    asked(watch)

    def work() -> None:
        os.setgid(1000)
        os.setuid(1000)
        call("unshare", CLONE_NEWUSER)
        call("unshare", CLONE_NEWNS)

    first, second = watch.of(work, "unshare")
    assert (first.result, second.result) == (0, 0)
    assert held(first) == (b"", b"", b"")
    assert b"CAP_SYS_ADMIN" in bytes(str(held(second)[0]), "ascii")  # in the new namespace by now


def test_root_has_what_it_had(watch: Watch) -> None:
    asked(watch)

    def work() -> None:
        call("unshare", CLONE_NEWNS)
        call("kill", os.getpid(), 0)

    first, after = watch.of(work, "unshare", "kill")
    assert held(first) == held(after)
    assert b"CAP_SYS_ADMIN" in bytes(str(held(first)[1]), "ascii")


def test_a_call_that_fails_has_what_it_has(watch: Watch) -> None:
    asked(watch)

    def work() -> None:
        os.setuid(1000)
        call("unshare", CLONE_NEWNS)

    (event,) = watch.of(work, "unshare")
    assert event.result == -1
    assert held(event) == (b"", b"", b"")


def test_each_thread_has_its_own(watch: Watch) -> None:
    """System calls change one thread only, whatever the C library makes of them."""
    asked(watch)

    def work() -> None:
        def other() -> None:
            call("setresuid", 1000, 1000, 1000)
            call("unshare", CLONE_NEWNS)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        call("unshare", CLONE_NEWNS)

    events = watch.of(work, "unshare")
    assert [event.result for event in events] == [-1, 0]
    assert held(events[0])[1] == b""
    assert b"CAP_SYS_ADMIN" in bytes(str(held(events[1])[1]), "ascii")

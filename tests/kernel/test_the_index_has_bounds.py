# SPDX-License-Identifier: Apache-2.0
"""Rules that name more processes than the kernel holds are told so, and lose nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from lanner_engine.index.rows import ByValue
from tests.kernel.conftest import in_child
from tests.kernel.sifting import MARK, Sieve, identify, tables

TOO_MANY = 17_000
MANY_USERS = 20_000  # the kernel holds 16,384
OTHERS = "evt.type = openat and proc.name = lanner-nobody"


def read() -> None:
    os.close(os.open(MARK, os.O_RDONLY))
    os._exit(0)


def marks(sieve: Sieve, work: Callable[[], None] = read) -> int:
    in_child(work)
    found = sieve.watch.everything()
    return sum(event.fd is not None and event.fd.name == MARK.encode() for event in found)


def test_too_many_names_hold_nothing_back(sieve: Sieve) -> None:
    held = tables(OTHERS)
    names = {b"name%d" % number: 1 for number in range(TOO_MANY)}
    many = {"open": replace(held["open"], name=ByValue(0, names))}
    probes = sieve.watch.probes
    try:
        assert probes.hold_back(held, identify) == ""
        assert marks(sieve) == 0
        why = probes.hold_back(many, identify)
        assert why.startswith(f"the rules name {TOO_MANY} processes")
        assert marks(sieve) == 1
        assert probes.hold_back(held, identify) == ""
        assert marks(sieve) == 0
    finally:
        probes.hold_back(None)


def read_as(uid: int) -> Callable[[], None]:
    def read_it() -> None:
        os.seteuid(uid)
        read()

    return read_it


def test_users_beyond_those_that_the_kernel_holds_may_have_any_name(sieve: Sieve) -> None:
    held = tables("evt.type = openat and user.name = lanner-nobody")
    names = {uid: b"user%d" % uid for uid in range(MANY_USERS)}
    try:
        assert sieve.watch.probes.hold_back(held, identify, names) == ""
        assert marks(sieve, read_as(1)) == 0
        assert marks(sieve, read_as(MANY_USERS - 1)) == 1
        assert marks(sieve, read_as(MANY_USERS)) == 1
    finally:
        sieve.watch.probes.hold_back(None)

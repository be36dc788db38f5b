# SPDX-License-Identifier: Apache-2.0
"""Of each type of event it is known how many were seen, held back by the index, and recorded."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.sifted import Sifted
from tests.kernel.calling import call
from tests.kernel.sifting import Sieve, asks_names

pytestmark = pytest.mark.each_kernel
FILE, OTHER = "/etc/hostname", "/etc/passwd"
TIMES, WANTED = 200, 30
TRUE = "/usr/bin/true"
RULE = f"evt.type = openat and fd.name = {FILE} and evt.is_open_write = true"


def sifted(probes: Probes) -> dict[str, Sifted]:
    return {one.event_type: one for one in probes.sifted()}


def during(sieve: Sieve, condition: str, event_type: str, work: Callable[[], object]) -> Sifted:
    """What was counted of a type while this was the rule."""
    none = Sifted(event_type, 0, 0, 0)
    with sieve.watch.wanting(event_type):
        before = sifted(sieve.watch.probes).get(event_type, none)
        sieve.seen(condition, work)
        after = sifted(sieve.watch.probes).get(event_type, none)
    return Sifted(
        event_type,
        after.seen - before.seen,
        after.held_back - before.held_back,
        after.recorded - before.recorded,
    )


def opens() -> None:
    for _ in range(WANTED):
        os.close(os.open(FILE, os.O_RDWR))
    for _ in range(TIMES - WANTED):
        os.close(os.open(OTHER, os.O_RDWR))


def test_opens_are_held_back_or_recorded(sieve: Sieve) -> None:
    wanted = WANTED if asks_names() else TIMES
    assert during(sieve, RULE, "openat", opens) == Sifted("openat", TIMES, TIMES - wanted, wanted)


def test_calls_are(sieve: Sieve) -> None:
    def work() -> None:
        for number in range(TIMES):
            call("tgkill", 2**22 + 1, 1, 0 if number < WANTED else 9)

    condition = "evt.type = tgkill and evt.rawarg.sig = 0"
    assert during(sieve, condition, "tgkill", work) == Sifted("tgkill", TIMES, TIMES - WANTED, WANTED)


def test_execs_are(sieve: Sieve) -> None:
    def work() -> None:
        for _ in range(3):
            os.waitpid(os.posix_spawn(TRUE, ["true"], {}), 0)

    assert during(sieve, "evt.type = execve and proc.name = alpha", "execve", work) == Sifted(
        "execve", 3, 3, 0
    )
    assert during(sieve, "evt.type = execve and proc.name = true", "execve", work) == Sifted(
        "execve", 3, 0, 3
    )


def test_ends_are(sieve: Sieve) -> None:
    condition = "evt.type = procexit and proc.name = alpha"
    assert during(sieve, condition, "procexit", lambda: None) == Sifted("procexit", 1, 1, 0)


def test_without_an_index_nothing_is(sieve: Sieve) -> None:
    with sieve.watch.wanting("openat"):
        before = sifted(sieve.watch.probes)["openat"]
        sieve.watch.probes.hold_back(None)
        sieve.done(opens)
        after = sifted(sieve.watch.probes)["openat"]
    assert after == Sifted("openat", before.seen + TIMES, before.held_back, before.recorded + TIMES)


def test_what_is_held_back_is_no_loss(sieve: Sieve) -> None:
    sieve.seen(RULE, opens)
    assert "held back" not in {one.reason for one in sieve.watch.probes.counters()}

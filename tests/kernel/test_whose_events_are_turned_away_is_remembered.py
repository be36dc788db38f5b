# SPDX-License-Identifier: Apache-2.0
"""Numbers of the kernel's map by origin add up though it forgets, and fill no memory."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import pytest

from lanner_agent.kernel import origins, syscall_bpf, tables, turned_away
from lanner_agent.kernel.origins import UNKNOWN, Origin
from lanner_agent.kernel.record_layout import ORIGIN_NEW_BIT, ORIGIN_OTHERS, TURNED_AWAY_KEY
from lanner_agent.kernel.turned_away import Tally, TurnedAway

OPENAT = tables.EVENTS["openat"]
CONNECT = tables.EVENTS["connect"]
WEB = Origin(b"web")
SSH = Origin(None, b"/system.slice/ssh.service")


@pytest.fixture
def counted() -> Iterator[int]:
    """A map like the kernel's."""
    fd = syscall_bpf.map_create(syscall_bpf.HASH, TURNED_AWAY_KEY.size, 8, 64)
    yield fd
    os.close(fd)


def put(fd: int, origin: int, event: int, times: int) -> None:
    syscall_bpf.map_update(fd, TURNED_AWAY_KEY.pack(origin, event, 0), struct.pack("=Q", times))


def test_what_is_there_is_told_by_origin_and_type_the_most_first(counted: int) -> None:
    known = origins.Known()
    put(counted, known.add(WEB), OPENAT, 7)
    put(counted, known.add(WEB), CONNECT, 1)
    put(counted, known.add(SSH), OPENAT, 9)
    put(counted, 1 << ORIGIN_NEW_BIT | 77, OPENAT, 3)
    assert Tally(counted, known.get).read() == (
        TurnedAway(SSH, "openat", 9),
        TurnedAway(WEB, "openat", 7),
        TurnedAway(UNKNOWN, "openat", 3),
        TurnedAway(WEB, "connect", 1),
    )


def test_what_the_kernel_forgets_and_counts_anew_is_added(counted: int) -> None:
    known = origins.Known()
    web = known.add(WEB)
    tally = Tally(counted, known.get)
    told = []
    for times in (5, 8, None, 2, 3):
        if times is None:
            syscall_bpf.map_delete(counted, TURNED_AWAY_KEY.pack(web, OPENAT, 0))
        else:
            put(counted, web, OPENAT, times)
        told.append(sum(one.value for one in tally.read()))
    assert told == [5, 8, 8, 10, 11]


def test_beyond_the_bounds_numbers_are_counted_together(
    counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turned_away, "_MAX_KEPT", 4)
    tally = Tally(counted, lambda _: None)
    for origin in range(100, 110):
        put(counted, origin, OPENAT, 1)
    assert sorted(one.value for one in tally.read()) == [1, 1, 1, 1, 6]
    assert sum(one.value for one in tally.read()) == 10


def test_origins_are_remembered_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "_MAX_KEPT", 2)
    known = origins.Known()
    numbers = [known.add(Origin(name)) for name in (b"a", b"b", b"b", b"c")]
    assert [known.get(number) for number in numbers] == [None, Origin(b"b"), Origin(b"b"), Origin(b"c")]


def test_numbers_are_none_of_the_kernel_s_own() -> None:
    numbers = {Origin(b"%d" % at).number for at in range(1000)}
    numbers |= {Origin(None, b"%d" % at).number for at in range(1000)}
    assert len(numbers) == 2000
    assert all(ORIGIN_OTHERS < number < 1 << ORIGIN_NEW_BIT for number in numbers)


def test_the_host_is_told_apart_by_two_names() -> None:
    assert origins.of_cgroup(b"/system.slice/ssh.service", None) == SSH
    assert origins.of_cgroup(b"/system.slice/ssh.service/deeper/still", None) == SSH
    assert origins.of_cgroup(b"/init.scope", None) == Origin(None, b"/init.scope")
    assert origins.of_cgroup(b"", None) == Origin(None, b"/")
    assert origins.of_cgroup(b"/kubepods/pod1/web", b"web") == WEB

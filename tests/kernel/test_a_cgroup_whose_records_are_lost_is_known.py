# SPDX-License-Identifier: Apache-2.0
"""A cgroup that begins in the midst of a flood, whose records are all turned away, is known within seconds:
to the index, and to what shares out the rings.
"""

from __future__ import annotations

import os
import pathlib
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lanner_agent.kernel import room, syscall_bpf
from lanner_agent.kernel.origins import Origin
from lanner_agent.kernel.probes import LOST_CGROUPS_EVERY_S, Probes
from lanner_agent.kernel.record_layout import Place
from lanner_agent.kernel.sifted import Sifted
from lanner_engine.index.tables import build
from tests.kernel import load, scope, sifting
from tests.kernel.conftest import execute
from tests.kernel.pods import cgroup, done, start
from tests.kernel.sifting import BOX, identify

FLOODED, OTHER = "/etc/hostname", "/etc/passwd"
FLOOD = load.scaled(20_000)
RING, LIFE_RING = 8 << 20, 1 << 20
FEW = 10
PATIENCE_S = 5 * LOST_CGROUPS_EVERY_S
CONTAINER = Origin(b"0123456789ab")
RULES = (
    f"evt.type = openat and fd.name = {FLOODED}",
    f"evt.type = openat and fd.name = {OTHER} and proc.name = lanner-nobody",
)
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch, own_cgroup: pathlib.Path) -> Iterator[Probes]:
    """With one ring for all CPUs besides that of processes' life."""
    monkeypatch.setattr(room, "here", lambda: room.Room(1, RING, 2, LIFE_RING))
    made = Probes.load(scope=own_cgroup)
    made.subscribe(frozenset({"openat"}), frozenset({"openat"}))
    made.scan()
    made.hold_back(build(sifting.rules(*RULES)), identify)
    yield made
    made.close()


@pytest.fixture
def box(probes: Probes, own_cgroup: pathlib.Path) -> Iterator[pathlib.Path]:
    """A container, which the kernel knows of."""
    with cgroup(own_cgroup, BOX) as made:
        done(made, lambda: opened(FLOODED))
        probes.drain()
        assert known(probes, made) == (Place.CONTAINER, CONTAINER.number)
        yield made


def opened(path: str, times: int = 1) -> None:
    for _ in range(times):
        os.close(os.open(path, os.O_RDONLY))


def endless() -> None:
    while True:
        opened(FLOODED)


def known(probes: Probes, pod: pathlib.Path) -> tuple[int | None, int | None]:
    """What the kernel was told of a cgroup: its place and its origin."""
    key = struct.pack("=Q", pod.stat().st_ino)
    place = syscall_bpf.map_lookup(probes.map_fd("index_cgroups"), key, 4)
    origin = syscall_bpf.map_lookup(probes.map_fd("origins"), key, 8)
    return _number(place), _number(origin)


def _number(found: bytes | None) -> int | None:
    return None if found is None else int.from_bytes(found, sys.byteorder)


def opens(probes: Probes) -> Sifted:
    (found,) = (one for one in probes.sifted() if one.event_type == "openat")
    return found


def beyond(probes: Probes) -> int:
    return sum(one.value for one in probes.counters() if one.reason == "beyond its share")


@contextmanager
def flooding(probes: Probes, pod: pathlib.Path) -> Iterator[None]:
    """A flood that goes on, and a reader that takes less than what comes."""
    ended = threading.Event()

    def read() -> None:
        while not ended.wait(0.2):
            probes.drain()

    flood, reader = start(pod, endless), threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        os.kill(flood, signal.SIGKILL)
        os.waitpid(flood, 0)
        ended.set()
        reader.join()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_is_learnt_though_no_record_of_it_arrives(probes: Probes, box: pathlib.Path) -> None:
    done(box, lambda: opened(FLOODED, FLOOD))
    with cgroup(box, "new") as new:
        away = beyond(probes)
        done(new, lambda: opened(FLOODED, FEW))
        assert beyond(probes) == away + FEW
        assert known(probes, new) == (None, None)
        time.sleep(LOST_CGROUPS_EVERY_S)
        probes.drain()
        assert known(probes, new) == (Place.CONTAINER, CONTAINER.number)
        key = struct.pack("=Q", new.stat().st_ino)
        assert syscall_bpf.map_lookup(probes.map_fd("unmet"), key, 512) is None


def test_on_the_host_it_is_learnt_too(probes: Probes, own_cgroup: pathlib.Path) -> None:
    with cgroup(own_cgroup, "pod") as pod:
        done(pod, lambda: opened(FLOODED, FLOOD))
        probes.drain()
        with cgroup(pod, "new") as new:
            done(pod, lambda: opened(FLOODED, FLOOD))
            done(new, lambda: opened(FLOODED, FEW))
            assert known(probes, new) == (None, None)
            time.sleep(LOST_CGROUPS_EVERY_S)
            probes.drain()
            origin = Origin(None, f"/{pod.relative_to(scope.ROOT)}".encode())
            assert known(probes, new) == (Place.HOST, origin.number)


def test_it_is_learnt_by_what_it_executes_unasked(probes: Probes, own_cgroup: pathlib.Path) -> None:
    probes.subscribe(frozenset({"mkdirat"}), frozenset())
    with cgroup(own_cgroup, "pod") as pod:
        done(pod, lambda: execute("/bin/true", "true"))
        assert known(probes, pod) == (None, None)
        time.sleep(LOST_CGROUPS_EVERY_S)
        assert probes.drain() == []
        origin = Origin(None, f"/{pod.relative_to(scope.ROOT)}".encode())
        assert known(probes, pod) == (Place.HOST, origin.number)


def test_during_a_flood_that_goes_on_it_is_known_within_seconds(probes: Probes, box: pathlib.Path) -> None:
    """Afterwards what no rule wants of it is held back, and takes nothing from the ring."""
    with flooding(probes, box):
        wait_for(lambda: beyond(probes) > 0)
        with cgroup(box, "new") as new:
            act = start(new, endless_other)
            try:
                wait_for(lambda: known(probes, new) == (Place.CONTAINER, CONTAINER.number))
                before = opens(probes).held_back
                wait_for(lambda: opens(probes).held_back > before + FEW)
            finally:
                os.kill(act, signal.SIGKILL)
                os.waitpid(act, 0)


def endless_other() -> None:
    while True:
        opened(OTHER)
        time.sleep(0.001)


def test_what_the_kernel_has_forgotten_is_told_again(probes: Probes, box: pathlib.Path) -> None:
    key = struct.pack("=Q", box.stat().st_ino)
    done(box, lambda: opened(FLOODED, FLOOD))
    for name in ("index_cgroups", "origins"):
        assert syscall_bpf.map_delete(probes.map_fd(name), key)
    done(box, lambda: opened(FLOODED, FLOOD))
    time.sleep(LOST_CGROUPS_EVERY_S)
    probes.drain()
    assert known(probes, box) == (Place.CONTAINER, CONTAINER.number)


def test_those_that_are_known_are_not_kept(probes: Probes, box: pathlib.Path) -> None:
    away = beyond(probes)
    done(box, lambda: opened(FLOODED, FLOOD))
    assert beyond(probes) > away
    assert list(syscall_bpf.map_keys(probes.map_fd("unmet"), 8)) == []

# SPDX-License-Identifier: Apache-2.0
"""Requests of io_uring that are more, or have longer names, than the kernel side keeps at a time: those that
were there before lose nothing, and those behind them are reported when they are submitted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

import pytest

from lanner_agent.decode.event import Event
from tests.kernel import io_uring
from tests.kernel.calling import AT_FDCWD
from tests.kernel.io_uring import Request
from tests.kernel.sifting import Sieve
from tests.kernel.test_a_batch_of_requests_hides_no_file import (
    RINGS,
    Batch,
    Scene,
    closing,
    idle,
    opened,
    opening,
    scene,
    seen,
)

__all__ = ["scene"]

pytestmark = pytest.mark.each_kernel

ENTRIES = 8192
KEPT = 2048  # bpf/io_uring/request_maps.h
LONG = io_uring.text(b"/" + (b"a" * 200 + b"/") * 19 + b"x")  # nothing is there
SHORT = io_uring.text(b"/nothing is here")
MANY_LONG, MANY = 900, 3 * KEPT
RACES = 200
AWAY = 500  # a descriptor that is not in use


def missing(name: object, count: int, first_tag: int = 0) -> list[Request]:
    """Opens that fail; each with a tag of its own where the first one is given."""
    where = io_uring.at(name)  # type: ignore[arg-type]
    return [
        Request(io_uring.OPENAT, AT_FDCWD, where, how=os.O_RDONLY, tag=first_tag and first_tag + at)
        for at in range(count)
    ]


def at_once(batch: Batch, scene: Scene, flags: int = 0, full: bool = False) -> Callable[[], None]:
    """Handed over at once, to a ring without room for completions if it is to be full."""

    def work() -> None:
        with io_uring.ring(ENTRIES, flags) as ring:
            for _ in range(2 if full else 0):
                ring.submit(*idle(ENTRIES), wait=0)
            free = os.dup(0)
            os.close(free)
            requests = batch(scene, free)
            assert ring.submit(*requests, wait=0 if full else len(requests)) == len(requests)

    return work


CROWDS: dict[str, Batch] = {
    "long names": lambda s, fd: [opening(s.link), *missing(LONG, MANY_LONG)],
    "long names, the file closed": lambda s, fd: [opening(s.link), closing(fd), *missing(LONG, MANY_LONG)],
    "many requests": lambda s, fd: [opening(s.link), closing(fd), opening(s.other), *missing(SHORT, MANY)],
}


def unkept(sieve: Sieve) -> int:
    """Requests of which nothing was kept: without room for their completions nobody sees them end."""
    reason = "no room to keep an io_uring request"
    return sum(one.value for one in sieve.watch.probes.totals() if one.reason == reason)


def ended(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not event.unfinished and (event.result or -1) >= 0]


@pytest.mark.parametrize("flags", RINGS.values(), ids=RINGS)
@pytest.mark.parametrize("batch", CROWDS.values(), ids=CROWDS)
def test_what_was_opened_before_a_crowd_is_recorded(
    sieve: Sieve, scene: Scene, batch: Batch, flags: int
) -> None:
    condition = f"evt.type = openat and fd.name = {scene.secret}"
    events = ended(
        [one for one in sieve.seen(condition, at_once(batch, scene, flags)) if one.through_io_uring]
    )
    found = [event for event in events if event.fd and event.fd.ino == scene.ino()]
    assert [(event.fd.name, event.fd.nameraw) for event in found if event.fd] == [
        (os.fsencode(scene.secret), os.fsencode(scene.link))
    ]
    assert [event.fd.nameraw for event in events if event.fd and event.fd.ino != scene.ino()] in (
        [],
        [os.fsencode(scene.other)],
    )


def test_what_is_behind_a_crowd_is_reported_when_it_is_submitted(sieve: Sieve, scene: Scene) -> None:
    """What is not kept has its path as given, and at its end no other file's name."""

    def batch(scene: Scene, fd: int) -> list[Request]:
        return [*missing(SHORT, KEPT), opening(scene.link), closing(fd), opening(scene.other)]

    before = unkept(sieve)
    events = seen(sieve.watch, at_once(batch, scene), "openat")
    early = [event for event in events if event.unfinished]
    assert unkept(sieve) - before == len(early) > 0
    assert (os.fsencode(scene.link), None) in opened(early)
    assert {event.fd.nameraw for event in early if event.fd} >= {
        os.fsencode(scene.link),
        os.fsencode(scene.other),
    }
    first, second = ended(events)
    assert opened([second]) == [(os.fsencode(scene.other), scene.other.stat().st_ino)]
    assert first.fd is None or first.fd.ino is None


def test_a_file_behind_a_crowd_that_none_takes_away_is_known(sieve: Sieve, scene: Scene) -> None:
    def batch(scene: Scene, fd: int) -> list[Request]:
        return [*missing(SHORT, KEPT), opening(scene.link)]

    (event,) = ended(seen(sieve.watch, at_once(batch, scene), "openat"))
    assert opened([event]) == [(os.fsencode(scene.secret), scene.ino())]


def test_a_crowd_at_a_ring_without_room_hides_no_file(sieve: Sieve, scene: Scene) -> None:
    """Each has a tag of its own."""

    def batch(scene: Scene, _fd: int) -> list[Request]:
        return [opening(scene.link), *missing(SHORT, MANY, first_tag=1)]

    before = unkept(sieve)
    events = seen(sieve.watch, at_once(batch, scene, full=True), "openat")
    (event,) = ended(events)
    reported = sum(event.unfinished for event in events)
    assert 0 < unkept(sieve) - before <= reported  # of the others of these the end is reported too
    assert opened([event]) == [(os.fsencode(scene.secret), scene.ino())]


def test_a_crowd_leaves_nothing_behind(sieve: Sieve, scene: Scene) -> None:
    """The next one is kept again."""
    seen(sieve.watch, at_once(CROWDS["many requests"], scene), "openat")
    events = seen(sieve.watch, at_once(lambda s, fd: [opening(s.link), closing(fd)], scene), "openat")
    assert opened(events) == [(os.fsencode(scene.secret), scene.ino())]
    assert [event.unfinished for event in events] == [False]


def test_a_file_is_never_asked_about_in_place_of_another(sieve: Sieve, scene: Scene) -> None:
    """Another thread puts files behind the descriptor in turn. What arrives of the first one has its rule
    among those that user space is to ask.
    """

    def work() -> None:
        other = os.open(scene.other, os.O_RDONLY)
        for _ in range(RACES):
            with io_uring.ring(4096) as ring:
                free = os.dup(0)
                os.close(free)
                stop = threading.Event()
                turns = threading.Thread(target=_take_turns, args=(stop, other, free))
                turns.start()
                ring.submit(opening(scene.link), *idle(4000), wait=0)
                stop.set()
                turns.join()
                os.close(free)

    rules = [f"evt.type = openat and fd.name = {file}" for file in (scene.secret, scene.other)]
    events = [one for one in sieve.seen_with(rules, work) if one.through_io_uring]
    secret = [one for one in events if one.fd and one.fd.name == os.fsencode(scene.secret)]
    assert secret
    assert [one.candidates for one in secret if one.candidates and not one.candidates & 1] == []


def _take_turns(stop: threading.Event, other: int, free: int) -> None:
    saved = -1
    while not stop.is_set():
        try:
            if saved < 0:
                saved = os.dup2(free, AWAY)
            os.dup2(other, free)
            os.dup2(saved, free)
        except OSError:
            continue
    if saved >= 0:
        os.close(saved)

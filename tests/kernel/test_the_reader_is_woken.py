# SPDX-License-Identifier: Apache-2.0
"""The reader of the rings sleeps while nothing happens, and no record waits for it to wake by itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import pytest

from lanner_agent.kernel import probes as loading
from lanner_agent.kernel.probes import Probes
from tests.kernel.conftest import Watch, in_child

pytestmark = pytest.mark.each_kernel

LONG_S = 20.0  # nothing that is woken takes so long
SOON_S = 5.0  # on a busy machine
QUIETLY = frozenset({"chroot"})  # which nobody does but these tests


def open_and_end() -> None:
    os.close(os.open("/", os.O_RDONLY))


def at_rest(watch: Watch) -> Probes:
    """The reader has taken what there was, and its next wait is a sleep."""
    while watch.probes.wait(0.05):
        watch.probes.drain()
    return watch.probes


def timed(wait: Callable[[], bool]) -> tuple[bool, float]:
    began = time.monotonic()
    return wait(), time.monotonic() - began


def later(work: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(0.3, work)
    timer.start()
    return timer


@pytest.mark.parametrize("kind", ["openat", "procexit"])
def test_the_first_record_ends_a_sleep(watch: Watch, kind: str) -> None:
    with watch.wanting(kind):
        probes = at_rest(watch)
        timer = later(lambda: in_child(open_and_end))
        found, took = timed(lambda: probes.wait(LONG_S))
        timer.join()
    assert found
    assert took < SOON_S
    assert kind in {event.type for event in watch.everything()}


def test_a_sleep_without_records_lasts_until_the_time_is_over(watch: Watch) -> None:
    with watch.wanting(*QUIETLY):
        probes = at_rest(watch)
        found, took = timed(lambda: probes.wait(0.4))
    assert not found
    assert took >= 0.4


def test_records_of_calls_do_not_end_a_nap(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "NAP_S", 1.0)
    with watch.wanting("chroot"):
        probes = at_rest(watch)
        in_child(lambda: os.chroot("/"))
        assert probes.wait(LONG_S)
        assert probes.drain()
        timer = later(lambda: in_child(lambda: os.chroot("/")))
        found, took = timed(lambda: probes.wait(LONG_S))
        timer.join()
        assert found
        assert took >= 1.0
        assert len(probes.drain()) == 1


def test_the_life_of_processes_ends_a_nap(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "NAP_S", LONG_S)
    with watch.wanting("procexit"):
        probes = at_rest(watch)
        in_child(lambda: None)
        assert probes.wait(LONG_S)
        assert probes.drain()
        timer = later(lambda: in_child(lambda: None))
        found, took = timed(lambda: probes.wait(LONG_S))
        timer.join()
    assert found
    assert took < SOON_S


def test_another_thread_ends_a_sleep_and_a_nap(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "NAP_S", LONG_S)
    with watch.wanting("chroot"):
        probes = at_rest(watch)
        timer = later(probes.wake)
        asleep, took = timed(lambda: probes.wait(LONG_S))
        timer.join()
        assert not asleep
        assert took < SOON_S
        in_child(lambda: os.chroot("/"))
        assert probes.wait(LONG_S)
        assert probes.drain()
        timer = later(probes.wake)
        napping, took = timed(lambda: probes.wait(LONG_S))
        timer.join()
    assert not napping
    assert took < SOON_S


def test_who_was_woken_before_the_wait_does_not_sleep(watch: Watch) -> None:
    with watch.wanting(*QUIETLY):
        probes = at_rest(watch)
        probes.wake()
        first, took = timed(lambda: probes.wait(LONG_S))
        second, took_then = timed(lambda: probes.wait(0.2))
    assert (first, second) == (False, False)
    assert took < SOON_S
    assert took_then >= 0.2


def test_no_record_waits_that_comes_while_the_reader_goes_to_sleep(watch: Watch) -> None:
    """One at a time, at every moment of the reader's way to sleep: a record that nobody rang for would wait
    LONG_S. The naps are over before the next record comes.
    """
    times, seen = 400, 0
    with watch.wanting("chroot"):
        probes = at_rest(watch)
        child = os.fork()
        if child == 0:
            for number in range(times):
                os.chroot("/")
                time.sleep(loading.NAP_S + number % 100 * 20e-6)
            os._exit(0)
        began = time.monotonic()
        while seen < times and probes.wait(LONG_S):
            seen += len(probes.drain())
        took = time.monotonic() - began
        os.waitpid(child, 0)
    assert seen == times
    assert took < LONG_S + SOON_S

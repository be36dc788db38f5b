# SPDX-License-Identifier: Apache-2.0
"""Many changes at once are one; a stream of them that does not end is one every now and then. By a clock of
the test's own, for which no machine is too slow.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from lanner_operator.reconcile import dirty as module
from lanner_operator.reconcile.dirty import Dirty

T = TypeVar("T")


class Clock(selectors.SelectSelector):
    """Whoever waits turns it forward."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """Has the time of this clock."""

    def __init__(self, clock: Clock) -> None:
        self._own = clock
        super().__init__(clock)

    def time(self) -> float:
        return self._own.now


def played(scene: Callable[[], Coroutine[Any, Any, T]]) -> T:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner(loop_factory=lambda: Loop(clock)) as runner:
        patch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
        return runner.run(scene())


async def seconds_until_settled(dirty: Dirty, at_latest_s: float = 5.0) -> float:
    clock = asyncio.get_running_loop()
    started = clock.time()
    await dirty.settled(at_latest_s)
    return clock.time() - started


def test_one_change_is_waited_for_and_a_moment_more() -> None:
    async def scene() -> float:
        dirty = Dirty(quiet_s=0.1, longest_s=1.0)
        dirty.mark()
        return await seconds_until_settled(dirty)

    assert 0.1 <= played(scene) < 0.5


def test_a_change_during_the_wait_begins_it_anew() -> None:
    async def scene() -> float:
        dirty = Dirty(quiet_s=0.2, longest_s=5.0)
        dirty.mark()
        asyncio.get_running_loop().call_later(0.15, dirty.mark)
        return await seconds_until_settled(dirty)

    assert 0.3 <= played(scene) < 1.0


def test_changes_without_end_are_not_waited_for() -> None:
    async def scene() -> float:
        dirty = Dirty(quiet_s=0.2, longest_s=0.5)

        async def storm() -> None:
            while True:
                dirty.mark()
                await asyncio.sleep(0.01)

        task = asyncio.create_task(storm())
        try:
            return await seconds_until_settled(dirty)
        finally:
            task.cancel()

    assert 0.4 <= played(scene) < 1.5


def test_what_settles_sooner_cuts_no_other_wait_short() -> None:
    async def scene() -> float:
        dirty = Dirty(quiet_s=0.5, longest_s=5.0)
        dirty.mark()
        asyncio.get_running_loop().call_later(0.05, dirty.mark, 0.05)
        return await seconds_until_settled(dirty)

    assert 0.5 <= played(scene) < 1.5


def test_what_nodes_say_settles_soon() -> None:
    async def scene() -> float:
        dirty = Dirty(quiet_s=2.0, longest_s=5.0)
        dirty.mark(0.05)
        return await seconds_until_settled(dirty)

    assert 0.05 <= played(scene) < 1.0


def test_without_a_change_it_looks_all_the_same() -> None:
    async def scene() -> float:
        return await seconds_until_settled(Dirty(), at_latest_s=0.1)

    assert 0.1 <= played(scene) < 0.5


def test_a_change_after_it_settled_counts_for_the_next_time() -> None:
    async def scene() -> tuple[float, float]:
        dirty = Dirty(quiet_s=0.05, longest_s=1.0)
        dirty.mark()
        first = await seconds_until_settled(dirty)
        dirty.mark()
        return first, await seconds_until_settled(dirty)

    assert all(seconds < 1.0 for seconds in played(scene))

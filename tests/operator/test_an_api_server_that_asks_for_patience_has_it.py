# SPDX-License-Identifier: Apache-2.0
"""A round that the API server has no room for is not tried again at each change."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.handlers.health import STUCK_S
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.observed import View
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.task import Reconciler
from tests.operator.made import HERE


@pytest.mark.parametrize(("patience_s", "once"), [(60.0, True), (None, False)])
def test_changes_cut_it_short_only_where_none_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, patience_s: float | None, *, once: bool
) -> None:
    api, dirty = cast("Api", None), Dirty(quiet_s=0.01)
    one = Reconciler(api, HERE, cast("View", None), Specs(api), dirty, lambda _: None)
    tried: list[float | None] = []

    async def refused() -> bool:
        tried.append(patience_s)
        raise ApiError(429, "TooManyRequests", "come again", patience_s)

    async def scene() -> None:
        task = asyncio.create_task(one.run())
        marked = 0
        async with asyncio.timeout(30.0):
            while marked < 20 or not (once or len(tried) > 1):
                dirty.mark()
                marked += 1
                await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    monkeypatch.setattr(one, "reconcile", refused)
    asyncio.run(scene())
    assert (len(tried) == 1) == once


def test_an_answer_that_asks_for_minutes_leaves_the_task_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cast("Api", None)
    one = Reconciler(api, HERE, cast("View", None), Specs(api), Dirty(), lambda _: None)

    async def refused() -> bool:
        raise ApiError(503, "ServiceUnavailable", "come again", 600.0)

    monkeypatch.setattr(one, "reconcile", refused)
    assert asyncio.run(one._round()) < STUCK_S

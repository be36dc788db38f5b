# SPDX-License-Identifier: Apache-2.0
"""A list that is followed: how soon a watch follows one that the server has ended; what is left out."""

from __future__ import annotations

from typing import ClassVar

import pytest
from aiohttp import web

from lanner_agent.cli.kubectl import asking, following
from lanner_agent.cli.kubectl.asking import Asker
from lanner_agent.cli.kubectl.resource import EVENTS
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from tests.apiserver import serving


class _Hasty(Backoff):
    """Waits for nothing, and notes how often it was asked since it was reset."""

    failed: ClassVar[list[int]] = []

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def reset(self) -> None:
        self.asked = 0

    def next(self, at_least: float | None = None) -> float:
        self.asked += 1
        self.failed.append(self.asked)
        return 0.0


class _Server:
    """Each watch says one bookmark and ends; from the fourth list on there is one more object."""

    def __init__(self, more: str = "") -> None:
        self.lists = 0
        self._more = more

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch") == "true":
            return await serving.stream(request, serving.event("BOOKMARK", "", "9"))
        self.lists += 1
        names = ["a"] if self.lists < 4 else ["b", "a"]
        items = [{"metadata": {"name": name, "uid": name, "resourceVersion": "1"}} for name in names]
        return web.json_response(
            {"metadata": {"resourceVersion": "9", "continue": self._more}, "items": items}
        )


def followed(server: _Server) -> list[str]:
    """What is said until the second object came."""
    said: list[str] = []

    async def use(api: Api) -> None:
        async for items in following.changes(Asker(api, "shop"), EVENTS, {}, said.append):
            if any(one["metadata"]["name"] == "b" for one in items):
                return

    serving.asked(server.answer, use)
    return said


def test_a_quiet_watch_that_ends_is_followed_by_the_next_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "Backoff", _Hasty)
    monkeypatch.setattr(_Hasty, "failed", [])
    assert followed(_Server()) == []
    assert _Hasty.failed == [1, 1, 1]


def test_what_a_long_list_leaves_out_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "Backoff", _Hasty)
    monkeypatch.setattr(asking, "MOST", 1)
    assert followed(_Server(more="there is more")) == [
        "there are more than 10,000 events: the others are left out"
    ]

# SPDX-License-Identifier: Apache-2.0
"""Rules are taken back page by page, one in memory at a time; whatever fails, an uninstall goes on."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.handlers import farewell
from tests.operator.made import HERE

PROGRAMMED = {"type": "Programmed", "status": "True", "reason": "Programmed", "lastTransitionTime": "x"}


def written(number: int) -> dict[str, Any]:
    meta = {"name": f"r{number}", "uid": f"u{number}"}
    return {"metadata": meta, "spec": {}, "status": {"conditions": [PROGRAMMED]}}


class Server:
    """Two pages of ClusterFalcoRules; `failing` is an object whose status cannot be written."""

    def __init__(self, failing: str = "", error: Exception | None = None) -> None:
        self.calls: list[str] = []
        self.items = {f"r{number}": written(number) for number in range(2)}
        self.failing = failing
        self.error = error

    async def request(self, method: str, path: str, *, query: Any = None, **_: Any) -> dict[str, Any]:
        last = path.removesuffix("/status").rsplit("/", 1)[1]
        if method == "PATCH" and path.endswith("/status"):
            self.calls.append(f"write {last}")
            if last == self.failing and self.error is not None:
                raise self.error
            self.items[last]["status"] = {}
            return {}
        if method == "PATCH" or last == "falcorules":
            return {}
        number = 1 if "continue" in query else 0
        self.calls.append(f"page {number}")
        further = {} if number else {"continue": "x"}
        return {"items": [self.items[f"r{number}"]], "metadata": further}


def left(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said."""
    monkeypatch.setattr(farewell, "STOPPED_EVERY_S", 0.0)
    said: list[str] = []
    asyncio.run(farewell.run(cast(Api, server), HERE, said.append))
    (words,) = said
    return words


def test_a_page_is_written_before_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    assert left(server, monkeypatch) == "2 rule objects say that no node has them any more"
    assert server.calls[:4] == ["page 0", "write r0", "page 1", "write r1"]


def test_a_page_that_cannot_be_written_keeps_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("r0", ApiError(403, "Forbidden", "no", path="/r0"))
    assert left(server, monkeypatch).startswith("rules may say that nodes have them: /r0: ")
    assert server.calls == ["page 0", "write r0", "page 1", "write r1"]


def test_an_error_of_our_own_is_said_and_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    words = left(Server("r1", KeyError("x")), monkeypatch)
    assert words == "rules may say that nodes have them: internal error: KeyError: 'x'"

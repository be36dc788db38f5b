# SPDX-License-Identifier: Apache-2.0
"""Alerts as they come from one agent go on after what nobody foresaw."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from lanner_apiserver import pinned
from lanner_engine.resources.page_contact import Contact
from lanner_operator.page import live
from lanner_operator.page.agents import Agents, NoAnswerError, Said
from lanner_operator.page.live import Live

NODE = "n"


class OneAgent:
    """Breaks what asks it the first time."""

    def __init__(self) -> None:
        self.asked = 0

    def nodes(self) -> Sequence[str]:
        return [NODE]

    async def ask(self, node: str, path: str, patience_s: float = 0.0) -> Said:
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("unforeseen")
        return Said(node, {"epoch": "e", "number": 0}, 1)


def test_an_agent_is_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_S", 0.01)
    one = OneAgent()
    following = Live(cast("Agents", one))

    async def scene() -> None:
        task = asyncio.create_task(following._follow_all())
        async with asyncio.timeout(30.0):
            while one.asked < 3:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())


def test_who_has_no_descriptor_left_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(pinned, "client", none_left)
    contacts = {NODE: Contact("127.0.0.1", 1, "x")}

    async def scene() -> None:
        asking = Agents(lambda: contacts, lambda: pinned.Own("", b""))
        try:
            with pytest.raises(NoAnswerError):
                await asking.ask(NODE, "/standing")
        finally:
            await asking.close()

    asyncio.run(scene())

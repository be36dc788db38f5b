# SPDX-License-Identifier: Apache-2.0
"""Who looks at the page waits for so long and no longer, however many agents say nothing."""

from __future__ import annotations

import asyncio

import pytest

from lanner_apiserver import pinned
from lanner_engine.resources.page_contact import Contact
from lanner_operator.page import agents
from lanner_operator.page.agents import Agents, NoAnswerError, Said

SILENT = [f"a{number}" for number in range(200)]
WELL = [f"b{number}" for number in range(20)]


def test_of_many_that_are_silent_some_are_asked_and_those_that_answer_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def answer(node: str, path: str, patience_s: float = 0.0) -> Said:
        asked.append(node)
        if node in WELL:
            return Said(node, {}, 1)
        await asyncio.sleep(0.06)
        raise NoAnswerError("no answer in 2 s")

    async def scene() -> None:
        contacts = dict.fromkeys([*SILENT, *WELL], Contact("127.0.0.1", 1, "x"))
        asking = Agents(lambda: contacts, lambda: pinned.Own("", b""))
        monkeypatch.setattr(asking, "ask", answer)
        assert (await asking.ask_each(str, asking.nodes(), str)).keys() == set(SILENT)
        monkeypatch.setattr(agents, "EACH_S", 0.1)
        asked.clear()
        assert (await asking.ask_each(str, asking.nodes(), str)).keys() >= set(SILENT)
        assert asked[: len(WELL)] == sorted(WELL)[: len(asked)]
        assert len(asked) < len(SILENT)

    asyncio.run(scene())


def test_the_silent_agents_that_one_asks_hold_up_no_other_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(node: str, path: str, patience_s: float = 0.0) -> Said:
        if node in WELL:
            return Said(node, {}, 1)
        await asyncio.Event().wait()
        raise AssertionError

    async def scene() -> None:
        asking = Agents(dict, lambda: pinned.Own("", b""))
        asking._silent |= set(SILENT)
        monkeypatch.setattr(asking, "ask", answer)
        before = asyncio.create_task(asking.ask_each(str, SILENT, str))
        await asyncio.sleep(0)
        async with asyncio.timeout(30.0):
            assert await asking.ask_each(str, WELL, str) == {}
        before.cancel()
        await asyncio.gather(before, return_exceptions=True)

    asyncio.run(scene())

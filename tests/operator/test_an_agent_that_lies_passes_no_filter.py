# SPDX-License-Identifier: Apache-2.0
"""What an agent answers stands on the page if it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from lanner_apiserver import pinned
from lanner_operator.page import merging
from lanner_operator.page.agents import Agents, Said
from lanner_page.source import Filter


class _Liar(Agents):
    """Of one node, whose agent says the same whatever it is asked."""

    def nodes(self) -> Sequence[str]:
        return ["n1"]

    async def ask_each(
        self, path: Callable[[str], str], nodes: Sequence[str], take: Callable[[Said], object]
    ) -> dict[str, str]:
        one = {"node": "n1", "rule": "R", "tactics": [], "body": {}}
        told = [{**one, "id": str(at), "at_ns": at} for at in (5, 9)]
        take(Said("n1", {"alerts": told}, 100))
        return {}


def times(asked: Filter) -> list[int]:
    async def found() -> list[int]:
        agents = _Liar(dict, lambda: pinned.made("operator"))
        return [one.at_ns for one in (await merging.newest(agents, asked)).alerts]

    return asyncio.run(found())


def test_an_agent_that_lies_passes_no_filter() -> None:
    assert times(Filter()) == [9, 5]
    assert times(Filter(rule="R", before_ns=9)) == [5]
    assert times(Filter(rule="another")) == []

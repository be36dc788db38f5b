# SPDX-License-Identifier: Apache-2.0
"""Pages about what is in force: rules, nodes, the matrix, the last change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from lanner_page import matrix
from lanner_page.coverage import columns
from lanner_page.notices import notices
from lanner_page.pages import Pages
from lanner_page.source import Rule, Source

MOST_RULES: Final = 500  # on one page
_ORDERS: Final[dict[str, Callable[[Rule], Any]]] = {
    "name": lambda rule: (rule.name.casefold(), rule.namespace),
    "hits": lambda rule: (-sum(rule.hits), rule.name),
    "last": lambda rule: (-(rule.last_hit_ns or 0), rule.name),
    "loaded": lambda rule: (rule.loaded - rule.of, rule.name),
    "cost": lambda rule: (-rule.cost, rule.name),
}
_TEXT: Final = 200  # characters


class StateViews:
    def __init__(self, source: Source, pages: Pages) -> None:
        self._source = source
        self._pages = pages

    async def rules(self, request: web.Request) -> web.Response:
        """Those of a technique or with a text in their names, in the order that is asked for."""
        order = request.query.get("order", "")
        order = order if order in _ORDERS else "hits"
        text, technique = (request.query.get(name, "").strip()[:_TEXT] for name in ("text", "technique"))
        every = await self._source.rules()
        found = sorted((one for one in every if _asked(one, text, technique)), key=_ORDERS[order])
        shown = found[:MOST_RULES]
        return self._pages.answer(
            "rules.html",
            request,
            rules=shown,
            found=len(found),
            every=len(every),
            order=order,
            orders=tuple(_ORDERS),
            text=text,
            technique=technique,
            notices=(),
        )

    async def nodes(self, request: web.Request) -> web.Response:
        nodes = sorted(await self._source.nodes(), key=lambda node: node.name)
        return self._pages.answer("nodes.html", request, nodes=nodes, notices=notices(nodes))

    async def attack(self, request: web.Request) -> web.Response:
        found = columns(await self._source.rules())
        cells = {cell.number: cell for column in found for cell in column.cells}.values()
        counts = {state: sum(one.state == state for one in cells) for state in ("hit", "covered", "gap")}
        return self._pages.answer(
            "attack.html", request, columns=found, counts=counts, version=matrix.kept().version, notices=()
        )

    async def change(self, request: web.Request) -> web.Response:
        return self._pages.answer("change.html", request, change=await self._source.propagation(), notices=())


def _asked(rule: Rule, text: str, technique: str) -> bool:
    if technique and technique.upper() not in matrix.techniques(rule.tags):
        return False
    words = f"{rule.name} {rule.object} {rule.namespace} {' '.join(rule.tags)}".casefold()
    return text.casefold() in words

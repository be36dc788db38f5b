# SPDX-License-Identifier: Apache-2.0
"""The page of the cluster, at the loopback of the operator's pod: a user who has the right to forward its
port reaches it, and no other.

What fails in it is said and begun again, and ends no other part of the operator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from lanner_apiserver.client import Api
from lanner_apiserver.metrics.place import LOCALHOST
from lanner_apiserver.served import Served
from lanner_engine.resources import page_contact
from lanner_engine.resources.page_contact import Contact
from lanner_operator.installation import Installation
from lanner_operator.page.agents import Agents
from lanner_operator.page.certificate import Certificate
from lanner_operator.page.entrance import Entrance
from lanner_operator.page.source import ClusterSource
from lanner_operator.page.view import PageView
from lanner_operator.reconcile.figures import Figures
from lanner_page.application import application
from lanner_page.tickets import Tickets

AGAIN_S: Final = 10.0
TITLE: Final = "the page"


@dataclass(frozen=True, slots=True, eq=False)
class _Contacts(Mapping[str, Contact]):
    """Of agents that are there, each read when it is asked for; a FalcoNode that says nothing of itself any
    more has a Lease without them, or none.
    """

    view: PageView

    def __getitem__(self, node: str) -> Contact:
        found = page_contact.contact(self.view.lease_of(node))
        if found is None:
            raise KeyError(node)
        return found

    def __iter__(self) -> Iterator[str]:
        return (node for node in self.view.leased() if node in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Page:
    """`figures` has the index of the bundle in force, and counts who asks for tickets."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        port: int,
        view: PageView,
        figures: Figures,
        say: Callable[[str], None],
    ) -> None:
        self._say = say
        self._certificate = Certificate(api, installation, say)
        contacts = _Contacts(view)
        self._agents = Agents(lambda: contacts, lambda: self._certificate.own)
        self._source = ClusterSource(view, self._agents, lambda: figures.index)
        self._tickets = Tickets()
        self._entrance = Entrance(api, installation, self._tickets, figures.entrances, say)
        self._served = Served(self._application, TITLE, LOCALHOST, port, say, listening=self._listens)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    async with asyncio.TaskGroup() as group:
                        for work in (self._certificate.run, self._source.run, self._served.run):
                            group.create_task(work())
                except* Exception as errors:
                    first = errors.exceptions[0]
                    self._say(f"the page ended and begins anew: {type(first).__name__}: {first}")
                await asyncio.sleep(AGAIN_S)
        finally:
            await self._agents.close()

    def _application(self) -> web.Application:
        made = application(self._source, self._tickets)
        made.middlewares.insert(0, self._entrance.middleware)
        return made

    def _listens(self, port: int) -> None:
        self._say(f"the page listens on port {port} of the pod's loopback: kubectl lanner page")

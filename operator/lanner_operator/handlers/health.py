# SPDX-License-Identifier: Apache-2.0
"""GET /healthz and /readyz, as the kubelet asks them.

Healthy is every state that a restart would not mend: an API server that is away, a permission or resource
type that is missing. Not healthy: a task that has not come round for three minutes, or a watch that says
nothing while the API server answers. Ready: rules are taken in, and what was decided last could be written.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from lanner_apiserver.served import opened
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.reconcile.heartbeat import Heartbeat

STUCK_S: Final = 180.0


class Health:
    """`heartbeat` is reconcile's, and None while the operator waits for what it needs; `roll` that of the
    task that tells of silent agents.
    """

    def __init__(self, contacts: Contacts) -> None:
        self.heartbeat: Heartbeat | None = None
        self.roll: Heartbeat | None = None
        self._contacts = contacts

    def unhealthy(self) -> list[str]:
        """Why a restart is called for; empty when it is not."""
        if self.heartbeat is None:
            return []
        problems = [f"{path} has been silent for three minutes" for path in self._contacts.silent()]
        if time.monotonic() - self.heartbeat.last > STUCK_S:
            problems.append("the reconcile task has not come round for three minutes")
        if self.roll is not None and time.monotonic() - self.roll.last > STUCK_S:
            problems.append("the roll of the agents has not been called for three minutes")
        return problems

    def unready(self) -> list[str]:
        """Why rules that are applied now would not reach the nodes at once; empty when they would."""
        if self.heartbeat is None:
            return ["waiting for what is needed to start; the log says for what"]
        if not self.heartbeat.rounds:
            return ["the first listing is not taken in yet", *self._contacts.problems()]
        beats = (self.heartbeat, self.roll)
        trouble = [beat.trouble.splitlines()[0] for beat in beats if beat is not None and beat.trouble]
        return [*self.unhealthy(), *self._contacts.problems(), *trouble]


@asynccontextmanager
async def serve(health: Health, port: int) -> AsyncIterator[None]:
    """On all addresses. Raises OSError when the port is taken."""
    app = web.Application()
    app.add_routes([web.get("/healthz", _page(health.unhealthy)), web.get("/readyz", _page(health.unready))])
    async with opened(app, None, None, port):
        yield


def _page(problems: Callable[[], list[str]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def page(_: web.Request) -> web.Response:
        found = problems()
        text = "".join(f"{problem}\n" for problem in found) or "ok\n"
        return web.Response(text=text, status=503 if found else 200)

    return page

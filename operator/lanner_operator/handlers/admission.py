# SPDX-License-Identifier: Apache-2.0
"""POST /validate over HTTPS: AdmissionReviews of rule objects. POST /exec/SECRET: of people who enter pods.
Nothing of an object goes into a log.

Who may connect is not known: an API server needs no certificate to ask. So everything is bounded:
connections, bodies that are read at the same time, and judging (admission/shares). Who enters a pod is
believed of the API server only, which is told the secret with the certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from aiohttp import web

from lanner_apiserver.client import Api
from lanner_apiserver.served import Served
from lanner_engine.objects.limits import Budgets
from lanner_operator.admission import review, sessions
from lanner_operator.admission.certificates import Issued
from lanner_operator.admission.judging import InForce, Judging
from lanner_operator.admission.keeping import Keeper
from lanner_operator.admission.outbox import Outbox
from lanner_operator.admission.review import Answer, ReviewError
from lanner_operator.admission.sessions import Sessions
from lanner_operator.installation import Installation

PATH: Final = "/validate"
BODY: Final = 6 << 20  # bytes: the old and the new object, of which none is larger than 3 MiB
BODIES: Final = (
    2  # that are in memory at the same time; those up to SMALL, which nearly all are, are not counted
)
SMALL: Final = 64 << 10  # bytes, that any connection may have
READING_S: Final = 2.0  # with the wait for those before
KEEPALIVE_S: Final = 3_600.0  # longer than an API server keeps a connection that it does not use
PATHS: Final = 2  # that are good: the certificate's, and that of the one before


class Admission:
    """The webhook of one operator. `in_force` see Judging; `counts` are answers by outcome. With an `outbox`
    agents are told who enters pods; `entered` are these by outcome.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        port: int,
        in_force: InForce,
        budgets: Budgets,
        counts: Counter[str],
        say: Callable[[str], None],
        outbox: Outbox | None = None,
        entered: Counter[str] | None = None,
    ) -> None:
        self._outbox = outbox
        self._sessions = (
            None if outbox is None else Sessions(api, outbox, Counter() if entered is None else entered)
        )
        self._paths: deque[str] = deque(maxlen=PATHS)
        self._judging = Judging(in_force, budgets, counts)
        self._keeper = Keeper(api, installation, say, self._take)
        self._served = Served(
            self._application,
            "the admission webhook",
            None,
            port,
            say,
            secured=True,
            keepalive_s=KEEPALIVE_S,
            listening=lambda at: say(f"the admission webhook listens on port {at}"),
        )
        self._bodies = asyncio.Semaphore(BODIES)
        self._own_bodies = asyncio.Semaphore(BODIES)  # of the API server itself, beside those of strangers

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keeper.run())
                group.create_task(self._served.run())
                if self._outbox is not None:
                    group.create_task(self._outbox.run())
        finally:
            await self._judging.close()

    def _take(self, issued: Issued) -> None:
        self._paths.append(issued.path)
        self._served.change(issued.context)

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=BODY)
        app.router.add_post(PATH, self._answer)
        if self._sessions is not None:
            app.router.add_post("/exec/{secret}", self._hear)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READING_S), self._room(request):
                asked = review.read(await request.read())
        except TimeoutError:
            return web.Response(status=408, text="the question took too long to arrive\n")
        except ReviewError as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.json_response(review.answered(asked.uid, await self._judging.answer(asked.object)))

    def _room(self, request: web.Request) -> contextlib.AbstractAsyncContextManager[None]:
        """Who sends slowly holds up large questions only."""
        length = request.content_length
        return contextlib.nullcontext() if length is not None and length <= SMALL else self._bodies

    async def _hear(self, request: web.Request) -> web.Response:
        if not any(hmac.compare_digest(request.path.encode(), path.encode()) for path in self._paths):
            return web.Response(status=404, text="there is no such page\n")
        try:
            async with self._own_bodies:
                async with asyncio.timeout(READING_S):
                    asked = sessions.read(await request.read())
        except TimeoutError:
            return web.Response(status=408, text="the question took too long to arrive\n")
        except ReviewError as error:
            return web.Response(status=400, text=f"{error}\n")
        assert self._sessions is not None  # noqa: S101  it has the route
        await self._sessions.tell(asked)
        return web.json_response(review.answered(asked.uid, Answer(True)))

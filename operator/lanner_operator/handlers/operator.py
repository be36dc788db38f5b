# SPDX-License-Identifier: Apache-2.0
"""The operator as a process: waits for what it needs, watches and reconciles, begins anew when a part breaks.

One asyncio loop; the engine's work is done in a process beside it. A failure of any part (kopf gives up a
watch when a resource type is deleted, for one) ends all parts and begins with the waiting again, within the
process: restarts by the kubelet would only be slower each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Final

import kopf

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.metrics.site import Site
from lanner_operator.apiserver import kopf_session, permissions
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.election.election import Election
from lanner_operator.election.fenced import Fenced
from lanner_operator.handlers import definitions, metrics, preflight, watches, watching
from lanner_operator.handlers import health as pages
from lanner_operator.handlers.options import Options
from lanner_operator.handlers.parts import Parts, Works
from lanner_operator.handlers.view import WATCHED
from lanner_operator.handlers.watching import Sessions
from lanner_operator.reconcile.figures import Figures
from lanner_operator.reconcile.owner import Owners

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Operator:
    """`run` returns on SIGTERM or Ctrl-C."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self._options = options
        self._say = say
        self._contacts = Contacts(say)
        self._health = pages.Health(self._contacts)
        self._figures = Figures()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Raises Unreachable when no API server is known, OSError when the health port is taken."""
        self._take_signals()
        api = await Api.connect("lanner-operator", self._options.kubeconfig or None)
        try:
            async with contextlib.AsyncExitStack() as stack:
                if self._options.health_port:
                    await stack.enter_async_context(pages.serve(self._health, self._options.health_port))
                if self._options.metrics.port:
                    stack.push_async_callback(_ended, asyncio.create_task(self._site(api).run()))
                await self._until_stopped(api)
        finally:
            await api.close()

    def _site(self, api: Api) -> Site:
        sources = metrics.Sources(self._figures, api.answers)
        return Site(self._options.metrics, functools.partial(metrics.registry, sources), self._say)

    async def _until_stopped(self, api: Api) -> None:
        installation = self._options.installation
        self._say(f"installation {installation.name} in namespace {installation.namespace} of {api.host}")
        needed = permissions.needed(installation, taints=self._options.startup_taint)
        backoff = Backoff(first=1.0)
        while not self._stop.is_set():
            self._health.heartbeat = None
            await self._or_stop(preflight.passed(api, installation, needed, self._say))
            if self._stop.is_set():
                break
            if older := await definitions.outdated(api):
                self._say(older)
            await self._watch(api)
            if not self._stop.is_set():
                await self._or_stop(asyncio.sleep(backoff.next()))
        self._say("stopped")

    async def _watch(self, api: Api) -> None:
        """All parts, until they are stopped or one fails. Then another operator may lead at once."""
        options = self._options
        parts = Parts(api, options, self._contacts, self._health, self._figures, self._say)
        owner = Owners(api, options.installation).owner
        election = Election(
            api, options.installation, options.identity, lambda: parts.view.leases, self._say, owner
        )
        fenced = Fenced(api, election)
        try:
            async with asyncio.TaskGroup() as group:
                lead = functools.partial(parts.lead, fenced)
                self._start(api, parts, [election.run(lead, parts.stand_by), *parts.seeing()], group)
        except* Exception as errors:
            first = errors.exceptions[0]
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            self._say(f"watching ended and begins anew: {type(first).__name__}: {first}")
        self._contacts.forget()
        await election.give_up()
        await fenced.close()

    def _start(self, api: Api, parts: Parts, works: Works, group: asyncio.TaskGroup) -> None:
        self._contacts.expect(*WATCHED, *parts.own.paths)
        view = parts.view
        sessions = Sessions(lambda: kopf_session.opened(api, self._contacts, view.listed, watches.PAGES))
        registry = watches.registry(view, parts.taking, parts.dirty, api.host, sessions.open)
        tasks = [group.create_task(work) for work in works]
        group.create_task(self._until_stopped_or_failed(registry, sessions, tasks))

    async def _until_stopped_or_failed(
        self, registry: kopf.OperatorRegistry, sessions: Sessions, others: list[asyncio.Task[Any]]
    ) -> None:
        """kopf, and with it the other parts."""
        try:
            await self._or_stop(watching.watch(registry, watches.settings(), self._take_signals))
        finally:
            await sessions.close()
            for task in others:
                task.cancel()

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._stop.set)

    async def _or_stop(self, work: Coroutine[Any, Any, None]) -> None:
        """Until the work is done or we are told to stop."""
        tasks = [asyncio.create_task(work), asyncio.create_task(self._stop.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

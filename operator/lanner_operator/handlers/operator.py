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
from lanner_operator.admission.outbox import Outbox
from lanner_operator.apiserver import kopf_session, permissions
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers import definitions, metrics, preflight, watches, watching
from lanner_operator.handlers import health as pages
from lanner_operator.handlers.admission import Admission
from lanner_operator.handlers.options import Options
from lanner_operator.handlers.own_objects import OwnObjects
from lanner_operator.handlers.page import Page
from lanner_operator.handlers.view import WATCHED, ClusterView
from lanner_operator.handlers.watching import Sessions
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.figures import Figures
from lanner_operator.reconcile.places import Places
from lanner_operator.reconcile.refusals import Refusals
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.startup_taint import StartupTaint
from lanner_operator.reconcile.taking import Taking
from lanner_operator.reconcile.task import Reconciler
from lanner_operator.reconcile.tries import Tries
from lanner_operator.reports.task import ReportsTask

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
        """All parts, until they are stopped or one fails."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._start(api, group)
        except* Exception as errors:
            first = errors.exceptions[0]
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            self._say(f"watching ended and begins anew: {type(first).__name__}: {first}")
        self._contacts.forget()

    async def _start(self, api: Api, group: asyncio.TaskGroup) -> None:
        installation, dirty, specs = self._options.installation, Dirty(), Specs(api)
        taking = Taking(Places(self._options.numbers), specs)
        view = ClusterView(api, installation, dirty, taking)
        own = OwnObjects(api, installation, view, dirty, self._contacts)
        budgets = self._options.budgets
        reconciler = Reconciler(
            api,
            installation,
            view,
            specs,
            dirty,
            self._say,
            budgets=budgets,
            figures=self._figures,
            hosts=self._options.source_hosts,
        )
        self._contacts.expect(*WATCHED, *own.paths)
        self._health.heartbeat, self._health.roll = reconciler.heartbeat, reconciler.roll.heartbeat
        sessions = Sessions(lambda: kopf_session.opened(api, self._contacts, view.listed, watches.PAGES))
        registry = watches.registry(view, taking, dirty, api.host, sessions.open)
        refusals = Refusals(api, taking.places, self._say)
        tries = Tries(api, taking.places, self._say)
        works = [
            reconciler.run(),
            reconciler.roll.run(),
            reconciler.follower.run(),
            refusals.run(),
            tries.run(),
            *own.tasks(),
        ]
        if self._options.startup_taint:
            works.append(StartupTaint(api, view.agents, self._say).run())
        if self._options.admission_port:
            works.append(self._admission(api, reconciler, view).run())
        if self._options.page_port:
            page = Page(api, installation, self._options.page_port, view, self._figures, self._say)
            works.append(page.run())
        if self._options.reports_every_s:
            works.append(self._reports(api, view).run())
        tasks = [group.create_task(work) for work in works]
        group.create_task(self._until_stopped_or_failed(registry, sessions, tasks))

    def _admission(self, api: Api, reconciler: Reconciler, view: ClusterView) -> Admission:
        options, memory = self._options, reconciler.memory
        outbox = Outbox(api, options.installation, view.exec_key, self._say) if options.tell_exec else None
        return Admission(
            api,
            options.installation,
            options.admission_port,
            lambda: memory.previous,
            options.budgets,
            self._figures.admissions,
            self._say,
            outbox,
            self._figures.entered,
        )

    def _reports(self, api: Api, view: ClusterView) -> ReportsTask:
        every_s = self._options.reports_every_s
        return ReportsTask(api, self._options.installation, view.all_nodes, every_s, self._figures, self._say)

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

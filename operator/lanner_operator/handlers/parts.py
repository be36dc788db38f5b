# SPDX-License-Identifier: Apache-2.0
"""The parts of an operator: those that see, which always run, and those that write, made anew each time it
begins to lead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from lanner_apiserver.client import Api
from lanner_operator.admission.outbox import Outbox
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers.admission import Admission
from lanner_operator.handlers.health import Health
from lanner_operator.handlers.options import Options
from lanner_operator.handlers.own_objects import OwnObjects
from lanner_operator.handlers.page import Page
from lanner_operator.handlers.view import ClusterView
from lanner_operator.reconcile.agents_missing import AgentsMissing
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.figures import Figures
from lanner_operator.reconcile.memory import Memory
from lanner_operator.reconcile.places import Places
from lanner_operator.reconcile.refusals import Refusals
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.standby import Standby
from lanner_operator.reconcile.startup_taint import StartupTaint
from lanner_operator.reconcile.taking import Taking
from lanner_operator.reconcile.task import Reconciler
from lanner_operator.reconcile.tries import Tries
from lanner_operator.reports.task import ReportsTask

Works = Iterable[Coroutine[Any, Any, None]]


class Parts:
    """What all of them share, from one beginning of the watches to the next."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        options: Options,
        contacts: Contacts,
        health: Health,
        figures: Figures,
        say: Callable[[str], None],
    ) -> None:
        self._api = api
        self._options = options
        self._health = health
        self._figures = figures
        self._say = say
        self._specs = Specs(api)
        self._memory = Memory()
        self.dirty = Dirty()
        self.taking = Taking(Places(options.numbers), self._specs)
        self.view = ClusterView(api, options.installation, self.dirty, self.taking)
        self.own = OwnObjects(api, options.installation, self.view, self.dirty, contacts)

    def seeing(self) -> Works:
        """Of every operator; the webhook is among them."""
        yield from self.own.tasks()
        if self._options.admission_port:
            yield self._admission().run()

    async def stand_by(self) -> None:
        """Never ends."""
        standby = Standby(self.view, self._specs, self.dirty, self._memory, self._say)
        self._health.heartbeat, self._health.roll = standby.heartbeat, None
        await standby.run()

    async def lead(self, api: Api) -> None:
        """Never ends; what writes does it with `api`. Raises the first failure."""
        here = self._options.installation
        missing = AgentsMissing(api, here, self.view.daemon_set, self.dirty.mark, self._say)
        reconciler = self._reconciler(api, missing)
        if self._health.heartbeat is not None:  # what stood by has taken in what there is
            reconciler.heartbeat.rounds = self._health.heartbeat.rounds
        self._health.heartbeat, self._health.roll = reconciler.heartbeat, reconciler.roll.heartbeat
        self._figures.leads = True
        self.dirty.mark()
        try:
            async with asyncio.TaskGroup() as group:
                for work in (missing.run(), *self._writing(api, reconciler)):
                    group.create_task(work)
        finally:
            self._figures.forget()

    def _writing(self, api: Api, reconciler: Reconciler) -> Works:
        options, places = self._options, self.taking.places
        yield from (reconciler.run(), reconciler.roll.run(), reconciler.follower.run())
        yield Refusals(api, places, self._say).run()
        yield Tries(api, places, self._say).run()
        if options.startup_taint:
            yield StartupTaint(api, self.view.agents, self._say).run()
        if options.page_port:
            port, here = options.page_port, options.installation
            yield Page(api, here, port, self.view, self._figures, self._say).run()
        if every_s := options.reports_every_s:
            here, nodes = options.installation, self.view.all_nodes
            yield ReportsTask(api, here, nodes, every_s, self._figures, self._say).run()

    def _reconciler(self, api: Api, missing: AgentsMissing) -> Reconciler:
        options = self._options
        return Reconciler(
            api,
            options.installation,
            self.view,
            self._specs,
            self.dirty,
            self._say,
            budgets=options.budgets,
            figures=self._figures,
            hosts=options.source_hosts,
            memory=self._memory,
            missing=lambda: missing.why,
        )

    def _admission(self) -> Admission:
        api, options, memory = self._api, self._options, self._memory
        told = options.tell_exec
        outbox = Outbox(api, options.installation, self.view.exec_key, self._say) if told else None
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

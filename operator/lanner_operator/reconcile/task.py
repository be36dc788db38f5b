# SPDX-License-Identifier: Apache-2.0
"""The task that reconciles: waits for a change to settle, looks at everything, and makes the cluster what it
should be.

Handlers mark it dirty. What fails is said once and tried again later, more and more seldom, or when something
changes, but not before an API server that asks for patience has had it; bundles in force and statuses stay as
they are meanwhile. Each round writes only what differs.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.bundle.index import Index
from lanner_engine.objects.limits import DEFAULT, Budgets
from lanner_operator.bundle import publish, writing
from lanner_operator.bundle.writing import Author
from lanner_operator.installation import Installation
from lanner_operator.reconcile import statuses
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.dry_run_pace import DryRunPace
from lanner_operator.reconcile.figures import Figures
from lanner_operator.reconcile.heartbeat import Heartbeat
from lanner_operator.reconcile.judgement import Judge, Judgement
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.memory import Memory
from lanner_operator.reconcile.observed import Observed, View
from lanner_operator.reconcile.owner import Owners
from lanner_operator.reconcile.packed import packed
from lanner_operator.reconcile.roll_call import RollCall
from lanner_operator.reconcile.specs import Specs
from lanner_operator.reconcile.status_pace import SOON_S, StatusPace
from lanner_operator.sources.follower import Follower
from lanner_operator.sources.followers import Followers
from lanner_operator.status import conditions, send
from lanner_operator.status.rule_status import Bundle

RECONCILE_EVERY_S: Final = 30.0  # for what no mark tells of
PATIENCE_S: Final = 30.0  # at most, where the API server asks for it: who rests for minutes counts as stuck


class Reconciler:
    """`run` never ends; `heartbeat` tells how it goes. `roll` and `follower` are tasks for themselves.
    `missing` says why nodes are without an agent.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        view: View,
        specs: Specs,
        dirty: Dirty,
        say: Callable[[str], None],
        budgets: Budgets = DEFAULT,
        figures: Figures | None = None,
        hosts: Sequence[str] = (),
        memory: Memory | None = None,
        missing: Callable[[], str] = str,
    ) -> None:
        self.memory = memory or Memory()
        self.figures = figures or Figures()
        self.follower = Follower(api, installation, hosts, dirty.mark, self.figures.sources, say)
        self._followers = Followers(self.follower, lambda one: replace(one, spec=packed(one)))
        self.roll = RollCall(api, installation, view, dirty, say)
        self.heartbeat = Heartbeat(time.monotonic())
        self._api = api
        self._installation = installation
        self._view = view
        self._specs = specs
        self._dirty = dirty
        self._say = say
        self._judges = Judges()
        self._judge = Judge(installation.index, budgets, self._judges)
        self._missing = missing
        self._dry_runs = DryRunPace()
        self._pace = StatusPace()
        self._owners = Owners(api, installation)
        self._backoff = Backoff(first=1.0)
        self._patience_s = 0.0  # whatever is marked

    async def run(self) -> None:
        pause = RECONCILE_EVERY_S
        try:
            while True:
                await asyncio.sleep(self._patience_s)
                await self._dirty.settled(pause - self._patience_s)
                pause = await self._round()
                self.heartbeat.last = time.monotonic()
        finally:
            await self._judges.close()

    async def _round(self) -> float:
        """Seconds after which to look again in any case."""
        began, outcome, self._patience_s = time.monotonic(), "failed", 0.0
        try:
            done = await self.reconcile()
            outcome = "done" if done else "waiting"
            self.heartbeat.rounds += done
        except ApiError as error:
            self._patience_s = min(error.retry_after or 0.0, PATIENCE_S)
            return self._failed(f"{error.path}: {error}")
        except Exception as error:  # an object that breaks the engine: the bundle in force stays
            where = "".join(traceback.format_exception(error)).rstrip()
            return self._failed(f"internal error: {where}")
        finally:
            self.figures.round(outcome, time.monotonic() - began)
        if self.heartbeat.trouble:
            self._say("reconciling goes well again")
        self.heartbeat.trouble = ""
        self._backoff.reset()
        return SOON_S if self._pace.waiting else RECONCILE_EVERY_S

    def _failed(self, why: str) -> float:
        if why != self.heartbeat.trouble:
            self._say(f"reconciling failed and is tried again; the bundle in force stays: {why}")
        self.heartbeat.trouble = why
        return self._backoff.next(self._patience_s)

    async def reconcile(self) -> bool:
        """One round; False when not everything is known yet, and nothing was done. Raises ApiError."""
        observed = await self._view.observe()
        if observed is None:
            return False
        self.memory.learn(observed.stored)
        judgement = await self._judged(observed)
        if self._would_be_empty(judgement):
            confirmed = await self._view.confirm()
            if confirmed is None:
                return False
            observed, judgement = confirmed, await self._judged(confirmed)
        index = await self._published(observed, judgement)
        await self._tell(observed, judgement, index)
        if judgement.waiting:
            self._dirty.mark()
        return True

    async def _judged(self, observed: Observed) -> Judgement:
        objects = tuple(rule.object for rule in observed.rules)
        began = time.monotonic()
        try:
            filled = await self._specs.filled(objects, self._judge.read(objects))
            followed = self._followers.filled(filled, self.memory.previous)
            judgement = await self._judge.judge(followed.objects, self.memory.previous)
            return replace(judgement, without=followed.without)
        finally:
            self.figures.judging_s.observe(time.monotonic() - began)

    def _would_be_empty(self, judgement: Judgement) -> bool:
        """All rules gone at once: deleted, or a listing that lied."""
        return bool(self.memory.previous) and not judgement.in_force

    async def _published(self, observed: Observed, judgement: Judgement) -> Index | None:
        """The index in force after this round; None when there is none."""
        if judgement.cut is None:
            self._say(f"the bundle in force stays: {judgement.problem}")
            return observed.stored.index
        author = Author(self._installation, await self._owners.owner(), conditions.timestamp())
        plan = writing.plan(judgement.cut, observed.stored, self.memory.revision, author)
        index = plan.wanted
        if not plan.nothing:
            index = await self._write(plan, judgement, author)
        self.memory.keep(index, judgement.in_force)
        unneeded = writing.garbage(observed.stored, writing.label(index.bundleSha256), self.memory.recent())
        await publish.delete(self._api, unneeded, author)
        return index

    async def _write(self, plan: writing.Writing, judgement: Judgement, author: Author) -> Index:
        index = await publish.publish(self._api, plan, author)
        self.figures.published += 1
        count = len(judgement.in_force)
        self._say(f"bundle {index.name} is published: {count} rule object{'' if count == 1 else 's'}")
        return index

    async def _tell(self, observed: Observed, judgement: Judgement, index: Index | None) -> None:
        await self.roll.look_for_silent()
        fleet = statuses.fleet(
            observed, self.roll.lost, self.roll.away, self.memory.holdings, self._missing()
        )
        problem = "" if judgement.problem is None else f"it is not in the bundle: {judgement.problem}"
        holds = self.memory.holdings.get(index.bundleSha256 if index else "", frozenset())
        bundle = Bundle(index.name if index else "", holds, problem)
        self._dry_runs.keep(judgement.in_force)
        now = conditions.timestamp()
        made = tuple(
            statuses.statuses(observed, judgement, bundle, fleet, now, self._dry_runs, self.follower.standing)
        )
        told = ((rule.object, status) for rule, status in made)
        self.figures.found(index, fleet, told, observed.unplaced)
        await send.rules(self._api, statuses.patches(made, self._pace))

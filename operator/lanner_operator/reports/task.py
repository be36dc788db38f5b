# SPDX-License-Identifier: Apache-2.0
"""The task that keeps Reports as they should be: every few minutes what nodes say is added up, and what is
another than before is written.

A Report that people deleted or changed is written again; one without rules is deleted. What a round does is
bounded by a pace. Where OpenReports is not installed the round does nothing, and the next looks again. What
is unforeseen ends no other part of the operator.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.installation import Installation
from lanner_operator.reconcile.figures import Figures
from lanner_operator.reconcile.rounds import Rounds
from lanner_operator.reports import stored, written
from lanner_operator.reports.ledger import Ledger
from lanner_operator.reports.stored import Reports, Seen
from lanner_operator.status.node import Node

PACE_S: Final = 0.1  # between two that are written
READY_S: Final = 1.0  # until nodes are known
AGAIN_S: Final = 10.0
OUTCOMES: Final = ("written", "deleted", "failed", "foreign", "ended")
KINDS: Final = ("Report", "ClusterReport")
LEFT_OUT: Final = ("rules", "namespaces", "nodes", "foreign")

Nodes = Callable[[], Sequence[Node] | None]  # None while they are not all known


@dataclass(frozen=True, slots=True)
class _Written:
    text: str
    seen: Seen


class ReportsTask:
    """`run` never ends; `every_s` seconds are between two rounds."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        api: Api,
        installation: Installation,
        nodes: Nodes,
        every_s: float,
        figures: Figures,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reports = Reports(api, installation)
        self._installation = installation
        self._nodes = nodes
        self._every_s = every_s
        self._figures = figures
        self._say = say
        self._clock = clock
        self._ledger: Ledger | None = None
        self._owner: Mapping[str, Any] | None = None
        self._written: dict[str, _Written] = {}
        self._own: set[str] = set()  # uids of Reports that are ours, also where their labels were changed
        self._foreign: set[str] = set()
        self._wrong: frozenset[str] = frozenset()  # nodes
        self._absent = False
        self._rounds = Rounds("Reports cannot be written", say)

    async def run(self) -> None:
        while True:
            try:
                await self._rounds.run(self._round)
            except Exception as error:
                self._say(f"Reports ended and begin anew: {type(error).__name__}: {error}")
                self._ledger = None
            await asyncio.sleep(AGAIN_S)

    async def _round(self) -> float:
        """Seconds until the next one."""
        nodes = self._nodes()
        if nodes is None:
            return READY_S
        try:
            there = await self._reports.there()
            self._note(there is None)
            error = None if there is None else await self._bring_up_to_date(there, nodes)
        except ApiError as caught:
            error = caught
        pause = self._rounds.pause(error, more=False)
        return max(pause, self._every_s) if error is None else pause

    def _note(self, absent: bool) -> None:
        """Said once, by who asked for Reports and has not installed what they are."""
        if absent != self._absent:
            what = "is not installed: no Reports are written until it is" if absent else "is installed now"
            self._say(f"OpenReports ({written.API_VERSION}) {what}")
        self._absent = absent
        if absent:
            self._written.clear()
            self._figures.reports_there = {}

    async def _bring_up_to_date(self, there: Mapping[str, Seen], nodes: Sequence[Node]) -> ApiError | None:
        """The first error of what was tried."""
        ledger = self._ledger = self._ledger or await self._begun()
        now = int(self._clock())
        for node in nodes:
            ledger.feed(node.name, node.reports, now)
            await asyncio.sleep(0)  # a thousand of them take a second
        ledger.settle([node.name for node in nodes], now)
        self._own &= {one.uid for one in there.values()} | {one.seen.uid for one in self._written.values()}
        errors = [await self._tried(ledger, place, there) for place in self._due(ledger, there)]
        self._tell(ledger)
        return next((error for error in errors if error is not None), None)

    async def _begun(self) -> Ledger:
        """Goes on with what is stored."""
        made = Ledger()
        found = []
        async for one in self._reports.whole():
            if written.is_ours(one):
                self._own.add(str(one["metadata"]["uid"]))
                found.append(written.stored(one))
        made.begin(found)
        self._owner = await self._reports.owner()
        return made

    def _due(self, ledger: Ledger, there: Mapping[str, Seen]) -> list[str]:
        """What is there without a place, and all that may be another than it should be."""
        return sorted(ledger.places.keys() | self._written.keys() | there.keys())

    async def _tried(self, ledger: Ledger, namespace: str, there: Mapping[str, Seen]) -> ApiError | None:
        await asyncio.sleep(0)  # forming one takes milliseconds
        try:
            outcome = await self._keep(ledger, namespace, there.get(namespace))
        except ApiError as error:
            if namespace and stored.is_ending(error):
                self._end(ledger, namespace)
                outcome = "ended"
            else:
                self._figures.reports["failed"] += 1
                return error
        if outcome:
            self._figures.reports[outcome] += 1
        if outcome in {"written", "deleted"}:
            await asyncio.sleep(PACE_S)
        return None

    async def _keep(self, ledger: Ledger, namespace: str, seen: Seen | None) -> str:
        """What was done; "" for nothing."""
        if seen is not None and not seen.ours and seen.uid not in self._own:
            return self._leave(namespace)
        self._foreign.discard(namespace)
        if namespace and namespace in ledger.places and not await self._is_made(ledger, namespace, seen):
            self._end(ledger, namespace)
            return ""
        if not ledger.says_something(namespace):
            return await self._delete(namespace, seen)
        body = written.report(self._installation, ledger, namespace, self._owner)
        text, known = json.dumps(body), self._written.get(namespace)
        if known is not None and known.text == text and known.seen == seen:
            return ""
        applied = await self._reports.apply(namespace, body, ours=seen is not None)
        self._own.add(applied.uid)
        self._written[namespace] = _Written(text, applied)
        return "written"

    async def _is_made(self, ledger: Ledger, namespace: str, seen: Seen | None) -> bool:
        """Whether the namespace is there, asked where it may be another than before."""
        known = self._written.get(namespace)
        if ledger.places[namespace].since and known is not None and seen is not None:
            return True
        since = await self._reports.made(namespace)
        if since is not None:
            ledger.made(namespace, since)
        return since is not None

    async def _delete(self, namespace: str, seen: Seen | None) -> str:
        self._written.pop(namespace, None)
        if seen is None:
            return ""
        self._own.discard(seen.uid)
        await self._reports.delete(namespace, seen.uid)
        return "deleted"

    def _leave(self, namespace: str) -> str:
        """Another program's, which has our name."""
        if namespace in self._foreign:
            return ""
        self._foreign.add(namespace)
        where = f"Report {namespace}/{self._installation.name}" if namespace else "the ClusterReport"
        self._say(f"{where} is not of Lanner and stays as it is: its alerts are in no Report")
        return "foreign"

    def _end(self, ledger: Ledger, namespace: str) -> None:
        self._written.pop(namespace, None)
        ledger.forget(namespace, int(self._clock()))

    def _tell(self, ledger: Ledger) -> None:
        for name in sorted(ledger.wrong.keys() - self._wrong):
            self._say(
                f"FalcoNode {name} has {ledger.wrong[name]} rows in status.reports that no agent writes"
            )
        self._wrong = frozenset(ledger.wrong)
        self._figures.reports_wrong = sum(ledger.wrong.values())
        kinds = Counter("Report" if namespace else "ClusterReport" for namespace in self._written)
        self._figures.reports_there = dict(kinds)
        self._figures.reports_left_out = {**ledger.left_out, "foreign": self._hidden(ledger)}

    def _hidden(self, ledger: Ledger) -> int:
        """Alerts that have a place whose Report another program made."""
        places = [place for name, place in ledger.places.items() if name in self._foreign]
        return sum(entry.count for place in places for entry in place.entries.values())

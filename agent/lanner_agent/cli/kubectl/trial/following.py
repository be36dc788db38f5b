# SPDX-License-Identifier: Apache-2.0
"""A try from its objects to its numbers: created, in force, counted, deleted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lanner_agent.cli.kubectl.asking import Asker, ClusterError
from lanner_agent.cli.kubectl.resource import NODES
from lanner_agent.cli.kubectl.trial import counts
from lanner_agent.cli.kubectl.trial.counts import Counts, Progress
from lanner_agent.cli.kubectl.trial.objects import Plan
from lanner_agent.cli.kubectl.trial.writing import Written, message
from lanner_apiserver.errors import ApiError
from lanner_engine.resources import trial

LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: until every node has the rules, and how long they are tried then."""

    programmed_s: float
    tried_s: float

    @property
    def all_s(self) -> int:
        """After which the operator deletes what is left."""
        return int(self.programmed_s + self.tried_s) + trial.SLACK_S


@dataclass(slots=True)
class Outcome:
    """`refused`: why an object is not in force, in lines, harmless; by its name in the files. `watched`:
    rules were in force, so that the numbers say something; `interrupted`: before that. `left`: what could not
    be deleted.
    """

    states: tuple[Progress, ...] = ()
    counts: Counts = field(default_factory=Counts)
    refused: dict[str, str] = field(default_factory=dict)
    watched: bool = False
    interrupted: bool = False
    seconds: int = 0
    left: list[str] = field(default_factory=list)


Say = Callable[[str], None]
Show = Callable[[Counts, str], None]


class Trial:
    """`stop` ends it early, with what is known by then. `say` gets sentences, `show` the numbers."""

    def __init__(self, asker: Asker, plan: Plan, patience: Patience, say: Say, show: Show) -> None:
        self.stop = asyncio.Event()
        self._asker = asker
        self._plan = plan
        self._patience = patience
        self._say = say
        self._show = show
        self._written = Written(asker)
        self._away = ""  # what was said last of an API server that does not answer

    async def run(self) -> Outcome:
        """What was created is deleted, in any case. Raises ClusterError."""
        outcome = Outcome()
        try:
            await self._tried(outcome)
        finally:
            outcome.left = await self._written.delete()
            for one in outcome.left:
                self._say(f"could not be deleted: {one}; the operator does so at its end")
        return outcome

    async def _tried(self, outcome: Outcome) -> None:
        plan = self._plan
        if not await self._written.create(plan.objects, plan.word, self._patience.all_s):
            refused, said = self._written.refused or (plan.objects[0], "")
            outcome.refused[refused.original] = said
            return
        number = len(plan.objects)
        self._say(f"try {plan.word}: {number} object{'s' if number > 1 else ''} created, with mode DryRun")
        if await self._in_force(outcome):
            await self._counted(outcome)

    async def _in_force(self, outcome: Outcome) -> bool:
        """Whether there is a node to wait for numbers of."""
        until = time.monotonic() + self._patience.programmed_s
        said = ""
        while not self.stop.is_set():
            items = await self._look(outcome)
            states = outcome.states
            for one, item in zip(states, items, strict=False):
                if one.accepted == "False":
                    outcome.refused[one.object] = message(item, "Accepted")
            if outcome.refused:
                return False
            now = _progress(states)
            if now != said:
                self._say(now)
            said = now
            if states and (all(one.settled for one in states) or time.monotonic() >= until):
                return self._begins(states)
            if time.monotonic() >= until:
                raise ClusterError(f"the API server does not answer: {self._away}", "kubectl cluster-info")
            await self._pause(LOOK_S)
        outcome.interrupted = True
        return False

    def _begins(self, states: Sequence[Progress]) -> bool:
        late = [one for one in states if not one.settled]
        for one in late:
            why = one.message or "the operator has said nothing of it: kubectl lanner status"
            self._say(f"{one.object} is not in force everywhere: {why}")
        return any(one.loaded for one in states)

    async def _counted(self, outcome: Outcome) -> None:
        outcome.watched = True
        began = time.monotonic()
        items: list[dict[str, Any]] = []
        while True:
            items = await self._look(outcome) or items
            passed = time.monotonic() - began
            outcome.seconds = int(passed)
            if items:
                outcome.counts = counts.counts(self._plan, items)
            self._show(outcome.counts, f"{outcome.seconds} s of {self._patience.tried_s:.0f} s")
            rest = self._patience.tried_s - passed
            if self.stop.is_set() or rest <= 0:
                break
            await self._pause(min(LOOK_S, rest))
        lost = "on how many nodes a rule matched is not known"
        told = await self._asker.listed_if_allowed(NODES, None, lost)
        if told is not None:
            outcome.counts = replace(outcome.counts, nodes=counts.nodes(self._plan, items, told))

    async def _look(self, outcome: Outcome) -> list[dict[str, Any]]:
        """The objects as they are; none while the API server does not answer, which is said once."""
        try:
            items = await self._written.states()
        except ApiError as error:
            if error.message != self._away:
                self._say(f"interrupted, trying again: {error.message}")
            self._away = error.message
            return []
        self._away = ""
        outcome.states = counts.progress(self._plan, items)
        return items

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        except TimeoutError:
            return


def _progress(states: Sequence[Progress]) -> str:
    if not states:
        return "waiting for the API server"
    done = sum(one.settled for one in states)
    nodes = f"{min(one.loaded for one in states)} of {max(one.desired for one in states)} nodes"
    return f"in force: {done} of {len(states)} objects, on {nodes}"

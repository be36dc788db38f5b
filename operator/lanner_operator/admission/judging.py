# SPDX-License-Identifier: Apache-2.0
"""A rule object that is to be stored -> the answer, in bounded time.

Judged in a process of its own (reconcile/judges), beside what is in force: a small set as a whole, of a large
one the object alone, with the vocabulary of the cluster.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from lanner_engine.objects.limits import Budgets
from lanner_engine.objects.versions import weigh
from lanner_engine.resources.rule_object import DEFINING, RuleObject
from lanner_operator.admission import answers
from lanner_operator.admission.review import Answer
from lanner_operator.admission.shares import Shares
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.packed import Outline, Packed
from lanner_operator.reconcile.worker import Question, Reply
from lanner_operator.sources import wish
from lanner_sources.errors import SourceError

JUDGING_S: Final = 0.5  # of the processor, for one object
# By the clock, 5 s in all, for which the API server waits:
WAITING_S: Final = 1.0  # for those before
STARTING_S: Final = 1.5  # for the process and the cluster's vocabulary, which then goes on without us
ANSWER_S: Final = 2.0
START_S: Final = 30.0  # after which a start has failed
IDLE_S: Final = 300.0  # after which the process ends, and gives its memory back
ROOM: Final = 128 << 20  # bytes of data that the process may have
SMALL: Final = 64 << 10  # characters of a set that is judged as a whole
OUTCOMES: Final = ("allowed", "warned", "refused", "unjudged")

InForce = Callable[[], Mapping[str, RuleObject]]  # by uid


class Judging:
    """`in_force` gives the versions in force; `counts` are answers by outcome."""

    def __init__(self, in_force: InForce, budgets: Budgets, counts: Counter[str]) -> None:
        self._in_force = in_force
        self._budgets = budgets
        self._counts = counts
        self._judges = Judges(ANSWER_S, room=ROOM, again=False, idle_s=IDLE_S)
        self._shares = Shares()
        self._turn = asyncio.Lock()
        self._shared: tuple[RuleObject, ...] | None = None  # that the process knows
        self._start: asyncio.Task[Reply] | None = None

    async def close(self) -> None:
        if self._start is not None:
            self._start.cancel()
            await asyncio.gather(self._start, return_exceptions=True)
        await self._judges.close()

    async def answer(self, one: RuleObject) -> Answer:
        """Never raises for what the object holds."""
        refusal = self._shares.enter(one.namespace)
        if refusal:
            return self._counted("unjudged", answers.unjudged(refusal))
        spent_s = 0.0
        try:
            async with asyncio.timeout(WAITING_S):
                await self._turn.acquire()
            try:
                known = tuple(self._in_force().values())
                reply = await self._ready(known)
                if not reply.problem:
                    began = time.monotonic()
                    reply = await self._judged(one, known)
                    spent_s = min(JUDGING_S, time.monotonic() - began)
            finally:
                self._turn.release()
        except TimeoutError:
            return self._counted("unjudged", answers.unjudged("others before it take long"))
        finally:
            self._shares.leave(one.namespace, spent_s)
        return self._told(one, reply)

    def _told(self, one: RuleObject, reply: Reply) -> Answer:
        became = reply.verdicts.get(one.key)
        if became is None:
            return self._counted("unjudged", answers.unjudged(reply.problem))
        found = _with_source(one, answers.answer(became))
        outcome = "refused" if not found.allowed else "warned" if found.warnings else "allowed"
        return self._counted(outcome, found)

    def _counted(self, outcome: str, found: Answer) -> Answer:
        self._counts[outcome] += 1
        return found

    async def _ready(self, known: Iterable[RuleObject]) -> Reply:
        """The process runs and knows the cluster's vocabulary; or the problem."""
        if self._start is None:
            shared = tuple(sorted(filter(_usable, known), key=lambda one: one.order))
            if self._judges.runs and shared == self._shared:
                return Reply()
            self._shared = shared
            question = self._question("-", (), shared)
            self._start = asyncio.create_task(self._judges.ask(question, START_S))
        done, _ = await asyncio.wait({self._start}, timeout=STARTING_S)
        if not done:
            return Reply(problem="what checks rules is just starting")
        reply, self._start = self._start.result(), None
        return reply

    async def _judged(self, one: RuleObject, known: Iterable[RuleObject]) -> Reply:
        reply = await self._judges.ask(self._beside(one, known, self._shared or ()))
        if reply.problem:
            self._shared = None
        return reply

    def _beside(
        self, one: RuleObject, known: Iterable[RuleObject], shared: tuple[RuleObject, ...]
    ) -> Question:
        others = [other for other in known if other.namespace == one.namespace and other.key != one.key]
        small = sum(map(_size, (one, *others))) <= SMALL
        own = sorted((*others, one) if small else (one,), key=lambda one: one.order)
        return self._question(one.namespace, tuple(own), shared, alone=not small, about=one.key)

    def _question(
        self,
        namespace: str,
        own: tuple[RuleObject, ...],
        shared: tuple[RuleObject, ...],
        *,
        alone: bool = False,
        about: str = "",
    ) -> Question:
        made = Question(namespace, own, {}, shared, self._budgets, None, False, alone=alone, about=about)
        return replace(made, processor_s=JUDGING_S) if about else made


def _with_source(one: RuleObject, found: Answer) -> Answer:
    """What is fetched is judged later; where from and by which key can be read now."""
    if found.allowed and wish.follows(one):
        try:
            wish.wish(one, ())
        except SourceError as error:
            return answers.no_source(error)
    return found


def _usable(one: RuleObject) -> bool:
    """Whether namespaces may use something that it defines."""
    return not one.namespace and bool((DEFINING - {"rules"}) & one.spec.keys())


def _size(one: RuleObject) -> int:
    return one.spec.size if isinstance(one.spec, Outline | Packed) else weigh(one).size

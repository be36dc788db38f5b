# SPDX-License-Identifier: Apache-2.0
"""What the page of one machine shows: a Source, of what this agent has in memory.

What takes longer than a moment is done in a thread beside the one that serves the page.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Final

from lanner_agent.publish.remembered import asking, hourly
from lanner_agent.publish.remembered.asking import Found
from lanner_agent.publish.remembered.hourly import Key
from lanner_agent.publish.remembered.output import Remembered
from lanner_agent.report.page.arrivals import Arrivals
from lanner_agent.report.page.standing import Standing
from lanner_engine.explain.written import Book, Written
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Source as Text
from lanner_page import explaining
from lanner_page.source import Alert, Answer, Explanation, Filter, Missed, Node, Propagation, Rule

_BATCH: Final = 250


@dataclass(frozen=True, slots=True)
class Machine:
    """`rules` in force now, and the `texts` they are written in; `weaker`: what is seen less here."""

    name: str
    rules: Callable[[], Sequence[CheckedRule]]
    texts: Callable[[], tuple[Text, ...]]
    weaker: Callable[[], Sequence[str]] = tuple


class Local:
    """A Source."""

    def __init__(self, machine: Machine, kept: Remembered, standing: Standing) -> None:
        self._machine = machine
        self._kept = kept
        self._standing = standing
        self._book: tuple[tuple[Text, ...], Book] | None = None
        self._arrivals = Arrivals(kept.memory)

    async def alerts(self, asked: Filter) -> Answer:
        memory = self._kept.memory
        found = await asyncio.to_thread(asking.alerts, memory, asked)
        return Answer(_opened(found), tuple(self._gone()))

    async def follow(self) -> AsyncIterator[Alert | Missed]:
        """See Source. A reader holds nothing but the number that it has come to."""
        memory = self._kept.memory
        number = memory.newest
        with self._arrivals.heard() as came:
            while True:
                came.clear()
                found, missed = asking.behind(memory, number, _BATCH)
                if missed:
                    yield Missed(missed)
                for one in found.alerts:
                    yield asking.opened(one)
                number = found.alerts[-1].number if found.alerts else number
                if not found.more:
                    await came.wait()

    async def alert(self, id: str) -> Alert | None:
        one = self._kept.memory.one(id)
        return None if one is None else asking.opened(one)

    async def around(self, alert: Alert) -> Sequence[Alert]:
        pod = alert.namespace, alert.pod
        return _opened(asking.around(self._kept.memory, pod, alert.at_ns, alert.id))

    async def explained(self, alert: Alert) -> Explanation | None:
        return await asyncio.to_thread(self._explained, alert)

    async def rules(self) -> Sequence[Rule]:
        return await asyncio.to_thread(self._rules)

    async def nodes(self) -> Sequence[Node]:
        """This one."""
        standing = self._standing
        return (
            Node(
                name=self._machine.name,
                version=metadata.version("lanner"),
                ready=True,
                lost=standing.lost(),
                lag_s=standing.lag_s(),
                weaker=tuple(self._machine.weaker()) + self._forgotten(),
                alerts=standing.alerts(),
            ),
        )

    async def propagation(self) -> Propagation | None:
        """Rules of files reach no nodes."""
        return None

    def _forgotten(self) -> tuple[str, ...]:
        told = hourly.words(dict(self._kept.hourly.forgotten))
        return (told,) if told else ()

    def _gone(self) -> Sequence[str]:
        went = sum(self._kept.memory.went.values())
        whose = ", ".join(f"{one} {number:,}" for one, number in self._kept.memory.went.most_common(3))
        return (
            (f"{went:,} older alerts are not kept any more; whose share was full: {whose}",) if went else ()
        )

    def _explained(self, alert: Alert) -> Explanation | None:
        written = self._written().rule(alert.rule, alert.object or None)
        return None if written is None else explaining.explanation(alert, written)

    def _rules(self) -> Sequence[Rule]:
        book = self._written()
        hits = self._kept.hourly.told(time.time_ns())
        return tuple(_rule(one, book.rule(one.name, one.owner_key), hits) for one in self._machine.rules())

    def _written(self) -> Book:
        texts = self._machine.texts()
        if self._book is None or self._book[0] is not texts:
            self._book = texts, Book(texts)
        return self._book[1]


def _rule(
    checked: CheckedRule, written: Written | None, hits: Mapping[Key, tuple[tuple[int, ...], int]]
) -> Rule:
    condition = written.definition.condition.value if written else ""
    made = explaining.rule(checked, condition, 1, 1)
    hours, last = hits.get((checked.owner_key, checked.name), ((), 0))
    return replace(made, hits=hours, last_hit_ns=last or None)


def _opened(found: Found) -> tuple[Alert, ...]:
    return tuple(map(asking.opened, found.alerts))

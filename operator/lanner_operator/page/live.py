# SPDX-License-Identifier: Apache-2.0
"""Alerts as they come: each agent is followed once, for all readers, and only while there is one.

An agent answers a question when there is something behind a number, so nothing is held there for us. A reader
who is slow loses the oldest of what waits for him, and is told how many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from lanner_apiserver.backoff import Backoff
from lanner_operator.page.agents import Agents, NoAnswerError, Said
from lanner_page.source import Alert, Missed
from lanner_page.wire import is_number

WAITING: Final = 1_000  # alerts of one reader
FOLLOW_S: Final = 40.0  # longer than an agent waits for alerts
LOOK_S: Final = 2.0  # for agents that come and go
PACE_S: Final = 0.1  # between an answer and the next question to the same agent
RATE: Final = 4 << 20  # bytes that one agent is read in a second


@dataclass(slots=True, eq=False)
class _Reader:
    waiting: deque[Alert] = field(default_factory=deque)
    missed: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, alert: Alert) -> None:
        if len(self.waiting) >= WAITING:
            self.waiting.popleft()
            self.missed += 1
        self.waiting.append(alert)
        self.came.set()

    def miss(self, number: int) -> None:
        self.missed += number
        self.came.set()


class Live:
    """For one asyncio loop."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._readers: set[_Reader] = set()
        self._following: asyncio.Task[None] | None = None

    async def follow(self) -> AsyncIterator[Alert | Missed]:
        """From now on, until it is closed."""
        reader = _Reader()
        self._readers.add(reader)
        if self._following is None:
            self._following = asyncio.create_task(self._follow_all())
        try:
            while True:
                await reader.came.wait()
                reader.came.clear()
                if reader.missed:
                    missed, reader.missed = reader.missed, 0
                    yield Missed(missed)
                while reader.waiting:
                    yield reader.waiting.popleft()
        finally:
            self._readers.discard(reader)
            if not self._readers and self._following is not None:
                self._following.cancel()
                self._following = None

    async def _follow_all(self) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                there = set(self._agents.nodes())
                ended = {node for node, task in tasks.items() if task.done()}  # unforeseen: it begins anew
                for node in (tasks.keys() - there) | ended:
                    tasks.pop(node).cancel()
                for node in there - tasks.keys():
                    tasks[node] = asyncio.create_task(self._follow_one(node))
                await asyncio.sleep(LOOK_S)
        finally:
            for task in tasks.values():
                task.cancel()

    async def _follow_one(self, node: str) -> None:
        """Of an agent that was started anew all that it has; of what went before it was read the number."""
        backoff = Backoff(0.5, 15.0)
        epoch, number, pause = "", -1, 0.0
        while True:
            await asyncio.sleep(pause)  # after any answer, also a fast one
            query = f"?epoch={epoch}&number={number}" if epoch else ""
            try:
                said = await self._agents.ask(node, f"/behind{query}", FOLLOW_S)
                now, reached, missed = _head(said)
            except NoAnswerError:
                pause = backoff.next()
                continue
            pause = PACE_S + said.size / RATE
            backoff.reset()
            if epoch and now != epoch:
                epoch, number = now, 0
                continue
            if not epoch or reached < number:
                epoch, number = now, reached
                continue
            self._tell(said.alerts(), missed)
            number = reached

    def _tell(self, alerts: list[Alert], missed: int) -> None:
        for reader in self._readers:
            if missed:
                reader.miss(missed)
            for one in alerts:
                reader.put(one)


def _head(said: Said) -> tuple[str, int, int]:
    """Raises NoAnswerError for what no agent says."""
    epoch, number, missed = (said.body.get(key) for key in ("epoch", "number", "missed"))
    if not isinstance(epoch, str) or not epoch.isalnum() or not is_number(number):
        raise NoAnswerError("its answer has no place to go on from")
    return epoch, number, missed if is_number(missed) else 0

# SPDX-License-Identifier: Apache-2.0
"""A Source of alerts that were made for tests: of scenes, in the last hours, or of what a test says."""

from __future__ import annotations

import asyncio
import functools
import json
import uuid
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from lanner_agent.cli import alert_lines
from lanner_engine.alerts import explained, reading
from lanner_engine.explain.written import Book
from lanner_page import matrix, words
from lanner_page import source as given
from lanner_page.access import Session
from lanner_page.matching import matches
from lanner_page.source import Alert, Answer, Explanation, Filter, Missed, Node, Propagation, Rule
from tests.page.scenes import SCENES, Scene

MINUTE_NS: Final = 60 * words.NS


@functools.cache
def book() -> Book:
    """The default rules."""
    return alert_lines.book(())


def alert(scene: Scene, at_ns: int, number: int = 0) -> Alert:
    """One alert of a scene; `number` makes its id."""
    written = book().rule(scene.rule)
    assert written is not None, scene.rule
    rule = written.definition
    assert rule.priority
    priority = rule.priority.value.capitalize()
    fields = scene.fields()
    place, command = scene.place, fields["proc.cmdline"]
    clock = words.absolute(at_ns)[11:19]
    head = f"{clock}.{at_ns % words.NS:09}: {priority}"
    text = f"{head} {scene.said} (process={fields['proc.name']} command={command})"
    body = {
        "hostname": place.node,
        "output": text,
        "output_fields": fields,
        "priority": priority,
        "rule": scene.rule,
        "source": "syscall",
        "tags": sorted(rule.tags),
        "time": words.instant(at_ns),
    }
    return Alert(
        id=str(uuid.UUID(int=number + 1)),
        at_ns=at_ns,
        node=place.node,
        rule=scene.rule,
        priority=priority,
        namespace=place.namespace,
        workload=place.workload,
        pod=place.pod,
        tactics=matrix.tactics(rule.tags),
        text=text,
        body=body,
    )


def alerts(count: int, now_ns: int, apart_ns: int = words.NS) -> list[Alert]:
    """So many, the newest first: scene after scene, each a little before the one above it."""
    made = [
        alert(SCENES[at % len(SCENES)], now_ns - at * apart_ns - at * at % 7 * 100_000_000 % apart_ns, at)
        for at in range(count)
    ]
    return sorted(made, key=lambda one: -one.at_ns)


class Made:
    """A Source. What is called from other threads says so; the rest belongs to its loop."""

    def __init__(
        self, kept: Sequence[Alert], missing: Sequence[str] = (), nodes: Sequence[Node] = ()
    ) -> None:
        self._kept = deque(kept)
        self._missing = tuple(missing)
        self._nodes = tuple(nodes)
        self._readers: list[asyncio.Queue[Alert | Missed | None]] = []
        self.change: Propagation | None = None
        self.known: tuple[Rule, ...] | None = None

    def reset(self, kept: Sequence[Alert]) -> None:
        """These are all that is kept; readers that follow are at the end."""
        self._kept = deque(kept)
        self.cut()

    def happen(self, found: Sequence[Alert], told: bool = True) -> None:
        """New alerts, the newest last. `told`: to those who follow."""
        for one in found:
            self._kept.appendleft(one)
            for queue in self._readers if told else ():
                queue.put_nowait(one)

    @property
    def latest(self) -> Alert:
        return self._kept[0]

    def cut(self) -> None:
        """Readers that follow are at the end."""
        for queue in self._readers:
            queue.put_nowait(None)

    def lose(self, count: int) -> None:
        """Readers miss so many."""
        for queue in self._readers:
            queue.put_nowait(Missed(count))

    async def alerts(self, asked: Filter) -> Answer:
        found = [one for one in self._kept if matches(asked, one)][: asked.limit]
        return Answer(tuple(found), self._missing)

    async def follow(self) -> AsyncIterator[Alert | Missed]:
        queue: asyncio.Queue[Alert | Missed | None] = asyncio.Queue()
        self._readers.append(queue)
        try:
            while (found := await queue.get()) is not None:
                yield found
        finally:
            self._readers.remove(queue)

    @property
    def readers(self) -> int:
        return len(self._readers)

    async def alert(self, id: str) -> Alert | None:
        return next((one for one in self._kept if one.id == id), None)

    async def around(self, alert: Alert) -> Sequence[Alert]:
        near = [
            one
            for one in self._kept
            if (one.node, one.namespace, one.pod) == (alert.node, alert.namespace, alert.pod)
            and abs(one.at_ns - alert.at_ns) <= MINUTE_NS
            and one.id != alert.id
        ]
        return near[::-1]

    async def explained(self, alert: Alert) -> Explanation | None:
        rule = book().rule(alert.rule)
        if rule is None:
            return None
        fits, lines = explained.explained(reading.read("alert", json.dumps(alert.body)), rule)
        place = lines[1].rpartition("/")[2]
        return Explanation(fits, place, rule.definition.condition.value, tuple(lines[2:]))

    async def rules(self) -> Sequence[Rule]:
        return rules(self._kept) if self.known is None else self.known

    async def nodes(self) -> Sequence[Node]:
        return self._nodes

    async def propagation(self) -> Propagation | None:
        return self.change


def rules(kept: Collection[Alert]) -> tuple[Rule, ...]:
    """The default rules, with the hits of these alerts."""
    found = []
    latest = max((one.at_ns for one in kept), default=0)
    for at, name in enumerate(dict.fromkeys(book().names)):
        written = book().rule(name)
        assert written
        definition = written.definition
        times = [one.at_ns for one in kept if one.rule == name]
        hits = [0] * given.HOURS
        for time in times:
            if (hour := (latest - time) // (3600 * words.NS)) < given.HOURS:
                hits[given.HOURS - 1 - hour] += 1
        assert definition.owner
        assert definition.priority
        assert definition.output
        found.append(
            Rule(
                name=name,
                object=f"ClusterFalcoRule {definition.owner.name}",
                namespace="",
                priority=definition.priority.value.capitalize(),
                tags=tuple(definition.tags),
                condition=definition.condition.value,
                output=definition.output.value,
                loaded=3 if at % 9 else 2,
                of=3,
                hits=tuple(hits),
                last_hit_ns=max(times, default=None),
                cost=2 + 37 * at % 190,
            )
        )
    return tuple(found)


class Open:
    """An Access that one token opens, as often as it is asked."""

    TOKEN: Final = "open-sesame"  # noqa: S105 (of tests)
    hosts = ("127.0.0.1", "localhost")

    def __init__(self) -> None:
        self.sessions: set[str] = set()

    async def enter(self, token: str) -> Session | None:
        if token != self.TOKEN:
            return None
        secret = uuid.uuid4().hex
        self.sessions.add(secret)
        return Session(secret, 3600)

    def knows(self, secret: str) -> bool:
        return secret in self.sessions

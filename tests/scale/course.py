# SPDX-License-Identifier: Apache-2.0
"""The run: a cluster is set up, its agents start all at once, nothing happens, rules change, alerts come,
nodes come and go. Each part gives figures; together they are results.json.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lanner_agent.policy.bundle import loaded
from lanner_engine.bundle.index import Index
from lanner_engine.bundle.shards import cut
from tests.bench import surroundings
from tests.bench.figures import machine
from tests.cluster.binaries import Binaries, binaries
from tests.scale import fleets, goals, rules, stage
from tests.scale.churn import Churn
from tests.scale.fleets import Fleets
from tests.scale.measured import Meter
from tests.scale.programmed import RuleWatch
from tests.scale.rules import Written
from tests.scale.stage import Place, Stage
from tests.scale.traffic import Traffic

REST_S, CHANGES_S, EVENTS_S = 40.0, 60.0, 40.0
BESIDES_S: Final = (
    110.0  # of the three minutes that a run may take beside its churn; the last changes end after it
)
PATIENCE_S: Final = 200.0
_MEMORY: Final = Path("/dev/shm")
_JUDGED: Final = ("NoNodes", "Pending")  # before there is any agent
Say = Callable[[str], None]
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the cluster is, and for how long it is watched."""

    nodes: int = 1000
    objects: int = 300
    rules: int = 1000
    minutes: float = 30.0


class Course:
    """One cluster with all that is measured on it."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self, size: Size, scene: Stage, agents: Fleets, watch: RuleWatch, asked: Traffic, say: Say
    ) -> None:
        self.size = size
        self.scene = scene
        self.fleets = agents
        self.watch = watch
        self.meter = Meter(scene, agents, asked)
        self.written = rules.objects(size.objects, size.rules)
        self.places: dict[str, Place] = {}
        self.compile_s = 0.0
        self._say = say

    async def start(self) -> Figures:
        """All agents in one moment, on a cluster that has its rules."""
        await self._install()
        self._say(f"{self.size.nodes} agents start")
        async with self.meter.measuring() as found:
            await self.fleets.join(self.places.values())
            progress = asyncio.create_task(self._progress())
            nodes = self.size.nodes
            ready_s, told_s = await asyncio.gather(
                self._seconds("all are ready", self.fleets.all_ready(nodes, PATIENCE_S)),
                self._seconds("every rule says so", self.watch.all_loaded(self.written, nodes, PATIENCE_S)),
            )
            progress.cancel()
        return {"ready_s": ready_s, "told_s": told_s, **found}

    async def rest(self, seconds: float = REST_S) -> Figures:
        """Nothing happens."""
        await asyncio.sleep(5.0)
        self._say(f"nothing happens for {seconds:.0f} s")
        async with self.meter.measuring() as found:
            await asyncio.sleep(seconds)
        return found

    async def changes(self, seconds: float = CHANGES_S, least: int = 3) -> Figures:
        """One object after the other is changed; the next when the last is in force everywhere."""
        samples: list[float] = []
        async with self.meter.measuring() as found:
            end = time.monotonic() + seconds
            while time.monotonic() < end or len(samples) < least:
                samples.append(await self.change(len(samples) * 7))
                self._say(f"change {len(samples)}: in force on all nodes after {samples[-1]:.2f} s")
                await asyncio.sleep(1.0)
        return {"samples_s": samples, **found}

    async def change(self, number: int) -> float:
        """Seconds until it is in force everywhere."""
        at = number % len(self.written)
        self.written[at] = self.written[at].edited()
        return await self.watch.programmed(self.written[at])

    async def events(self, seconds: float = EVENTS_S) -> Figures:
        """Alerts on all nodes in turn, as many as are allowed in an hour."""
        pause, nodes = 3600.0 / goals.EVENTS_PER_H, self.fleets.nodes
        self._say(f"{goals.EVENTS_PER_H:,} alerts an hour, for {seconds:.0f} s")
        before = self.fleets.counted("events")
        async with self.meter.measuring() as found:
            end, offered = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                await self.fleets.alert([nodes[(offered * 17) % len(nodes)]])
                offered += 1
                await asyncio.sleep(pause)
            await asyncio.sleep(3.0)
        counted = self.fleets.counted("events") - before
        return {"offered": offered, "offered_s": seconds, "counted": dict(counted), **found}

    async def churn(self, seconds: float) -> Figures:
        """Rules change and nodes come and go each five seconds."""
        self._say(f"nodes come and go, rules change, for {seconds:.0f} s")
        churn = Churn(self.scene, self.fleets, self.places, self.meter, self.change, self._say)
        async with self.meter.measuring() as found:
            figures = await churn.run(seconds)
        return {**figures, **found}

    async def _install(self) -> None:
        """The operator, the rules, the nodes."""
        self.scene.operator.start()
        for name in rules.namespaces(self.written):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            await self.scene.admin.request("POST", "/api/v1/namespaces", body=body)
        await stage.some_at_once(self.watch.create, self.written)
        self._say(f"{self.size.objects} objects with {self.size.rules} rules are there")
        names = [f"node-{number:05}" for number in range(self.size.nodes)]
        self.places = {one.node: one for one in await self.scene.places(names)}
        self.scene.desire(self.size.nodes)
        self._say(f"{self.size.nodes} nodes are there")
        await self._published()

    async def _published(self) -> None:
        """The bundle holds every object."""
        async with asyncio.timeout(PATIENCE_S):
            while sum(self.watch.summary().get(reason, 0) for reason in _JUDGED) < len(self.written):
                await asyncio.sleep(0.2)

    async def _seconds(self, what: str, work: Awaitable[None]) -> float | None:
        """How long it takes; None where it did not come to an end."""
        began = time.monotonic()
        try:
            await work
        except TimeoutError:
            self._say(f"{what}: not within {PATIENCE_S:.0f} s")
            return None
        self._say(f"{what} after {time.monotonic() - began:.1f} s")
        return time.monotonic() - began

    async def _progress(self) -> None:
        while True:
            await asyncio.sleep(5.0)
            said = f"{self.fleets.total('ready')} ready; rules: {self.watch.summary()}"
            self._say(f"{said}; agents say {dict(self.fleets.counted('words').most_common(2))}")


async def run(size: Size, say: Say) -> Figures:
    """All of it; figures as results.json has them."""
    began, load = time.monotonic(), surroundings.load()
    async with running(size, binaries(say=say), say) as course:
        figures: Figures = {"start": await course.start()}
        figures["rest"] = await course.rest()
        figures["changes"] = await course.changes()
        figures["events"] = await course.events()
        left = size.minutes * 60 + BESIDES_S - (time.monotonic() - began)
        figures["churn"] = await course.churn(max(30.0, min(size.minutes * 60, left)))
        figures["words"] = dict(course.fleets.counted("words").most_common(10))
        figures["broken"] = course.fleets.broken
        figures["operator_log"] = course.scene.operator.log().splitlines()[-20:]
    minutes = (time.monotonic() - began) / 60
    about = {
        "nodes": size.nodes,
        "objects": size.objects,
        "rules": size.rules,
        "minutes": minutes,
        "load": load,
    }
    return {"machine": machine(), "about": {**about, "compile_s": course.compile_s}, **figures}


@contextlib.asynccontextmanager
async def running(size: Size, programs: Binaries, say: Say) -> AsyncIterator[Course]:
    """A cluster of this size, still empty; gone afterwards."""
    async with AsyncExitStack() as parts:
        shared = _MEMORY if _MEMORY.is_dir() else None
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="lanner-scale-", dir=shared)))
        scene = await parts.enter_async_context(stage.set_up(programs, folder))
        compile_s = await asyncio.to_thread(compile_seconds, rules.objects(size.objects, size.rules))
        say(f"an agent takes {compile_s:.2f} s to check and compile these rules")
        agents = await parts.enter_async_context(fleets.running(scene.plane, folder, compile_s))
        watch, asked = RuleWatch(scene.admin), Traffic(scene.plane.audit.log)
        course = Course(size, scene, agents, watch, asked, say)
        course.compile_s = compile_s
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(asked.run())]
        try:
            yield course
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def compile_seconds(written: list[Written]) -> float:
    """What these rules take an agent, on this machine at this moment."""
    made = cut([one.held for one in written], "lanner-rules")
    index = Index(
        revision=1,
        engine="0.1.0",
        created="",
        bundleSha256=made.sha256,
        shards=tuple(one.entry for one in made.shards),
    )
    contents = {one.name: one.content for one in made.shards}
    began = time.process_time()
    found = loaded.from_bundle(index.text(), contents)
    assert not found.refused, found.refused[:3]
    return time.process_time() - began

# SPDX-License-Identifier: Apache-2.0
"""Nodes come and go, and rules change, each five seconds; what the operator holds meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.scale.fleets import Fleets
from tests.scale.measured import Meter
from tests.scale.stage import Place, Stage

EVERY_S: Final = 5.0
SHARE: Final = 500  # one of so many nodes goes, and one comes, in each of the five seconds
SAMPLE_EVERY_S: Final = 5.0
Change = Callable[[int], Awaitable[float]]


class Churn:
    """`places` are the nodes there are, and stay so; `change` changes one object."""

    def __init__(  # noqa: PLR0913, PLR0917  what it is given once, for good
        self,
        scene: Stage,
        fleets: Fleets,
        places: dict[str, Place],
        meter: Meter,
        change: Change,
        say: Callable[[str], None],
    ) -> None:
        self._scene = scene
        self._fleets = fleets
        self._places = places
        self._meter = meter
        self._change = change
        self._say = say
        self._made = 0
        self._samples: list[float] = []
        self._late = 0
        self._memory: list[list[float]] = []

    async def run(self, seconds: float) -> dict[str, Any]:
        """`memory`: rows of seconds, MiB of the operator, MiB of the API server, agents that are ready."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            sampling = tasks.create_task(self._sample(began))
            number = 0
            while (past := time.monotonic() - began) < seconds:
                number += 1
                tasks.create_task(self._one_change(number))
                tasks.create_task(self._one_swap(max(1, len(self._places) // SHARE)))
                await asyncio.sleep(max(0.0, number * EVERY_S - past))
            sampling.cancel()
        return {
            "samples_s": self._samples,
            "late": self._late,
            "changes": number,
            "came_and_went": self._made,
            "memory": self._memory,
        }

    async def _one_change(self, number: int) -> None:
        try:
            self._samples.append(await self._change(number * 11))
        except TimeoutError:
            self._late += 1

    async def _one_swap(self, number: int) -> None:
        """Nodes go without a word, others come."""
        gone = random.sample(sorted(self._places), number)
        went = [self._places.pop(node) for node in gone]
        await self._fleets.leave(gone)
        await self._scene.vacate(went)
        self._made += number
        names = [f"late-{self._made:05}-{at}" for at in range(number)]
        came = await self._scene.places(names)
        self._places.update((one.node, one) for one in came)
        await self._fleets.join(came)

    async def _sample(self, began: float) -> None:
        while True:
            used = self._meter.used()
            past = time.monotonic() - began
            held = used["operator"].memory_mib, used["API server"].memory_mib
            self._memory.append(
                [round(past, 1), *(round(one, 1) for one in held), self._fleets.total("ready")]
            )
            if len(self._memory) % 6 == 0:
                last = f"last change {self._samples[-1]:.1f} s" if self._samples else "no change yet"
                self._say(
                    f"{past:.0f} s: operator {held[0]:.0f} MiB, {self._fleets.total('ready')} ready, {last}"
                )
            await asyncio.sleep(SAMPLE_EVERY_S)

# SPDX-License-Identifier: Apache-2.0
"""What a part of the run costs: requests by who asks for what, bytes, processors and memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from tests.scale import traffic, usage
from tests.scale.fleets import Fleets
from tests.scale.stage import Stage
from tests.scale.traffic import Kind, Traffic
from tests.scale.usage import Usage

SAMPLE_S: Final = 1.0
RARE: Final = 3  # kinds of requests that were fewer are not kept


class Meter:
    """Of one cluster."""

    def __init__(self, scene: Stage, fleets: Fleets, asked: Traffic) -> None:
        self.asked = asked
        self._scene = scene
        self._fleets = fleets

    @contextlib.asynccontextmanager
    async def measuring(self) -> AsyncIterator[dict[str, Any]]:
        """The figures are there when it is over."""
        found: dict[str, Any] = {}
        begin, sent, used = time.time(), await traffic.sent(self._scene.plane), self.used()
        peaks: list[float] = []
        sampling = asyncio.create_task(self._sample(peaks))
        try:
            yield found
        finally:
            sampling.cancel()
        end, used_after = time.time(), self.used()
        sent = await traffic.sent(self._scene.plane) - sent
        await self.asked.caught_up()
        kinds = self.asked.between(begin, end)
        found |= {
            "seconds": end - begin,
            "busiest": self.asked.busiest(begin, end),
            "requests": [[*kind, number] for kind, number in kinds.most_common() if number >= RARE],
            "bytes": {"answers": sent.answers, "watches": sent.watches, "etcd": sent.etcd},
            "processor_s": {name: used_after[name].processor_s - used[name].processor_s for name in used},
            "operator_mib": max(peaks, default=0.0),
            "memory_mib": {name: one.memory_mib for name, one in used_after.items()},
            "load": os.getloadavg()[0],
        }

    def used(self) -> dict[str, Usage]:
        """Of all that runs, by name; `run` is this process itself."""
        plane = self._scene.plane
        return {
            "operator": usage.of(self._scene.operator.daemon.pid),
            "API server": usage.of(plane.api.pid),
            "etcd": usage.of(plane.etcd.pid),
            "controllers": usage.of(plane.controllers.pid),
            "agents": usage.together(self._fleets.pids),
            "run": usage.alone(os.getpid()),
        }

    async def _sample(self, peaks: list[float]) -> None:
        while True:
            peaks.append(usage.of(self._scene.operator.daemon.pid).memory_mib)
            await asyncio.sleep(SAMPLE_S)


def requests(figures: Mapping[str, Any], *, who: str = "", resource: str = "") -> int:
    """How many there were, of these."""
    kinds = ((Kind(*row[:4]), row[4]) for row in figures["requests"])
    return sum(
        number
        for kind, number in kinds
        if (not who or kind.who == who) and (not resource or kind.resource == resource)
    )

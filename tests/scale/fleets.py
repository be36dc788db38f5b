# SPDX-License-Identifier: Apache-2.0
"""The processes that hold the simulated agents, one for each processor, and what they say."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.cluster.control_plane import ControlPlane
from tests.scale.stage import Place

LOOK_S: Final = 0.2
_LINE: Final = 8 << 20


class Fleets:
    """Agents are shared out by turns."""

    def __init__(self, processes: Sequence[asyncio.subprocess.Process]) -> None:
        self._processes = processes
        self._where: dict[str, int] = {}
        self._said: list[dict[str, Any]] = [{} for _ in processes]
        self._next = 0

    @property
    def pids(self) -> list[int]:
        return [one.pid for one in self._processes]

    @property
    def nodes(self) -> list[str]:
        return list(self._where)

    def total(self, key: str) -> int:
        """`agents` or `ready`, of all processes as they said last."""
        return sum(int(one.get(key, 0)) for one in self._said)

    def counted(self, key: str) -> Counter[str]:
        """`events` or `words`."""
        found: Counter[str] = Counter()
        for one in self._said:
            found.update(one.get(key, {}))
        return found

    @property
    def broken(self) -> list[str]:
        """Agents that ended by an error of their own, which none should."""
        return [words for one in self._said for words in one.get("broken", ())]

    async def join(self, places: Iterable[Place]) -> None:
        """Their agents start, all in this moment."""
        shares: list[list[dict[str, str]]] = [[] for _ in self._processes]
        for place in places:
            self._where[place.node] = self._next
            shares[self._next].append(place.told)
            self._next = (self._next + 1) % len(shares)
        for number, share in enumerate(shares):
            await self._send(number, {"do": "join", "agents": share})

    async def leave(self, nodes: Iterable[str]) -> None:
        """Their agents end without a word."""
        for node in nodes:
            await self._send(self._where.pop(node), {"do": "leave", "nodes": [node]})

    async def alert(self, nodes: Iterable[str]) -> None:
        """One alert on each."""
        for node in nodes:
            await self._send(self._where[node], {"do": "alert", "nodes": [node]})

    async def all_speak(self) -> None:
        """Until each has imported what it needs, which is no part of any figure."""
        while not all(self._said):
            await asyncio.sleep(LOOK_S)

    async def all_ready(self, number: int, patience_s: float) -> None:
        """Until so many FalcoNodes say so. TimeoutError."""
        async with asyncio.timeout(patience_s):
            while self.total("ready") < number:
                await asyncio.sleep(LOOK_S)

    async def listen(self, number: int) -> None:
        """To one process, for as long as it speaks."""
        out = self._processes[number].stdout
        assert out is not None
        while line := await out.readline():
            self._said[number] = json.loads(line)

    async def _send(self, number: int, order: dict[str, Any]) -> None:
        into = self._processes[number].stdin
        assert into is not None
        into.write(json.dumps(order).encode() + b"\n")
        await into.drain()


@contextlib.asynccontextmanager
async def running(plane: ControlPlane, folder: Path, compile_s: float) -> AsyncIterator[Fleets]:
    """`compile_s`: what rules take an agent, see SimulatedAgent."""
    configuration = folder / "fleet.json"
    authority = str(plane.folder / "pki/ca.crt")
    written = {"url": plane.url, "authority": authority, "state": str(folder), "compile_s": compile_s}
    configuration.write_text(json.dumps(written))
    processes = [await _started(configuration) for _ in range(len(os.sched_getaffinity(0)))]
    made = Fleets(processes)
    listening = [asyncio.create_task(made.listen(number)) for number in range(len(processes))]
    try:
        await made.all_speak()
        yield made
    finally:
        for one in processes:
            if one.returncode is None:
                one.kill()
            await one.wait()
        await asyncio.gather(*listening)


async def _started(configuration: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.scale.fleet", str(configuration)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
    )

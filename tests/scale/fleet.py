# SPDX-License-Identifier: Apache-2.0
"""python -m tests.scale.fleet FILE: a process with many simulated agents, told what to do by lines of JSON.

In: `{"do": "join", "agents": [...]}`, `{"do": "leave", "nodes": [...]}`, `{"do": "alert", "nodes": [...]}`.
Out: a line of counts every half second. It ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
import ssl
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from tests.scale import alerts
from tests.scale.simulated_agent import RELEASE, Given, SimulatedAgent
from tests.scale.verified import Verified

TOLD_EVERY_S: Final = 0.5
LINE: Final = 8 << 20  # bytes: tokens of hundreds of agents


class Fleet:
    """The agents of this process, by node."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._agents: dict[str, SimulatedAgent] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._gone: Counter[str] = Counter()  # what those counted that are not there any more
        self._broken: list[str] = []

    def do(self, order: Mapping[str, Any]) -> None:
        """One line of the input."""
        match order["do"]:
            case "join":
                for one in order["agents"]:
                    self._join(one)
            case "leave":
                for node in order["nodes"]:
                    self._leave(node)
            case "alert":
                for node in order["nodes"]:
                    self._alert(node)

    def told(self) -> dict[str, Any]:
        """`ready`: whose FalcoNode says so; `events`: of the publishers; `words`: what agents would log."""
        events = self._gone + Counter[str]()
        words: Counter[str] = Counter()
        for one in self._agents.values():
            events.update(one.events.counts())
            words.update(_general(one))
        return {
            "agents": len(self._agents),
            "ready": sum(one.ready for one in self._agents.values()),
            "events": {key: value for key, value in events.items() if value},
            "words": dict(words.most_common(5)),
            "broken": self._broken,
        }

    def _join(self, written: Mapping[str, str]) -> None:
        identity = NodeIdentity(
            written["node"], written["node_uid"], written["pod"], written["pod_uid"], RELEASE
        )
        agent = self._agents[identity.name] = SimulatedAgent(self._given, identity, written["token"])
        task = self._tasks[identity.name] = asyncio.create_task(agent.run())
        task.add_done_callback(self._ended)

    def _leave(self, node: str) -> None:
        self._gone.update(self._agents.pop(node).events.counts())
        self._tasks.pop(node).cancel()

    def _alert(self, node: str) -> None:
        if node in self._agents:
            agent = self._agents[node]
            agent.events.offer(alerts.alert(agent.identity))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._broken.append(repr(task.exception()))


def _general(agent: SimulatedAgent) -> Iterable[str]:
    """Without the node's own name, so that the same of many is counted as one."""
    return (line.replace(agent.identity.name, "NODE")[:200] for line in agent.words if "rules: " not in line)


async def _main(path: pathlib.Path) -> None:
    read = json.loads(path.read_text())
    trust = ssl.create_default_context(cafile=read["authority"])
    state = pathlib.Path(read["state"])
    fleet = Fleet(Given(read["url"], trust, state, Verified(), read["compile_s"]))
    orders = await _input()
    telling = asyncio.create_task(_tell(fleet))
    while line := await orders.readline():
        fleet.do(json.loads(line))
    telling.cancel()


async def _input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _tell(fleet: Fleet) -> None:
    while True:
        print(json.dumps(fleet.told()), flush=True)
        await asyncio.sleep(TOLD_EVERY_S)


if __name__ == "__main__":
    asyncio.run(_main(pathlib.Path(sys.argv[1])))

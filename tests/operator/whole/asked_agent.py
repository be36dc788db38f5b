# SPDX-License-Identifier: Apache-2.0
"""The side of an agent that the operator asks for alerts, without a kernel: its memory, its server, its key,
and the Lease in which the operator finds it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.app.page import Answering, Wanted, answering
from lanner_agent.app.tasks import Tasks
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.remembered import output
from lanner_agent.publish.remembered.settings import Keeping
from lanner_agent.publish.sending.delivery import Delivery
from lanner_apiserver import connection
from lanner_apiserver.client import Api
from lanner_engine.fields.model import Container
from lanner_engine.program.rule import CheckedRule
from tests.agent.publish.deliveries import APP, RULE, until
from tests.agent.publish.deliveries import alert as plain
from tests.operator.whole.process import free_port
from tests.operator.whole.scene import LEASES, Scene

ADDRESS = "127.0.0.1"
TLS_END_S = 0.25  # aiohttp does not say when a connection has ended


class AskedAgent:
    """`said` is what it says of itself."""

    def __init__(self, scene: Scene, node: str, keeping: Keeping | None = None) -> None:
        self.node = node
        self.said: list[str] = []
        api = Api(asyncio.run(connection.server(str(scene.plane.kubeconfig))), "lanner-agent")
        self.port = free_port()
        wanted = Wanted(ADDRESS, self.port, keeping or Keeping())
        who = NodeIdentity(node, None, "", "", "lanner")
        found = answering(wanted, api, who, "lanner", self.said.append)
        assert found is not None
        self.page: Answering = found
        self.output: Delivery = output.output(found.kept.remembered, self.said.append)
        self._tasks = Tasks(self.said.append)
        self._tasks.start(found.tasks, lambda: _closed(api))
        scene.renew(node)
        told = {"metadata": {"annotations": dict(found.annotations)}}
        scene.server.patch(f"{LEASES}/lanner-agent-{node}", told)

    def alerts(
        self, *numbers: int, of: CheckedRule = RULE, container: Container = APP, command: bytes = b"-c id"
    ) -> None:
        """Of now, each a second after the one before."""
        before = self.page.kept.remembered.memory.newest
        for number in numbers:
            self.output.offer(self.made(number, of, container, command))
        until(lambda: self.page.kept.remembered.memory.newest >= before + len(numbers))

    def followed(self) -> bool:
        """Whether a client waits for alerts that come."""
        return bool(self.page.endpoint.waiting)

    def close(self) -> None:
        self.output.close()
        self._tasks.stop(5.0)

    def made(self, number: int, of: CheckedRule, container: Container, command: bytes) -> Alert:
        one = plain(number, of, command, container)
        at = time.time_ns() - 60_000_000_000 + number * 1_000_000_000
        return Alert(of, replace(one.event, time=at, hostname=self.node.encode()))  # type: ignore[type-var]


async def _closed(api: Api) -> None:
    await api.close()
    await asyncio.sleep(TLS_END_S)


@contextmanager
def asked(scene: Scene, node: str, keeping: Keeping | None = None) -> Iterator[AskedAgent]:
    one = AskedAgent(scene, node, keeping)
    try:
        yield one
    finally:
        one.close()

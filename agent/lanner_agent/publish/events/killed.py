# SPDX-License-Identifier: Apache-2.0
"""An agent that was killed with a bundle on trial -> one Event about the node. Made and run by app/cluster,
on the asyncio thread, by the agent after it. Tried until the API server takes it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.events import identity, of_node
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

REASON: Final = "BundleKilledTheAgent"
RETRY_S: Final = 10.0


class Killed:
    """`sha256` of the bundle."""

    def __init__(self, api: Api, node: NodeIdentity, sha256: str) -> None:
        self._api = api
        self._told = event(sha256, time.time_ns(), node)

    async def run(self) -> None:
        """Until it is told, or refused for good."""
        while True:
            try:
                await of_node.create(self._api, self._told)
            except ApiError as error:
                if not error.temporary:
                    return
                await asyncio.sleep(RETRY_S)
            else:
                return


def event(sha256: str, now_ns: int, node: NodeIdentity) -> dict[str, Any]:
    note = (
        f"the agent was killed before the rules of bundle {sha256[:8]} had run for a minute: it goes on "
        "with older ones and does not load these again; a bundle that differs is tried"
    )
    said = of_node.Statement(REASON, "Started", note)
    return of_node.event(said, identity.dropped_name(node.name, now_ns), node, now_ns)

# SPDX-License-Identifier: Apache-2.0
"""A time in which this node was not watched -> one Event about the node. Run by app/cluster, on the asyncio
thread.

Beside the publisher's limits, like what was lost in the kernel: a gap is worth a request even when others
wait, and there is at most one for each start. What could not be told is kept on the node and told by the next
one.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.events import identity, note, of_node
from lanner_agent.report import sight as sights
from lanner_agent.report.last_seen import Gap, Why
from lanner_agent.report.sight import Sight
from lanner_apiserver.backoff import Backoff
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

REASON: Final = "DetectionGap"
ACTION: Final = "Interrupted"


class BlindEvents:
    """`run` tells every gap of `sight`."""

    def __init__(self, api: Api, node: NodeIdentity, sight: Sight) -> None:
        self._api = api
        self._node = node
        self._sight = sight
        self._news = asyncio.Event()
        self._backoff = Backoff(1.0, 60.0)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed just now
                loop.call_soon_threadsafe(self._news.set)

        self._sight.news = wake
        while True:
            for gap in self._sight.untold():
                await self._tell(gap)
            await self._news.wait()
            self._news.clear()

    async def _tell(self, gap: Gap) -> None:
        """Until there is an Event; one that the server will never take is given up, the log has it."""
        told = event(gap, self._node)
        while True:
            try:
                await of_node.create(self._api, told)
            except ApiError as error:
                if error.temporary or error.forbidden:
                    await asyncio.sleep(self._backoff.next(error.retry_after))
                    continue
            self._backoff.reset()
            self._sight.forget_told(gap)
            return


def event(gap: Gap, node: NodeIdentity) -> dict[str, Any]:
    """Its name follows from the gap: told twice it is one Event."""
    kind = "Normal" if gap.why is Why.ENDED else "Warning"
    said = of_node.Statement(REASON, ACTION, note.folded(sights.text(gap), note.MAX_LENGTH), kind)
    return of_node.event(said, identity.gap_name(node.name, gap.begin), node, gap.end)

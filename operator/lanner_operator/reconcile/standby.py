# SPDX-License-Identifier: Apache-2.0
"""What an operator does while another one leads: it sees all that the leader sees, writes nothing, and knows
the bundle in force, so that its webhook answers, and that it can go on at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from lanner_apiserver.errors import ApiError
from lanner_operator.reconcile.dirty import Dirty
from lanner_operator.reconcile.heartbeat import Heartbeat
from lanner_operator.reconcile.memory import Memory
from lanner_operator.reconcile.observed import View
from lanner_operator.reconcile.specs import Specs

LOOK_EVERY_S: Final = 30.0  # for what no mark tells of


class Standby:
    """`run` never ends; `heartbeat` tells how it goes."""

    def __init__(
        self, view: View, specs: Specs, dirty: Dirty, memory: Memory, say: Callable[[str], None]
    ) -> None:
        self.heartbeat = Heartbeat(time.monotonic())
        self._view = view
        self._specs = specs
        self._dirty = dirty
        self._memory = memory
        self._say = say

    async def run(self) -> None:
        self._dirty.mark()
        while True:
            await self._dirty.settled(LOOK_EVERY_S)
            await self._look()
            self.heartbeat.last = time.monotonic()

    async def _look(self) -> None:
        trouble = ""
        try:
            observed = await self._view.observe()
            if observed is not None:
                self._specs.keep({rule.object.uid for rule in observed.rules})  # not of what is deleted
                problem = self._memory.learn(observed.stored)
                trouble = f"the bundle in force cannot be read: {problem}" if problem else ""
                self.heartbeat.rounds += 1
        except ApiError as error:
            trouble = f"{error.path}: {error}"
        if trouble and trouble != self.heartbeat.trouble:
            self._say(f"standing by, not all is seen: {trouble}")
        self.heartbeat.trouble = trouble

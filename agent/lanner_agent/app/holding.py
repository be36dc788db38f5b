# SPDX-License-Identifier: Apache-2.0
"""What the kernel holds back, kept up to date: with the rules, and, where some rule asks for them, with the
names of the host's users.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from lanner_agent.kernel import actors, cgroups
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_engine.index.tables import Tables

NAMES_EVERY_S: Final = 1.0
_EVERYTHING: Final = "the kernel reports every event of the types that rules want"


class Holding:
    """`names`: what the host's users are called now, the same object for as long as nothing changed."""

    def __init__(
        self,
        probes: Probes,
        identify: cgroups.Identify,
        names: Callable[[], Mapping[int, bytes]],
        say: Callable[[str], None],
    ) -> None:
        self._probes = probes
        self._identify = identify
        self._names = names
        self._say = say
        self._told: Mapping[int, bytes] = {}
        self.tables: Tables = {}
        self._due = 0.0

    def tell(self, tables: Tables) -> int:
        """From now on hold back what the rules of these cannot be true on. Returns the generation of the
        events that are let through. Raises KernelError.
        """
        names = self._names()
        why = self._probes.hold_back(tables, self._identify, names)
        # Not before: where the kernel refuses them, the rules before stay in force with theirs.
        self.tables, self._told = tables, names
        self._due = time.monotonic() + NAMES_EVERY_S if actors.asks_names(tables) else float("inf")
        if why:
            self._say(f"{_EVERYTHING}: {why}")
        return self._probes.generation

    def refresh_names(self) -> bool:
        """Tell the kernel when users got other names; whether it was told. Where it cannot be told, nothing
        is held back.
        """
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + NAMES_EVERY_S
        names = self._names()
        if names is self._told:
            return False
        try:
            self.tell(self.tables)
        except KernelError as error:
            self._told = names  # not again before they change
            self._probes.hold_back(None)
            self._probes.tell_apart(self._identify)  # shares are each container's own all the same
            self._say(f"{_EVERYTHING}: {error}")
        return True

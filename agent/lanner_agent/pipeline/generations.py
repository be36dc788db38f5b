# SPDX-License-Identifier: Apache-2.0
"""An event -> what to ask of it: the candidates that the kernel's index left, by the rules whose tables it
asked.

Records of rules that were replaced may still wait in the rings, so these rules are kept for a while. What
comes of rules that are not known any more is shown to all that are in force, and counted.
"""

from __future__ import annotations

import time
from typing import Final, Protocol

from lanner_agent.pipeline.counts import Counts
from lanner_engine.codegen.compile import Program
from lanner_engine.index.candidates import ALL, Asked, Candidates
from lanner_engine.index.rows import Row
from lanner_engine.index.tables import Tables

GRACE_S: Final = 30.0  # longer than a full ring takes to be read
MAX_KEPT: Final = 4  # generations that were replaced
NONE: Final = 0  # the generation of events about which no index was asked
NO_TABLES: Final[Tables] = {}


class Event(Protocol):
    """What an event says of the index."""

    @property
    def type(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def candidates(self) -> Row: ...


class Generations:
    """The rules in force, and those before them."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._generation = NONE
        self._now: Candidates
        self._replaced: dict[int, tuple[float, Candidates]] = {}

    def switch(self, program: Program, generation: int, tables: Tables) -> None:
        """The rules for events of this generation, and for those of none."""
        if self._generation != NONE:
            self._replaced[self._generation] = time.monotonic() + GRACE_S, self._now
            if len(self._replaced) > MAX_KEPT:
                del self._replaced[min(self._replaced)]
        self._generation = generation
        self._now = Candidates(program, tables)
        self._known = self._now.known

    def asked(self, event: Event) -> Asked:
        """What may be true of an event."""
        if event.generation != self._generation:
            return self._asked_before(event)
        found = self._known((event.type, event.candidates))
        return self._now.asked(event.type, event.candidates) if found is None else found

    def forget(self) -> None:
        """The rules whose events have all been read."""
        if self._replaced:
            now = time.monotonic()
            self._replaced = {at: one for at, one in self._replaced.items() if one[0] > now}

    def _asked_before(self, event: Event) -> Asked:
        found = self._replaced.get(event.generation)
        if found is not None:
            return found[1].asked(event.type, event.candidates)
        if event.generation != NONE:
            self._counts.outlived += 1
        return self._now.asked(event.type, ALL)

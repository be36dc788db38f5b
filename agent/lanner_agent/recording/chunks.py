# SPDX-License-Identifier: Apache-2.0
"""Items -> chunks, each one frame of a file: what is written, kept in memory and given up together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lanner_agent.recording import wire
from lanner_agent.recording.frames import Packer
from lanner_agent.recording.items import Alerted, Batch, Item
from lanner_agent.recording.state import State

FULL_BYTES: Final = 256 << 10
OLD_S: Final = 1.0  # what a crash can take


@dataclass(slots=True)
class Chunk:
    """`frame` holds all of its items; `facts` are those that change what is known, with their sizes. `at`:
    when it was ended, monotonic seconds.
    """

    frame: bytes
    facts: list[tuple[Item, int]]
    alerts: list[Alerted]
    records: int
    at: float

    def apply_to(self, state: State) -> None:
        for item, size in self.facts:
            state.apply(item, size)


@dataclass(slots=True)
class Chunker:
    """Belongs to one thread."""

    clock: Callable[[], float] = time.monotonic
    _packer: Packer = field(default_factory=Packer)
    _parts: list[bytes] = field(default_factory=list)
    _bytes: int = 0
    _began: float = 0.0
    _facts: list[tuple[Item, int]] = field(default_factory=list)
    _alerts: list[Alerted] = field(default_factory=list)
    _records: int = 0

    def add(self, item: Item) -> Chunk | None:
        """The chunk that is full with it."""
        data = wire.packed(item)
        if not self._parts:
            self._began = self.clock()
        self._parts.append(data)
        self._bytes += len(data)
        if isinstance(item, Batch):
            self._records += len(item.records)
        elif isinstance(item, Alerted):
            self._alerts.append(item)
        else:
            self._facts.append((item, len(data)))
        return self.ended() if self._bytes >= FULL_BYTES or self._alerts else None

    def old(self) -> Chunk | None:
        """The one that has waited long enough."""
        due = self._parts and self.clock() >= self._began + OLD_S
        return self.ended() if due else None

    def ended(self) -> Chunk | None:
        """What there is."""
        if not self._parts:
            return None
        frame = self._packer.frame(b"".join(self._parts))
        made = Chunk(frame, self._facts, self._alerts, self._records, self.clock())
        self._parts, self._facts, self._alerts = [], [], []
        self._bytes = self._records = 0
        return made

    def packed(self, *items: Item) -> bytes:
        """Frames of their own."""
        return self._packer.frames(items)

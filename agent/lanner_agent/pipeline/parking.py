# SPDX-License-Identifier: Apache-2.0
"""Where events and alerts wait for their container's metadata: bounded in number and in time, in order per
container.

The loop parks what it cannot finish and asks, between batches, which containers are done. An alert is kept
with its rules; an event whose rules ask for metadata is kept with the program and is matched afterwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lanner_agent.pipeline.contracts import Event
from lanner_engine.index.candidates import Asked
from lanner_engine.program.rule import CheckedRule

PATIENCE_NS = 2_000_000_000
PLACES = 4096


@dataclass(frozen=True, slots=True)
class Parked:
    """`rules` are those that matched, or None when `asked` is still to be. `since`: monotonic ns."""

    event: Event
    asked: Asked
    rules: tuple[CheckedRule, ...] | None
    since: int


class Parking:
    """Queues by full container id."""

    def __init__(self, places: int = PLACES, patience_ns: int = PATIENCE_NS) -> None:
        self._places = places
        self._patience_ns = patience_ns
        self._queues: dict[bytes, deque[Parked]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, container_id: bytes) -> bool:
        return container_id in self._queues

    def containers(self) -> Sequence[bytes]:
        """Who is waited for, longest first."""
        return tuple(self._queues)

    def park(self, container_id: bytes, parked: Parked) -> bool:
        """False when every place is taken, or when this container has as many as are left for all others: the
        caller goes on without metadata. So who floods takes no place from who does not.
        """
        if len(self._queues.get(container_id, ())) >= self._places - self._count:
            return False
        self._queues.setdefault(container_id, deque()).append(parked)
        self._count += 1
        return True

    def release(self, container_id: bytes) -> Iterator[Parked]:
        """Everything that waits for this container, oldest first."""
        queue = self._queues.pop(container_id, None)
        if queue is not None:
            self._count -= len(queue)
            yield from queue

    def expired(self, container_id: bytes, now: int) -> Iterator[Parked]:
        """What has waited long enough, oldest first; the rest stays."""
        queue = self._queues.get(container_id, deque())
        while queue and now - queue[0].since >= self._patience_ns:
            self._count -= 1
            yield queue.popleft()
        if not queue:
            self._queues.pop(container_id, None)

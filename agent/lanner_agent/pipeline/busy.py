# SPDX-License-Identifier: Apache-2.0
"""Which processes the events came from that did come, in the last seconds: who was busy while others' events
were lost. Written by the loop, read by the notes and the Event about losses.

Of each type one event in sixteen is looked at, and that one whether anything is lost or not: what would have
to be asked about a loss is gone when it is noticed. Names are others' choice, so their number is bounded for
each container: one that renames itself is still counted as its container.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lanner_agent.pipeline.contracts import Event

EVERY: Final = 16
WINDOW_S: Final = 10.0  # what is told is of the last one or two of these
_CONTAINERS: Final = 256
_NAMES: Final = 32  # in one container


@dataclass(frozen=True, slots=True)
class Doer:
    """`container` is a full id, None on the host. Without a name: all others of the container."""

    container: bytes | None
    name: bytes = b""
    exepath: bytes = b""


# Doers as tuples, which are made and found in a fifth of the time.
Seen = dict[bytes | None, Counter[tuple[bytes, bytes]]]
_OTHERS: Final = (b"", b"")
ELSEWHERE: Final = b""  # the id under which containers beyond the bound are counted


class Busy:
    """`see` from the hot thread, `recent` from any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._now: Seen = {}
        self._before: Seen = {}
        self._began = clock()

    def see(self, event: Event) -> None:
        """Never raises: this event is still to be shown to the rules."""
        try:
            process = event.process
            container, image = event.container_id, (process.comm, process.exepath)
        except Exception:  # a record that cannot be read is told by the loop
            return
        with self._lock:
            self._turn()
            self._count(container, image)

    def recent(self) -> Counter[Doer]:
        """Looks by process, of the last seconds."""
        with self._lock:
            self._turn()
            total: Counter[Doer] = Counter()
            for window in (self._before, self._now):
                for container, images in window.items():
                    total.update({Doer(container, *image): number for image, number in images.items()})
            return total

    def _count(self, container: bytes | None, image: tuple[bytes, bytes]) -> None:
        images = self._now.get(container)
        if images is None:
            if len(self._now) >= _CONTAINERS:
                container, image = ELSEWHERE, _OTHERS
            images = self._now.setdefault(container, Counter())
        if image not in images and len(images) >= _NAMES:
            image = _OTHERS
        images[image] += 1

    def _turn(self) -> None:
        now = self._clock()
        if now - self._began < WINDOW_S:
            return
        self._before = self._now if now - self._began < 2 * WINDOW_S else {}
        self._now, self._began = {}, now

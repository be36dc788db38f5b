# SPDX-License-Identifier: Apache-2.0
"""How many events of which origin the kernel turned away (bpf/event/fairness.h), since the start.

The kernel's map forgets who was turned away longest ago when many are. What was read stays here, in bounds;
the counters of events have the number of all together.
"""

from __future__ import annotations

import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import origins, record_layout, syscall_bpf, tables
from lanner_agent.kernel.origins import Origin
from lanner_agent.kernel.record_layout import TURNED_AWAY_KEY

_TIMES: Final = struct.Struct("=Q")
_MAX_KEPT: Final = 8192
_TYPES: Final = {number: name for name, number in tables.EVENTS.items()}

Key = tuple[int, int]  # origin, event


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Events of a type that one origin did beyond its share."""

    origin: Origin
    event_type: str
    value: int


class Tally:
    """`fd`: the kernel's map. `read` may be called from any thread."""

    def __init__(self, fd: int, known: Callable[[int], Origin | None]) -> None:
        self._fd = fd
        self._known = known
        self._lock = threading.Lock()
        self._last: dict[Key, int] = {}
        self._totals: Counter[Key] = Counter()

    def read(self) -> tuple[TurnedAway, ...]:
        """All so far, the most first."""
        with self._lock:
            self._add(self._found())
            totals = self._totals.most_common()
        return tuple(
            TurnedAway(self._known(origin) or origins.UNKNOWN, _TYPES.get(event, "?"), value)
            for (origin, event), value in totals
        )

    def _found(self) -> dict[Key, int]:
        keys, values = syscall_bpf.map_items(self._fd, TURNED_AWAY_KEY.size, _TIMES.size)
        times = (value for (value,) in _TIMES.iter_unpack(values))
        return {
            (origin, event): value
            for (origin, event, *_), value in zip(TURNED_AWAY_KEY.iter_unpack(keys), times, strict=True)
        }

    def _add(self, found: dict[Key, int]) -> None:
        """One that the kernel has forgotten meanwhile begins at 1 again."""
        for key, value in found.items():
            last = self._last.get(key, 0)
            grown = value - last if value >= last else value
            if key not in self._totals and len(self._totals) >= _MAX_KEPT:
                key = (record_layout.ORIGIN_OTHERS, key[1])  # noqa: PLW2901  the rest of them together
            self._totals[key] += grown
        self._last = found

# SPDX-License-Identifier: Apache-2.0
"""What outlives one event: the lookups, the clock, the counter of events, the strings and processes that are
kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_agent.decode.lookups import Lookups
from lanner_agent.decode.processes import Processes
from lanner_agent.kernel.kept import Kept

CLOCK_S: Final = 10.0  # the wall clock may be set; how long until events follow


@dataclass(slots=True)
class Session:
    """Belongs to the loop's thread. `began`: when the watch began, ns since boot; `kept`: the strings that
    records leave out.
    """

    lookups: Lookups
    began: int = field(default_factory=lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    events: int = 0  # decoded so far
    kept: Kept = field(default_factory=Kept)
    processes: Processes[Any] = field(default_factory=Processes)
    last_offset: int = 0  # the one that was given last
    _due: float = 0.0

    @property
    def boot_offset(self) -> int:
        """Add it to nanoseconds since boot for nanoseconds since the epoch; at most 10 s old."""
        now = time.monotonic()
        if now >= self._due:
            self.last_offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(
                time.CLOCK_BOOTTIME
            )
            self._due = now + CLOCK_S
        return self.last_offset

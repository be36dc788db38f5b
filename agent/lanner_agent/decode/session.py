# SPDX-License-Identifier: Apache-2.0
"""What outlives one event: the answers of the agent's other parts, the clock, the counter of events. Made by
cli/assembly, handed to every decode.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_agent.decode.host_names import HostNames
from lanner_agent.decode.processes import Processes
from lanner_agent.kernel.kept import Kept
from lanner_engine.fields.facts import Container, User

CLOCK_S: Final = 10.0  # the wall clock may be set; how long until events follow


@dataclass(slots=True)
class Session:
    """Belongs to the loop's thread. The hooks are asked only when a rule or an output asks.

    identify   cgroup path -> full container id, None on the host
    container  full id -> what is known of it by now
    user       full id or None, pid, uid, loginuid (-1 unset) -> the account as that process sees it
    group      full id or None, pid, gid -> the group's name
    host_names what is known now of the names of hosts in rules
    kept       strings that records leave out
    began      when the watch began, ns since boot
    environment pid, start in ns since boot -> the environment of a process that still runs
    """

    identify: Callable[[bytes], bytes | None]
    container: Callable[[bytes], Container]
    user: Callable[[bytes | None, int, int, int], User]
    group: Callable[[bytes | None, int, int], bytes]
    host_names: Callable[[], HostNames] = HostNames
    environment: Callable[[int, int], tuple[bytes, ...] | None] = lambda pid, start: None
    hostname: bytes = field(default_factory=lambda: os.fsencode(os.uname().nodename))
    began: int = field(default_factory=lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    events: int = 0  # decoded so far
    kept: Kept = field(default_factory=Kept)
    processes: Processes[Any] = field(default_factory=Processes)
    _offset: int = 0
    _due: float = 0.0

    @property
    def boot_offset(self) -> int:
        """Add it to nanoseconds since boot for nanoseconds since the epoch; at most 10 s old."""
        now = time.monotonic()
        if now >= self._due:
            self._offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(
                time.CLOCK_BOOTTIME
            )
            self._due = now + CLOCK_S
        return self._offset

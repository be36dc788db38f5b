# SPDX-License-Identifier: Apache-2.0
"""The paths of cgroups as they are made (bpf/programs/cgroup_mkdir.bpf.c), for one thread that waits for
them.
"""

from __future__ import annotations

import os
import select
from typing import Final

from lanner_agent.kernel import ring

RING_BYTES: Final = 256 << 10


class NewCgroups:
    """`descriptor`: of the map, belongs to this from now on."""

    def __init__(self, descriptor: int) -> None:
        self._ring = ring.Ring(descriptor, RING_BYTES)
        self._woken = os.eventfd(0, os.EFD_CLOEXEC)
        self._poll = select.poll()
        for fd in (descriptor, self._woken):
            self._poll.register(fd, select.POLLIN)

    def wait(self, timeout_s: float | None = None) -> list[bytes]:
        """The paths of the next ones, from the root of their hierarchy; none when the time is over or after
        `wake`.
        """
        self._poll.poll(None if timeout_s is None else timeout_s * 1000)
        return [path.partition(b"\0")[0] for path in self._ring.drain()]

    def wake(self) -> None:
        """Nothing is waited for any more; any thread may call it."""
        os.eventfd_write(self._woken, 1)

    def close(self) -> None:
        """After this, `wait` may not be called."""
        self._ring.close()
        os.close(self._woken)

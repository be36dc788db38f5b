# SPDX-License-Identifier: Apache-2.0
"""The reader's wait (bpf/event/reader.h): it says in shared memory that it waits, looks once more, and sleeps
until a program rings the alarm, another thread wakes it, or the time is over.

A program submits its record first and then looks at what the reader says, so one of the two always sees what
the other has done. While the reader works no program rings.
"""

from __future__ import annotations

import mmap
import os
import select
from collections.abc import Callable
from typing import Final

from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.record_layout import ReaderState
from lanner_agent.kernel.ring import Fence, Ring

RING_BYTES: Final = max(4096, mmap.PAGESIZE)  # libbpf makes a ring of a page at least


class Alarm:
    """`reader`: the map with the reader's state, `alarm`: the ring that is rung; both are copied.

    One thread waits; any may `wake` it, and a signal handler too.
    """

    def __init__(self, reader: int, alarm: int) -> None:
        try:
            self._shared = mmap.mmap(reader, mmap.PAGESIZE)
        except OSError as error:
            raise KernelError("cannot map the reader's state", error.errno or 0) from error
        self._state = memoryview(self._shared).cast("Q")
        self._ring = Ring(os.dup(alarm), RING_BYTES)
        self._woken = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll = select.epoll()
        for fd in (self._ring.fd, self._woken):
            self._epoll.register(fd, select.EPOLLIN)
        self._fence = Fence()

    def wait(self, how: ReaderState, timeout_s: float, there: Callable[[], bool]) -> bool:
        """Until the alarm or the end of the time; not at all when what is waited for is `there`.

        False: `wake` ended it.
        """
        self._state[0] = how
        self._fence.pass_()
        rung = [] if there() else self._epoll.poll(timeout_s)
        self._state[0] = ReaderState.AWAKE
        if not rung:
            return True
        self._ring.drain()
        return not self._answered()

    def wake(self) -> None:
        """End the wait, or the next one."""
        os.eventfd_write(self._woken, 1)

    def close(self) -> None:
        """After this, neither `wait` nor `wake` may be called."""
        self._epoll.close()
        os.close(self._woken)
        self._ring.close()
        self._state.release()
        self._shared.close()

    def _answered(self) -> bool:
        """Whether there was a `wake`."""
        try:
            return bool(os.eventfd_read(self._woken))
        except BlockingIOError:
            return False

# SPDX-License-Identifier: Apache-2.0
"""A process whose descendants never leave it: what a work starts, and what that leaves running, has it among
its ancestors until it ends, also when it changes its session, its environment or its cgroup.
"""

from __future__ import annotations

import ctypes
import os
import signal
import traceback
from collections.abc import Callable

_PR_SET_CHILD_SUBREAPER = 36


def led(work: Callable[[int], None]) -> int:
    """Does `work`, which is given the pid of the head of the family, in a child of it; the child's exit
    status.

    The head takes in the orphans and waits for them, which `work` could not: subprocess waits for its own.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    head = os.getpid()
    if (child := os.fork()) == 0:
        _child(work, head)
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _: os.kill(child, number))
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status)


def _child(work: Callable[[int], None], head: int) -> None:
    """Never returns: the caller's own work is the head's."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was begun is taken down
    status = 1
    try:
        work(head)
        status = 0
    except BaseException:  # the head is told by the status, the user by this
        traceback.print_exc()
    finally:
        os._exit(status)

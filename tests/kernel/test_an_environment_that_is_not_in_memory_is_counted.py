# SPDX-License-Identifier: Apache-2.0
"""A process whose environment cannot be read when the event happens: the event says nothing of it, and the
reason is counted for its type.
"""

from __future__ import annotations

import mmap
import os
import sys

import pytest

from lanner_agent.kernel.probes import Probes
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

LARGE = {"LARGE": "x" * 3 * mmap.PAGESIZE}
# Takes a page of its environment out of its own reach.
CODE = """
import ctypes, mmap, os, pathlib, signal
start = int(pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[47])
page = (start + mmap.PAGESIZE - 1) & -mmap.PAGESIZE
assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
os.kill(os.getpid(), signal.SIGCONT)
os._exit(0)
"""


def counted(probes: Probes) -> int:
    asked = ("kill", "environment not in memory")
    return sum(one.value for one in probes.totals() if (one.event_class, one.reason) == asked)


def test_memory_that_may_not_be_read(watch: Watch) -> None:
    def work() -> None:
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", CODE], LARGE)  # noqa: S606

    before = counted(watch.probes)
    (event,) = watch.of(work, "kill")
    assert (event.process.env, event.process.env_cut) == (None, None)
    assert event.process.cwd is not None
    assert counted(watch.probes) - before == 1

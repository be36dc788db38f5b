# SPDX-License-Identifier: Apache-2.0
"""Memory that changes while the kernel reads it: a process of its own writes one thing and the other in turn,
into a page that it shares with the one that makes the calls.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

Page = ctypes.Array[ctypes.c_char]


@contextmanager
def rewritten(first: bytes, second: bytes) -> Iterator[Page]:
    """The page, to be passed to calls. Both contents are of one length."""
    assert len(first) == len(second)
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    memory[: len(first)] = first
    writer = os.fork()
    if writer == 0:
        while True:
            memory[: len(first)] = second
            memory[: len(first)] = first
    try:
        yield (ctypes.c_char * mmap.PAGESIZE).from_buffer(memory)
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)

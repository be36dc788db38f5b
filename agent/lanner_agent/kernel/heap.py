# SPDX-License-Identifier: Apache-2.0
"""How much the C library keeps of memory that was freed: little.

To load an object, libbpf reads all of the kernel's types, 10 MB and more, several times and in several
threads, while Python imports its modules. By itself glibc gives every thread a heap of its own, learns from
the first large block that is freed to take the next ones from these heaps, and keeps what a small block
above it pins: 10 to 20 MB for good.
"""

from __future__ import annotations

import ctypes
from typing import Final

# malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE_BYTES: Final = 128 << 10  # glibc's own, which it would raise; Python's arenas are larger
_libc: Final = ctypes.CDLL(None)


def keep_small() -> None:
    """Before the first thread: one heap for all, and large blocks go back to the kernel when they are freed.
    Python has small blocks of its own, so threads seldom meet there.
    """
    tune = getattr(_libc, "mallopt", None)  # the GNU library's
    if tune is not None:
        tune(_ARENA_MAX, 1)
        tune(_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """What is free now goes back to the kernel: after the start, or after rules were replaced."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)

# SPDX-License-Identifier: Apache-2.0
"""By which numbers others reach this process: those of its threads, since the kernel takes any of them for
the process (kill, ptrace, process_vm_writev), and its group's, negative.

In: a pid namespace, as the number of its inode. The numbers are those of the namespace that this process is
in; a process elsewhere has none for it, or others, which are not known here.
"""

from __future__ import annotations

import os
import pathlib
from typing import Final

_THREADS: Final = pathlib.Path("/proc/self/task")
_NAMESPACE: Final = pathlib.Path("/proc/self/ns/pid")
_NONE: Final[frozenset[int]] = frozenset()


class OwnThreads:
    """Belongs to the loop's thread. The namespace of a process never changes, its threads do."""

    def __init__(self) -> None:
        self.namespace: Final = _NAMESPACE.stat().st_ino

    def numbers(self, namespace: int) -> frozenset[int]:
        """For processes of that namespace."""
        if namespace != self.namespace:
            return _NONE
        group = os.getpgrp()  # 0 where its leader is outside of the namespace
        threads = {int(name) for name in os.listdir(_THREADS)}
        return frozenset(threads | {-group} - {0})

    @staticmethod
    def is_parent(pid: int) -> bool:
        """Whether that process, which is of the same namespace, started this one: it may end it."""
        return pid == os.getppid()

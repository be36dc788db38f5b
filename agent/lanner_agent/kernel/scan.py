# SPDX-License-Identifier: Apache-2.0
"""The processes that ran before the agent: one run of the iterator in task_iter.bpf.c, then their arguments.

The iterator numbers their execs in the kernel; only the arguments, which lie in memory that it may not read,
come from /proc. A process that calls exec meanwhile has a newer number, so that nothing stale can win. What
the machine does meanwhile is taken from the rings now and then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Final

from lanner_agent.kernel import startup_cmdlines, syscall_bpf
from lanner_agent.kernel.record_layout import SCANNED

# Far less than the kernel's own buffer: a line without room there is lost, since its task is found once only.
_READ_BYTES: Final = 512 * SCANNED.size
_AT_ONCE: Final = 2048  # processes whose arguments are held here
_ROUNDS: Final = 5
_PAUSE_S: Final = 0.02


def run(maps: startup_cmdlines.Maps, link: int, meanwhile: Callable[[], None]) -> int:
    """Scan until a run finds nothing new (a fork of a task not yet visited is found by the next). How many
    processes were found. `link`: of the attached iterator. `meanwhile` is called several times a second.
    """
    count = 0
    changed: list[startup_cmdlines.Found] = []
    while found := list(_found(link)):
        count += len(found)
        for at in range(0, len(found), _AT_ONCE):
            changed += startup_cmdlines.add(maps, found[at : at + _AT_ONCE])
            meanwhile()
    _read_from_others(maps, changed, meanwhile)
    return count


def _read_from_others(
    maps: startup_cmdlines.Maps, changed: list[startup_cmdlines.Found], meanwhile: Callable[[], None]
) -> None:
    for left in reversed(range(_ROUNDS)):
        if not changed:
            return
        time.sleep(_PAUSE_S)  # an exec under way ends
        meanwhile()
        changed = startup_cmdlines.add(maps, changed, at_last=not left)


def _found(link: int) -> Iterator[startup_cmdlines.Found]:
    lines = syscall_bpf.iter_create(link)
    try:
        while data := os.read(lines, _READ_BYTES):
            for line in SCANNED.iter_unpack(data):
                yield startup_cmdlines.Found(*line)
    finally:
        os.close(lines)

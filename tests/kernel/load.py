# SPDX-License-Identifier: Apache-2.0
"""How much a test under load does, and a reader beside it, as the agent's.

LANNER_LOAD is the share of the full load; a guest that is emulated does less, since it is ten times slower.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record import Record

SHARE: Final = float(os.environ.get("LANNER_LOAD", "1"))
PART: Final = 1 if SHARE == 1 else 8  # of rings that a test fills: their sizes are powers of two
QUIET_S: Final = 0.3


def scaled(full: int) -> int:
    """So many of `full` as this machine can be asked for."""
    return max(1, int(full * SHARE))


@contextmanager
def reading(probes: Probes) -> Iterator[list[Record]]:
    """The records of what is done inside; complete when it is left."""
    stop, records = threading.Event(), list[Record]()

    def read() -> None:
        end = float("inf")
        while time.monotonic() < end:
            if probes.wait(0.05):
                records.extend(probes.drain())
            elif stop.is_set():
                end = min(end, time.monotonic() + QUIET_S)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield records
    finally:
        stop.set()
        reader.join()

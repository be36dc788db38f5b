# SPDX-License-Identifier: Apache-2.0
"""A process and those before it, each named by what stays the same when the clock is set: its pid, and when
it began in ns since boot.
"""

from __future__ import annotations

from lanner_agent.decode.lookups import Relatives
from lanner_agent.decode.process import Process
from lanner_engine.fields.model import Process as Known


def of(process: Process) -> Relatives:
    """The process itself, its ancestors, the nearest first, then its creators; a record bounds them."""
    found: list[tuple[tuple[int, int], Known]] = [((process.pid, process.born), process)]
    above = process.parent
    while above is not None:
        found.append(((above.pid, above.born), above))
        above = above.parent
    found.extend(((one.pid, one.born), one) for one in process.creators)
    return found

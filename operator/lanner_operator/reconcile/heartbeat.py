# SPDX-License-Identifier: Apache-2.0
"""How a task that comes round for ever is getting on. Written by the task, read by health."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Heartbeat:
    """`last` are the monotonic seconds of the last round's end, whatever came of it; `rounds` those that did
    everything; `trouble` is why the last one did not.
    """

    last: float
    rounds: int = 0
    trouble: str = ""

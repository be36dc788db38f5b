# SPDX-License-Identifier: Apache-2.0
"""The progress of a task that runs in rounds: its last round, and why that one failed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Heartbeat:
    """`last` is when the last round ended, well or not, in monotonic seconds; `rounds` counts the complete
    ones; `trouble` says why the last one was not.
    """

    last: float
    rounds: int = 0
    trouble: str = ""

# SPDX-License-Identifier: Apache-2.0
"""What an agent says of itself beside its alerts: how long an alert takes, what is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lanner_agent.pipeline.summary import KernelCounter
from lanner_agent.pipeline.timing import Timing


@dataclass(slots=True)
class Standing:
    """Filled in when the agent watches. `kernel` and `undelivered` see Probes and Outputs."""

    timing: Timing = field(default_factory=Timing)
    kernel: Callable[[], Sequence[KernelCounter]] = tuple
    undelivered: Callable[[], Mapping[str, Mapping[str, int]]] = dict
    alerts: Callable[[], int] = lambda: 0

    def lag_s(self) -> float | None:
        """From an event to its alert: the middle one, as the bound that it is below; None without alerts."""
        delay = self.timing.delay
        numbers = delay.up_to()
        if not numbers[-1]:
            return None
        at = next(at for at, number in enumerate(numbers) if number * 2 >= numbers[-1])
        return delay.bounds[min(at, len(delay.bounds) - 1)]

    def lost(self) -> dict[str, int]:
        """By cause: events of the kernel, and alerts of each output."""
        found = {
            f"{one.event_class}: {one.reason}": one.value for one in self.kernel() if one.lost and one.value
        }
        for title, causes in self.undelivered().items():
            found |= {f"{title}: {cause}": number for cause, number in causes.items() if number}
        return found

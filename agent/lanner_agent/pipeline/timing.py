# SPDX-License-Identifier: Apache-2.0
"""How long events take: two looks at a clock for a batch, one for an alert. Written by the loop."""

from __future__ import annotations

import time
from typing import Final

from lanner_apiserver.metrics.histogram import Histogram

_MICRO: Final = 1e-6
EVENT_S: Final = tuple(
    number * _MICRO for number in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)
)
DELAY_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Timing:
    """`of_an_event`: the mean of each batch. `busy_s`: all batches together. `delay`: from an event to its
    alert.
    """

    def __init__(self) -> None:
        self.of_an_event = Histogram(EVENT_S)
        self.delay = Histogram(DELAY_S)
        self.busy_s = 0.0

    def took(self, seconds: float, events: int) -> None:
        """A batch was done with."""
        self.busy_s += seconds
        self.of_an_event.observe(seconds / events)

    def alerted(self, event_ns: int) -> None:
        """An alert about an event of this time goes out now. A clock that is put back gives 0."""
        self.delay.observe(max(0, time.time_ns() - event_ns) / 1e9)

# SPDX-License-Identifier: Apache-2.0
"""How many values were how large: a list of numbers, and one search in the bounds for each value."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate


class Histogram:
    """Written by one thread, read by any. `counts[n]`: values up to `bounds[n]`, the last those beyond."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def up_to(self) -> list[int]:
        """For each bound the number of values up to it; the last is that of all."""
        return list(accumulate(self.counts))

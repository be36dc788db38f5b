# SPDX-License-Identifier: Apache-2.0
"""When a DryRun's numbers are told anew: agents count all the time, and a status is not written for each
count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.status.dry_run import Tried, Version
from lanner_operator.status.fleet import Fleet

EVERY_S: Final = 15.0  # of one object


class DryRunPace:
    """Holds what was told last of each version in force whose mode is DryRun."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[Version, tuple[float, Tried]] = {}

    def keep(self, in_force: Iterable[RuleObject]) -> None:
        """All others are forgotten."""
        versions = {(one.uid, one.generation) for one in in_force if one.dry_run}
        self._last = {version: last for version, last in self._last.items() if version in versions}

    def told(self, version: RuleObject | None, fleet: Fleet) -> Tried | None:
        """None for what is not tried. The first matches are told at once."""
        if version is None or not version.dry_run:
            return None
        key, now = (version.uid, version.generation), self._clock()
        last = self._last.get(key)
        if last is None or not last[1].matches or now - last[0] >= EVERY_S:
            last = self._last[key] = now, fleet.tried(version)
        return last[1]

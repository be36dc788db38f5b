# SPDX-License-Identifier: Apache-2.0
"""Whether the watch of the Leases hears, and whether it was deaf in between.

An agent cannot renew its Lease while the API server is away, and it is not to be blamed for that, even when
all is well again before the next look. A watch that breaks and begins anew within seconds is no such time:
connections are cut for many reasons, and a dead node would else be forgiven at each cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from lanner_apiserver.errors import ApiError

# From the first failure to the last, with nothing good in between: our own pause before the next attempt is
# no sign of anything. In a shorter time an agent misses one renewal at most, and its Lease is good for two.
AWAY_S: Final = 5.0


class Hearing:
    """`well`: the Leases are watched at this moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.well = False
        self._clock = clock
        self._failing_since: float | None = None
        self._missed = False

    def note(self, error: ApiError | None) -> None:
        """What the watch came upon; None while it goes well."""
        self.well = error is None
        if error is None or not error.away:
            self._failing_since = None
            return
        now = self._clock()
        self._failing_since = now if self._failing_since is None else self._failing_since
        self._missed = self._missed or now - self._failing_since >= AWAY_S

    def missed(self) -> bool:
        """Whether the API server was away since this was asked last."""
        missed, self._missed = self._missed, False
        return missed

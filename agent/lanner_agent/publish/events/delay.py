# SPDX-License-Identifier: Apache-2.0
"""What waits too long for the API server, and whose it is -> words for the node's condition and the log.

The condition's words change rarely, since each change is a request; the log has the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from lanner_agent.publish.events import account
from lanner_agent.publish.events.fair_queue import Wait

MAX_DELAY_S: Final = 60.0
OVER_S: Final = 30.0
NAMED: Final = 3
_COMPLAINT_EVERY_S: Final = 300.0
_STEPS: Final = ((3600, "an hour"), (1800, "30 min"), (600, "10 min"), (300, "5 min"), (120, "2 min"))


class Delay:
    """`update` now and then; `late` says whether it is so that alerts wait."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._since: float | None = None
        self._said = 0.0
        self.words = ""

    @property
    def late(self) -> bool:
        return self._since is not None

    def update(self, waits: Iterable[Wait], now: float) -> None:
        ordered = sorted(waits, key=lambda wait: wait.since)
        oldest = now - ordered[0].since if ordered else 0.0
        if oldest > MAX_DELAY_S:
            self._is_late([wait for wait in ordered if now - wait.since > OVER_S], oldest, now)
        elif self._since is not None and oldest < OVER_S:
            self._say(f"Events: none waits long any more, after {now - self._since:.0f} s")
            self._since, self.words = None, ""

    def _is_late(self, late: list[Wait], oldest: float, now: float) -> None:
        whose = list(dict.fromkeys(account.words(wait.account.owner) for wait in late))
        more = f" and {len(whose) - NAMED} more" if len(whose) > NAMED else ""
        names = f"{', '.join(whose[:NAMED])}{more}"
        self.words = f"Events wait for more than {_age(oldest)}, the oldest first: {names}"
        if self._since is None:
            self._since, self._said = now, now - _COMPLAINT_EVERY_S
        if now - self._said >= _COMPLAINT_EVERY_S:
            self._said = now
            numbers = (f"{wait.number:,} of {account.words(wait.account.owner)}" for wait in late[:NAMED])
            self._say(f"Events: the oldest waits for {oldest:.0f} s: {', '.join(numbers)}{more}")


def _age(seconds: float) -> str:
    return next((words for least, words in _STEPS if seconds >= least), "a minute")

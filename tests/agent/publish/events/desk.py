# SPDX-License-Identifier: Apache-2.0
"""The ledger by a clock of the test's own, and an API server that takes everything."""

from __future__ import annotations

from dataclasses import dataclass, field

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.ledger import Ledger
from lanner_agent.publish.events.series import Series
from lanner_agent.publish.events.settings import EventSettings
from lanner_engine.program.rule import CheckedRule
from tests.agent.publish.events import alerts


@dataclass
class Desk:
    """A ledger with a clock that stands still, and an API server that takes everything."""

    now: float = 1000.0
    settings: EventSettings = field(default_factory=EventSettings)
    rule: CheckedRule = field(default_factory=alerts.rule)
    writes: list[tuple[float, str, int]] = field(default_factory=list)  # time, what, count
    reached: dict[Series, int] = field(default_factory=dict)  # the most the server ever knew of

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.settings, lambda: self.now, lambda: int(self.now * 1e9))

    def see(self, alert: Alert | None = None, times: int = 1) -> None:
        for _ in range(times):
            self.ledger.admit(alert or alerts.alert(self.rule))

    def write_all(self) -> list[Series | None]:
        """Everything that is due now."""
        done = []
        while (write := self.ledger.next(self.now)) is not None:
            done.append(write.series)
            self._take(write.series)
        return done

    def wait(self, seconds: float) -> None:
        """Time passes, and whatever comes due is written."""
        end = self.now + seconds
        self.write_all()
        while (due := self.ledger.next_at(self.now)) <= end:
            self.now = max(self.now, due)
            self.write_all()
        self.now = end
        self.write_all()

    def _take(self, series: Series | None) -> None:
        if series is None:
            tally, _ = self.ledger.tally()
            self.writes.append((self.now, "summary", sum(tally.values())))
            self.ledger.summarised(tally, self.now)
        elif series.told:
            self._told(series, "patch", series.count)
        else:
            self._told(series, "create", 1)

    def _told(self, series: Series, what: str, count: int) -> None:
        self.writes.append((self.now, what, count))
        self.reached[series] = max(count, self.reached.get(series, 0))
        self.ledger.note_written(series, count, self.now, what == "patch")

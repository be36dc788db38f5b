# SPDX-License-Identifier: Apache-2.0
"""Every output there is, and all of one agent's as one.

A new output is a file with a class like output.Output and a function `made`, and a line here.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from lanner_agent.publish import cluster_events, file, http, kept_alerts, lines
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.otlp import output as otlp
from lanner_agent.publish.output import Given, Maker, Output
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.syslog import output as syslog

OUTPUTS: Final[tuple[Maker, ...]] = (
    lines.made,
    cluster_events.made,
    file.made,
    http.made,
    syslog.made,
    otlp.made,
    kept_alerts.made,
)


class Outputs:
    """Those of OUTPUTS that this agent has, in that order. `lines`: the writer of standard output, which
    alone gets what rules with mode DryRun match.
    """

    def __init__(self, given: Given) -> None:
        self.lines = given.lines
        self._all = tuple(output for make in OUTPUTS if (output := make(given)) is not None)
        self._printed = tuple(output for output in self._all if isinstance(output, lines.Lines))

    @property
    def all(self) -> Sequence[Output]:
        """Each, for those who tell them apart."""
        return self._all

    @property
    def others(self) -> bool:
        """Whether alerts go anywhere but to standard output."""
        return len(self._all) > 1

    def delivered(self) -> Mapping[str, int]:
        """What became of alerts in the queues of outputs: `http sent`, a fixed set of words."""
        told: dict[str, int] = {}
        for output in self._all:
            if isinstance(output, Delivery):
                told.update(output.told())
        return told

    def offer(self, alert: Alert) -> None:
        """To each of them, on the hot thread."""
        for output in self._printed if alert.rule.dry_run else self._all:
            output.offer(alert)

    def lost(self) -> Mapping[str, int]:
        """Alerts that did not arrive, by reason."""
        return sum(map(Counter, self.undelivered().values()), Counter[str]())

    def undelivered(self) -> Mapping[str, Mapping[str, int]]:
        """The same of each output, by its title."""
        return {output.title: lost for output in self._all if (lost := output.lost())}

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Further numbers for the summary, by title."""
        return {output.title: counts for output in self._all if (counts := output.counts())}

    def reopen(self) -> None:
        """SIGHUP."""
        for output in self._all:
            output.reopen()

    def close(self) -> None:
        """All at once: each may take its seconds."""
        threads = [threading.Thread(target=output.close) for output in self._all]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

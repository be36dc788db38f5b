# SPDX-License-Identifier: Apache-2.0
"""What reconciling did since the start, and what it found last, for the page of metrics. Outlives the tasks,
which begin anew when a part breaks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from lanner_apiserver.metrics.histogram import Histogram
from lanner_engine.bundle.index import Index
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from lanner_operator.status.conditions import DISABLED
from lanner_operator.status.fleet import Fleet

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
STATUSES: Final = ("True", "False", "Unknown")
OUTCOMES: Final = ("done", "waiting", "failed")  # waiting: not everything was listed yet
Status = Mapping[str, Any]


def _none() -> Counter[str]:
    return Counter(dict.fromkeys(OUTCOMES, 0))


@dataclass(slots=True)
class Figures:
    """`objects` by kind and the statuses of Accepted and Programmed, `nodes` by state, `admissions` and
    `entered` (sessions in pods), `sources` (looks at sources of rules) and `entrances` (of the page) by
    outcome; `reports` are what was done with them, by outcome, `reports_there` by kind, `reports_left_out`
    alerts that are in no row of one, by why, `reports_wrong` rows of FalcoNodes that were not taken.
    `unprogrammed_since`: since when the object that waits longest does, in seconds since the epoch; 0 when
    none does. `leads`: this operator writes.
    """

    leads: bool = False
    rounds: Counter[str] = field(default_factory=_none)
    round_s: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    judging_s: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    done_at: float = 0.0
    published: int = 0
    index: Index | None = None
    nodes: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    unprogrammed_since: float = 0.0
    admissions: Counter[str] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    entrances: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    reports_there: Mapping[str, int] = field(default_factory=dict)
    reports_left_out: Mapping[str, int] = field(default_factory=dict)
    reports_wrong: int = 0

    def round(self, outcome: str, seconds: float) -> None:
        self.rounds[outcome] += 1
        self.round_s.observe(seconds)
        if outcome == "done":
            self.done_at = time.time()

    def forget(self) -> None:
        """What was found last, when another operator leads and finds more."""
        self.leads, self.index, self.unprogrammed_since = False, None, 0.0
        self.nodes, self.objects = {}, {}
        self.reports_there, self.reports_left_out, self.reports_wrong = {}, {}, 0

    def found(
        self,
        index: Index | None,
        fleet: Fleet,
        statuses: Iterable[tuple[RuleObject, Status]],
        unplaced: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """All that a round decided on; `unplaced` by namespace: further objects, which have no place."""
        self.index = index
        self.nodes = _nodes(fleet, index.bundleSha256 if index else "")
        objects: Counter[tuple[str, str, str]] = Counter()
        waiting: list[float] = []
        for rule, status in statuses:
            accepted, programmed = _condition(status, "Accepted"), _condition(status, "Programmed")
            objects[rule.kind, str(accepted.get("status")), str(programmed.get("status"))] += 1
            if accepted.get("status") == "True" and _waits(programmed):
                waiting.append(_seconds(programmed.get("lastTransitionTime")))
        for namespace, number in unplaced.items():
            objects[NAMESPACED_RULE if namespace else CLUSTER_RULE, "False", "False"] += number
        self.objects, self.unprogrammed_since = objects, min(waiting, default=0.0)


def _nodes(fleet: Fleet, bundle: str) -> Mapping[str, int]:
    """As the status of an object counts them, for the whole bundle."""
    loaded = sum(node.bundle == bundle for node in fleet.alive)
    failed = sum(node.bundle != bundle and node.refusal is not None for node in fleet.alive)
    known = len(fleet.alive) + fleet.lost
    desired = known if fleet.desired is None else fleet.desired
    waiting = len(fleet.alive) - loaded - failed + max(0, desired - known)
    return {"desired": desired, "loaded": loaded, "failed": failed, "pending": waiting, "silent": fleet.lost}


def _waits(programmed: Mapping[str, Any]) -> bool:
    return programmed.get("status") != "True" and programmed.get("reason") != DISABLED


def _condition(status: Status, kind: str) -> Mapping[str, Any]:
    return next((one for one in status.get("conditions") or () if one.get("type") == kind), {})


def _seconds(written: object) -> float:
    """A time in a status that cannot be read is now."""
    try:
        return datetime.fromisoformat(str(written)).timestamp()
    except ValueError:
        return time.time()

# SPDX-License-Identifier: Apache-2.0
"""Alerts of many agents, the newest first: each is asked for a few, and for more where its alerts are the
newest of all.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from lanner_operator.page.agents import Agents, Said
from lanner_page import wire
from lanner_page.matching import matches
from lanner_page.source import MOST_ALERTS, Alert, Answer, Filter

ROUNDS: Final = 4
LEAST: Final = 10  # alerts of one agent in the first round
SIZE: Final = 8 << 20  # bytes of all, about
NAMED: Final = 5  # nodes in one sentence


@dataclass(slots=True)
class _Merged:
    """`alerts` by id, each with its bytes, about; `missing`: why an agent gave no answer, `went`: alerts that
    it keeps no more, `further`: before which time an agent has more, all by node. `cut`: SIZE is reached.
    """

    limit: int
    alerts: dict[str, tuple[Alert, float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    went: dict[str, int] = field(default_factory=dict)
    further: dict[str, int] = field(default_factory=dict)
    cut: bool = False

    def take(self, said: Said, question: Filter) -> None:
        """Takes in what came and was asked for: an agent that lies fills no list of other rules or times.
        A text it is asked for alone: values nest as deep as it likes.
        """
        plain = replace(question, text="")
        came = [one for one in said.alerts() if matches(plain, one)]
        weight = said.size / max(1, len(came))
        self.alerts |= {one.id: (one, weight) for one in came}
        self._shorten()
        went = said.body.get("went_total")
        if wire.is_number(went) and went:
            self.went[said.node] = went
        if came and said.body.get("more") is True:
            self.further[said.node] = min(one.at_ns for one in came) + 1  # others of that moment may lack

    def oldest_ns(self) -> int:
        """What is older is not wanted any more; below all times while there is room."""
        full = self.cut or len(self.alerts) >= self.limit
        return min((one.at_ns for one, _ in self.alerts.values()), default=-1) if full else -1

    def ordered(self) -> list[Alert]:
        return sorted((one for one, _ in self.alerts.values()), key=_newest)

    def _shorten(self) -> None:
        kept = heapq.nsmallest(self.limit, self.alerts.values(), key=lambda one: _newest(one[0]))
        size = 0.0
        for at, (_, weight) in enumerate(kept):
            size += weight
            if at and size > SIZE:
                kept, self.cut = kept[:at], True
                break
        self.alerts = {one[0].id: one for one in kept}


async def newest(agents: Agents, asked: Filter) -> Answer:
    """At most `asked.limit`, of all agents."""
    limit = max(1, min(asked.limit, MOST_ALERTS))
    nodes = agents.nodes()
    first = min(limit, max(LEAST, 4 * limit // max(1, len(nodes))))
    merged = _Merged(limit)
    questions = {node: replace(asked, limit=first) for node in nodes}
    for _ in range(ROUNDS):
        paths = {node: f"/alerts?{wire.query(question)}" for node, question in questions.items()}
        merged.further = {}
        merged.missing |= await agents.ask_each(
            paths.__getitem__, list(paths), partial(_take, merged, questions)
        )
        oldest = merged.oldest_ns()
        questions = {
            node: replace(asked, limit=limit, before_ns=before)
            for node, before in merged.further.items()
            if before > oldest
        }
        if not questions:
            break
    return Answer(tuple(merged.ordered()), tuple(_sentences(merged, list(questions))))


def _take(merged: _Merged, questions: Mapping[str, Filter], said: Said) -> None:
    merged.take(said, questions[said.node])


def _sentences(merged: _Merged, more: list[str]) -> Iterable[str]:
    """What is not among the alerts, and why."""
    for why in sorted(set(merged.missing.values())):
        nodes = [node for node, reason in merged.missing.items() if reason == why]
        yield f"{named(nodes)}: {why}; what happened there is missing"
    if merged.went:
        total = sum(merged.went.values())
        yield f"{total:,} older alerts of {named(list(merged.went))} are not kept any more"
    if more:
        yield f"{named(more)}: more alerts than could be asked for; a filter finds them"
    if merged.cut:
        yield f"only the newest are shown, all would be more than {SIZE >> 20} MiB; a filter finds the others"


def named(nodes: Collection[str]) -> str:
    """The first ones, and how many more there are."""
    first = ", ".join(sorted(nodes)[:NAMED])
    return f"{first} and {len(nodes) - NAMED:,} more nodes" if len(nodes) > NAMED else first


def _newest(alert: Alert) -> tuple[int, str]:
    return -alert.at_ns, alert.id

# SPDX-License-Identifier: Apache-2.0
"""What objects with mode DryRun match on this node -> its part of the FalcoNode, and when to write that.

Thousands of nodes write, and the operator holds what they wrote: all objects share a few places, by turns, so
that no object takes another's. What has no place is in the object's total.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from lanner_agent.pipeline.dry_run import LONGEST, Match, Tried
from lanner_agent.publish import escape, redact
from lanner_engine.resources.falco_node import DRY_RUN_OBJECTS, DRY_RUN_PLACES

FIRST_S: Final = 15.0

Told = list[dict[str, Any]]


def told(objects: Sequence[Tried]) -> Told:
    """`objects` may be counted on meanwhile. Clusters' objects first, then those with most matches."""
    ordered = sorted(objects, key=lambda one: (one.object.namespace != "", -one.matches))[:DRY_RUN_OBJECTS]
    loudest = [one.combinations.copy().most_common(DRY_RUN_PLACES) for one in ordered]
    places: list[Told] = [[] for _ in ordered]
    for number, row in list(_turns(loudest))[:DRY_RUN_PLACES]:
        places[number].append(row)
    return [_object(one, rows) for one, rows in zip(ordered, places, strict=True)]


def _turns(loudest: Sequence[Sequence[tuple[Match, int]]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The first of each object, then the second of each."""
    for turn in range(max(map(len, loudest), default=0)):
        for number, rows in enumerate(loudest):
            if turn < len(rows):
                yield number, _row(*rows[turn])


def _object(one: Tried, rows: Told) -> dict[str, Any]:
    """The total is read last, so that it is not less than its parts."""
    version = {"rule": one.object.key, "uid": one.object.uid, "generation": one.object.generation}
    return {**version, "top": rows, "matches": max(one.matches, sum(row["matches"] for row in rows))}


def _row(match: Match, matches: int) -> dict[str, Any]:
    return {
        "rule": escape.shown(match.rule, LONGEST),
        "namespace": _text(match.namespace),
        "workload": _text(match.workload),
        "executable": _text(redact.redacted(match.executable)),
        "matches": matches,
    }


def _text(value: bytes) -> str:
    return escape.shown(value, LONGEST)


class Pace:
    """The first matches of a version are told soon, later ones more and more seldom, at last every
    `longest_s` seconds.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._told: Told = []
        self._versions: Told = []
        self.pause_s = FIRST_S

    def due(self, now: Told, since_s: float) -> bool:
        """Whether to write, when the last writing was `since_s` seconds ago."""
        return since_s >= self.pause_s and now != self._told

    def wrote(self, now: Told) -> None:
        versions = [{**one, "top": (), "matches": 0} for one in now]
        changed, anew = now != self._told, versions != self._versions
        self._told, self._versions = now, versions
        if anew:
            self.pause_s = FIRST_S
        elif changed:
            self.pause_s = min(2 * self.pause_s, self._longest_s)

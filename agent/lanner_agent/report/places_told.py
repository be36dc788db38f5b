# SPDX-License-Identifier: Apache-2.0
"""Alerts by what they are about -> the part of FalcoNode's status of which the operator makes Reports.

It is written with the counters, so an alert costs no write. What an agent before this one wrote goes on: a
row counts from its first alert, and ends when its rule has been silent for REPORT_DAYS.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from lanner_agent.pipeline.places import Places, Row, Subject, Where
from lanner_agent.publish import escape
from lanner_engine.program.rule import Priority, parse_priority
from lanner_engine.resources.falco_node import (
    REPORT_BYTES,
    REPORT_DAYS,
    REPORT_LATEST,
    REPORT_ROWS,
    REPORT_SUBJECTS,
    REPORT_TEXT,
)
from lanner_engine.resources.rule_object import is_of_namespace

MOST_OF_NAMESPACE: Final = 8  # about no namespace twice as many
BEFORE: Final = 256  # rows of an agent before this one
_TACTIC: Final = re.compile(r"mitre_([a-z0-9_]{1,32})", re.ASCII)
_SECOND_NS: Final = 1_000_000_000
_SILENT_S: Final = REPORT_DAYS * 86_400

Key = tuple[str, str, str]  # namespace, object, rule, as they are written


@dataclass(frozen=True, slots=True)
class Told:
    """One row. Times are in seconds since the epoch."""

    priority: Priority
    tactic: str
    alerts: int
    first: int
    last: int
    subjects: Mapping[tuple[str, str], int]
    more: bool

    def after(self, before: Told) -> Told:
        """Both together; this one is the later."""
        subjects = {**before.subjects, **self.subjects}
        kept = sorted(subjects.items(), key=lambda one: -one[1])[:REPORT_SUBJECTS]
        more = self.more or before.more or len(subjects) > REPORT_SUBJECTS
        return Told(
            priority=min(self.priority, before.priority),
            tactic=self.tactic,
            alerts=self.alerts + before.alerts,
            first=min(self.first, before.first),
            last=max(self.last, before.last),
            subjects=dict(kept),
            more=more,
        )


class PlacesTold:
    """`wanted`: reports are made. `places` are those of this agent, None before it watches; `clock` gives
    seconds since the epoch.
    """

    def __init__(
        self, places: Callable[[], Places | None], clock: Callable[[], float], *, wanted: bool
    ) -> None:
        self._wanted = wanted
        self._places = places
        self._clock = clock
        self._before: dict[Key, Told] = {}
        self._begun = False

    def resume(self, status: Mapping[str, Any]) -> None:
        """What this node's FalcoNode said before this agent wrote to it; later calls are without effect."""
        if not self._begun:
            self._before = dict(filter(None, map(_read, _listed(status.get("reports")))))

    def status(self) -> list[dict[str, Any]]:
        """The rules that fired last, first; then all others, as one row without a name."""
        self._begun = True
        if not self._wanted:
            return []
        rows, places = dict(self._before), self._places() or Places()
        for where, row in places.taken().items():
            key, told = _key(where), _told(row)
            rows[key] = told.after(rows[key]) if key in rows else told
        since = self._clock() - _SILENT_S
        self._before = {key: one for key, one in self._before.items() if rows[key].last >= since}
        ordered = sorted(rows.items(), key=lambda one: (is_of_namespace(one[0][1]), -one[1].last))
        return _shared_out([one for one in ordered if one[1].last >= since], places.untold)


def _shared_out(rows: list[tuple[Key, Told]], untold: int) -> list[dict[str, Any]]:
    """The latest of each namespace and two of the node, then the next of each: no tenant's rules, however
    many and with however long names, leave no room for those of others.
    """
    shown: list[dict[str, Any]] = []
    room, alerts, last = REPORT_BYTES, untold, max((one.last for _, one in rows), default=0)
    for turn, key, one in sorted(_turns(rows), key=lambda each: (each[0], each[1][0] != "", -each[2].last)):
        row = _written(key, one)
        size = len(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        if turn < MOST_OF_NAMESPACE and len(shown) < REPORT_ROWS and size <= room:
            shown.append(row)
            room -= size
        else:
            alerts += one.alerts
    shown.sort(key=lambda row: str(row["lastTime"]), reverse=True)
    others = Told(Priority.DEBUG, "", alerts, last, last, {}, more=False)
    return [*shown, _written(("", "", ""), others)] if alerts else shown


def _turns(rows: list[tuple[Key, Told]]) -> Iterator[tuple[int, Key, Told]]:
    """Each with how many of its namespace are before it, of the node's own with half as many."""
    taken: Counter[str] = Counter()
    for key, one in rows:
        namespace = key[0]
        yield taken[namespace] // (1 if namespace else 2), key, one
        taken[namespace] += 1


def _key(where: Where) -> Key:
    return (
        escape.shown(where.namespace, REPORT_TEXT),
        where.owner[:512],
        escape.shown(where.rule, REPORT_TEXT),
    )


def _told(row: Row) -> Told:
    return Told(
        priority=row.priority,
        tactic=next((found[1] for tag in row.tags if (found := _TACTIC.fullmatch(tag))), ""),
        alerts=row.count,
        first=row.first // _SECOND_NS,
        last=row.last // _SECOND_NS,
        subjects={_subject(one): last // _SECOND_NS for one, last in row.subjects.items()},
        more=row.more,
    )


def _subject(one: Subject) -> tuple[str, str]:
    return escape.shown(one.kind, REPORT_TEXT), escape.shown(one.name, REPORT_TEXT)


def _written(key: Key, one: Told) -> dict[str, Any]:
    namespace, owner, rule = key
    return {
        "namespace": namespace,
        "object": owner,
        "rule": rule,
        "priority": one.priority.label,
        "tactic": one.tactic,
        "alerts": one.alerts,
        "firstTime": _time(one.first),
        "lastTime": _time(one.last),
        "subjects": [
            {"kind": kind, "name": name, "lastTime": _time(last)}
            for (kind, name), last in one.subjects.items()
        ],
        "more": one.more,
    }


def _read(written: object) -> tuple[Key, Told] | None:
    """A row as an agent wrote it; None for the others together, and for what no agent writes."""
    try:
        match written:
            case {"namespace": str(namespace), "object": str(owner), "rule": str(rule)} if rule:
                return (namespace, owner, rule), _read_row(written)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return None


def _read_row(written: Any) -> Told:
    subjects = _listed(written.get("subjects"))[:REPORT_SUBJECTS]
    return Told(
        priority=parse_priority(written["priority"]),
        tactic=str(written["tactic"]),
        alerts=int(written["alerts"]),
        first=_seconds(written["firstTime"]),
        last=_seconds(written["lastTime"]),
        subjects={(str(one["kind"]), str(one["name"])): _seconds(one["lastTime"]) for one in subjects},
        more=written.get("more") is True,
    )


def _listed(value: object) -> list[Any]:
    return value[:BEFORE] if isinstance(value, list) else []


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(written: str) -> int:
    """Raises ValueError, also for what `_time` cannot write."""
    found = int(datetime.fromisoformat(written).timestamp())
    if not 0 <= found <= REPORT_LATEST:
        raise ValueError(written)
    return found

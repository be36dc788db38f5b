# SPDX-License-Identifier: Apache-2.0
"""Alerts of all nodes by place and rule, added up so that a number never goes back. Pure.

A FalcoNode counts each row from its first alert on. What is added is how much a node's row grew since the
last look: a node that is gone, an agent that lost its count and a row that had no room any more take nothing
away. What a stored Report said is where a new operator goes on: it also says how much of its number the nodes
told of then (`told`), so that only what they tell more of is added.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lanner_engine.program.rule import Priority
from lanner_engine.resources.falco_node import REPORT_DAYS
from lanner_engine.resources.rule_object import is_of_namespace
from lanner_operator.status import reported
from lanner_operator.status.reported import Key, Row, Subject

PLACES: Final = 1_000  # namespaces that have a Report, the first that had alerts
ROWS: Final = 32  # of one Report
ROWS_OF_CLUSTER: Final = 64  # of the ClusterReport
SUBJECTS: Final = 8  # of one row, the last
HIDDEN: Final = 256  # rows of a node for which it had no room since: as many as an agent tells apart
GONE: Final = 2_000  # nodes that are not there any more, of which the counts are known
SILENT_S: Final = REPORT_DAYS * 86_400
NODE: Final = "Node"

Where = tuple[str, Key]  # the namespace, "" for none


@dataclass(slots=True)
class Entry:
    """One rule in one place. Times are seconds since the epoch; 0 before the first alert."""

    count: int = 0
    first: int = 0
    last: int = 0
    priority: Priority = Priority.DEBUG
    tactic: str = ""
    subjects: dict[Subject, int] = field(default_factory=dict)
    more: bool = False


@dataclass(slots=True)
class Place:
    """`room` for so many entries. `others`: alerts for which there was no row, the last at `others_last`.
    `since`: when the namespace was made, as far as it was asked for.
    """

    room: int = ROWS
    entries: dict[Key, Entry] = field(default_factory=dict)
    others: int = 0
    others_last: int = 0
    since: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A Report as it was found: of each rule its entry, and how much of it nodes told of. `others_told`: how
    much they told of rules without a row; 0 or None where each had one.
    """

    namespace: str
    entries: Mapping[Key, tuple[Entry, int]]
    others: int = 0
    others_last: int = 0
    others_told: int | None = None


@dataclass(slots=True)
class _Node:
    kept: bytes = b""
    rows: dict[Where, tuple[int, int]] = field(default_factory=dict)  # alerts, and the time of the first
    hidden: dict[Where, tuple[int, int]] = field(default_factory=dict)  # that it told once, the last ones
    others: int = 0
    wrong: int = 0
    there: bool = True


class Ledger:
    """`begin` once, then for each look: `feed` of each node, and `settle`. `places` by namespace; `told`:
    what all nodes that are there tell of; `others_told`: of it what has no row, by namespace;
    `unplaced`: alerts in namespaces for which there is no place.
    """

    def __init__(self) -> None:
        self.places: dict[str, Place] = {"": Place(ROWS_OF_CLUSTER)}
        self.told: Counter[Where] = Counter()
        self.others_told: Counter[str] = Counter()
        self._counted_others: dict[str, int] = {}  # where no row is made before `settle`
        self.unplaced = 0
        self._nodes: dict[str, _Node] = {}
        self._counted: dict[Where, int] | None = None
        self._owed: Counter[Where] = Counter()  # counted before, and told by no node at the first look
        self._begun = 0

    @property
    def left_out(self) -> dict[str, int]:
        """Alerts that are in no row, by why."""
        there = [one for one in self._nodes.values() if one.there]
        return {
            "rules": sum(one.others for one in self.places.values()),
            "namespaces": self.unplaced,
            "nodes": sum(one.others for one in there),
        }

    @property
    def wrong(self) -> dict[str, int]:
        """Rows that no agent writes, by the node that has them."""
        return {name: one.wrong for name, one in self._nodes.items() if one.there and one.wrong}

    def says_something(self, namespace: str) -> bool:
        """Whether there is anything to write of this place."""
        place = self.places.get(namespace)
        if place is None:
            return False
        others = place.others or (not namespace and (self.unplaced or self.left_out["nodes"]))
        return bool(others) or any(one.count for one in place.entries.values())

    def begin(self, found: Iterable[Stored]) -> None:
        """With what is stored; the nodes' next rows are compared with that."""
        self._counted = {}
        for one in found:
            place = self._place(one.namespace)
            if place is None:
                continue
            place.others, place.others_last = one.others, one.others_last
            for key, (entry, told) in itertools.islice(one.entries.items(), place.room):
                place.entries[key] = entry
                self._counted[one.namespace, key] = told
            if one.others_told or len(place.entries) >= place.room:
                self._counted_others[one.namespace] = one.others_told or 0

    def feed(self, name: str, kept: bytes, now: int) -> None:
        """What a node says now; `kept` see status/reported."""
        node = self._nodes.setdefault(name, _Node())
        node.there = True
        if node.kept == kept:
            return
        said = reported.read(kept)
        before, node.rows = {**node.hidden, **node.rows}, {}
        node.kept, node.others, node.wrong = kept, said.others, said.wrong
        for row in said.rows:
            where = row.namespace, row.key
            node.rows[where] = row.alerts, row.first
            self._add(name, row, before.get(where), now)
        hidden = {where: one for where, one in before.items() if where not in node.rows}
        node.hidden = dict(itertools.islice(hidden.items(), max(0, len(hidden) - HIDDEN), None))

    def settle(self, names: Iterable[str], now: int) -> None:
        """After `feed` of all nodes, which are `names`. What was silent for too long goes."""
        self._keep(frozenset(names))
        self.told = Counter()
        for node in self._nodes.values():
            if node.there:
                rows = {**node.hidden, **node.rows}
                self.told.update({where: alerts for where, (alerts, _) in rows.items()})
        for where, counted in (self._counted or {}).items():
            entry = self.places[where[0]].entries.get(where[1])
            if entry is not None:
                entry.count += max(0, self.told[where] - counted)
                self._owed[where] = max(0, counted - self.told[where])
        self._begun = now if self._counted is not None else self._begun
        self._counted = None
        for place in self.places.values():
            _age(place, now)
        self.places = {name: one for name, one in self.places.items() if not name or _is_used(one)}
        self._settle_others(now)
        self.told.update(self._owed)  # for the next operator: it may be told again

    def _settle_others(self, now: int) -> None:
        """Of rules without a row, as of rows: what nodes tell more of than was told before."""
        self.others_told = Counter()
        for (namespace, key), alerts in self.told.items():
            place = self.places.get(namespace)
            if place is not None and key not in place.entries:
                self.others_told[namespace] += alerts
        for namespace, counted in self._counted_others.items():
            place, more = self.places.get(namespace), self.others_told[namespace] - counted
            if place is not None and more > 0:
                place.others, place.others_last = place.others + more, now
        self._counted_others = {}

    def made(self, namespace: str, since: int) -> None:
        """When the namespace was made that has the name now: what is older was about another one."""
        place = self.places[namespace]
        if place.since != since:
            place.since = since
            for key, entry in place.entries.items():
                if entry.first < since:
                    place.entries[key] = Entry()
                entry.subjects = {one: last for one, last in entry.subjects.items() if last >= since}
        if place.others_last < since:
            place.others = 0

    def forget(self, namespace: str, now: int) -> None:
        """It is gone: what is said of it counts no more, whichever has the name next."""
        self.made(namespace, now)
        self.places[namespace].others = 0

    def _add(self, name: str, row: Row, before: tuple[int, int] | None, now: int) -> None:
        last = min(row.last, now)  # a node's clock may be wrong
        goes_on = before is not None and row.first <= before[1]  # earlier where its clock went back
        more = self._more(row, before)
        place = self._place(row.namespace)
        if self._counted is not None and (row.namespace, row.key) in self._counted:
            more = 0  # `settle` compares all nodes together
        elif row.namespace in self._counted_others or not more or last < now - SILENT_S:
            return
        if place is None:
            self.unplaced += more
        elif last >= place.since:
            entry = _entry(place, row.key, last)
            if entry is None:
                place.others += more
                place.others_last = max(place.others_last, last)
            else:
                begun = min(row.first, last) if not goes_on and row.first >= place.since else last
                _grow(entry, row, more, begun, last)
                _name(entry, _subjects(name, row, last), place.since)

    def _more(self, row: Row, before: tuple[int, int] | None) -> int:
        """What is not counted yet; a row that began before this operator may be, by the last one."""
        if before is not None and row.first <= before[1]:
            return max(0, row.alerts - before[0])
        if row.first >= self._begun:
            return row.alerts
        owed = min(row.alerts, self._owed[row.namespace, row.key])
        if owed:
            self._owed[row.namespace, row.key] -= owed
        return row.alerts - owed

    def _place(self, namespace: str) -> Place | None:
        found = self.places.get(namespace)
        if found is None and len(self.places) <= PLACES:
            found = self.places[namespace] = Place()
        return found

    def _keep(self, names: frozenset[str]) -> None:
        for name, node in self._nodes.items():
            node.there = name in names
        gone = [name for name, node in self._nodes.items() if not node.there]
        for name in gone[: max(0, len(gone) - GONE)]:
            del self._nodes[name]


def _entry(place: Place, key: Key, last: int) -> Entry | None:
    """Its own, for which that which was silent longest may have to go, of the namespace's own rules first;
    None where all others have more right to theirs.
    """
    found = place.entries.get(key)
    if found is not None:
        return found
    if len(place.entries) >= place.room:
        oldest = min(place.entries, key=lambda one: _right(one, place.entries[one].last))
        if _right(oldest, place.entries[oldest].last) > _right(key, last):
            return None
        gone = place.entries.pop(oldest)
        place.others += gone.count
        place.others_last = max(place.others_last, gone.last)
    return place.entries.setdefault(key, Entry())


def _right(key: Key, last: int) -> tuple[bool, int]:
    """To a row: a tenant's rules leave the cluster's theirs."""
    return not is_of_namespace(key.object), last


def _grow(entry: Entry, row: Row, more: int, begun: int, last: int) -> None:
    entry.first = min(entry.first, begun) if entry.count else begun
    entry.count += more
    entry.last = max(entry.last, last)
    entry.priority = min(entry.priority, row.priority)
    entry.tactic = row.tactic
    entry.more = entry.more or row.more


def _subjects(node: str, row: Row, last: int) -> Mapping[Subject, int]:
    return row.subjects if row.namespace else {Subject(NODE, node): last}


def _name(entry: Entry, found: Mapping[Subject, int], since: int) -> None:
    for subject, last in found.items():
        if last >= since:
            entry.subjects[subject] = max(entry.subjects.get(subject, 0), last)
    entry.more = entry.more or len(entry.subjects) > SUBJECTS
    ordered = sorted(entry.subjects.items(), key=lambda one: (-one[1], one[0]))
    entry.subjects = dict(ordered[:SUBJECTS])


def _age(place: Place, now: int) -> None:
    """A Report that people edited may say of an alert that it is yet to come: such a row ages as well."""
    since = now - SILENT_S
    for one in place.entries.values():
        one.last = min(one.last, now)
    place.others_last = min(place.others_last, now)
    place.entries = {key: one for key, one in place.entries.items() if one.last >= since}
    if place.others_last < since:
        place.others = 0


def _is_used(place: Place) -> bool:
    return bool(place.entries) or bool(place.others)

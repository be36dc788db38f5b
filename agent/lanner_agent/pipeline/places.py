# SPDX-License-Identifier: Apache-2.0
"""Alerts by what they are about: the namespace, the rule, the workloads. For reports, which others write.

Bounded, since tenants choose the names of rules and workloads: of each namespace the rules that fired last
are told apart, and of all namespaces together so many rows. A namespace that has more pushes out its own.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lanner_engine.fields.model import Container, Event
from lanner_engine.program.rule import CheckedRule, Priority
from lanner_engine.resources.falco_node import REPORT_SUBJECTS
from lanner_engine.resources.rule_object import is_of_namespace

MOST: Final = 256
MOST_OF_NODE: Final = 64  # about no namespace
MOST_OF_NAMESPACE: Final = 32


class Where(NamedTuple):
    """`namespace` is empty for the node itself; `owner` is the key of the rule's object, "" for files."""

    namespace: bytes
    owner: str
    rule: str


class Subject(NamedTuple):
    """A workload of that namespace."""

    kind: bytes
    name: bytes


@dataclass(slots=True)
class Row:
    """`first` and `last`: ns since the epoch, of events. `subjects`: the last ones, each with its last time;
    `more`: there were others.
    """

    first: int
    priority: Priority
    tags: tuple[str, ...]
    count: int = 0
    last: int = 0
    subjects: dict[Subject, int] = field(default_factory=dict)
    more: bool = False


class Places:
    """Written by the loop's thread; `taken` may be read from another. `untold`: alerts of rows that had to
    go.
    """

    def __init__(self) -> None:
        self.untold = 0
        self._rows: dict[Where, Row] = {}  # what fired last is the last one
        self._numbers: Counter[bytes] = Counter()  # of rows, by namespace

    def add(self, rule: CheckedRule, event: Event) -> None:
        """One more alert. What a namespace's own rule says is about that namespace alone."""
        owner, container = rule.owner, event.container
        own = owner.namespace.encode() if owner else b""
        where = Where(own or container.pod_namespace or b"", rule.owner_key, rule.name)
        row = self._rows.pop(where, None)
        if row is None:
            self._make_room(where.namespace)
            row = Row(event.time, rule.priority, rule.tags)
            self._numbers[where.namespace] += 1
        row.count += 1
        row.first, row.last = min(row.first, event.time), max(row.last, event.time)
        row.priority, row.tags = min(row.priority, rule.priority), rule.tags
        if container.pod_namespace and container.pod_namespace == where.namespace:
            _name(row, _subject(container), event.time)
        self._rows[where] = row

    def taken(self) -> Mapping[Where, Row]:
        """A copy of the table; its rows go on."""
        return dict(self._rows)

    def _make_room(self, namespace: bytes) -> None:
        """For one more row."""
        if self._numbers[namespace] >= (MOST_OF_NAMESPACE if namespace else MOST_OF_NODE):
            self._drop_one(namespace)
        elif len(self._rows) >= MOST:
            self._drop_one(max(filter(None, self._numbers), key=self._numbers.__getitem__))

    def _drop_one(self, namespace: bytes) -> None:
        """That which fired longest ago; of the namespace's own rules, as long as there is one: they leave the
        cluster's their room.
        """
        found = [one for one in self._rows if one.namespace == namespace]
        where = next((one for one in found if is_of_namespace(one.owner)), found[0])
        self.untold += self._rows.pop(where).count
        self._numbers[namespace] -= 1
        if not self._numbers[namespace]:
            del self._numbers[namespace]


def _name(row: Row, subject: Subject, time: int) -> None:
    """The last ones are kept. Another dictionary each time, so that who reads has a whole one."""
    others = {one: last for one, last in row.subjects.items() if one != subject}
    row.more = row.more or len(others) >= REPORT_SUBJECTS
    kept = itertools.islice(others.items(), max(0, len(others) - REPORT_SUBJECTS + 1), None)
    row.subjects = {**dict(kept), subject: time}


def _subject(container: Container) -> Subject:
    owners = container.owners
    if owners is not None and owners.workload_kind and owners.workload_name:
        return Subject(owners.workload_kind, owners.workload_name)
    return Subject(b"Pod", container.pod_name or b"")

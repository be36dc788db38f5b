# SPDX-License-Identifier: Apache-2.0
"""Whatever a field reads of ancestors and creators, the records are told to hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lanner_agent.kernel import ancestry
from lanner_agent.kernel.record_layout import ANCESTORS
from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.field import Argument, Records
from lanner_engine.fields.reading import reader
from tests.engine.meaning.loading import load, rule_text
from tests.engine.plain_facts import PlainEvent, PlainProcess

LEADER = 9_999
# Attributes of an ancestor, and what a record must hold for them.
KINDS = dict.fromkeys(("comm", "pid", "vpid", "start"), "ancestors") | {
    "exepath": "exepaths",
    "exe": "args",
    "args": "args",
}


@dataclass
class Reads:
    """The furthest ancestor of which each was read, 1 the parent."""

    ancestors: int = 0
    exepaths: int = 0
    args: int = 0


@dataclass(frozen=True)
class Watched(PlainProcess):
    """A process that says what is read of it."""

    number: int = 0
    reads: Reads = field(default_factory=Reads)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        reads: Reads = super().__getattribute__("reads")
        number: int = super().__getattribute__("number")
        if name in KINDS:
            which = KINDS[name]
            setattr(reads, which, max(getattr(reads, which), number))
            reads.ancestors = max(reads.ancestors, number)
        return found


def event(reads: Reads) -> PlainEvent:
    """Of a process with as many ancestors as a record can hold; the furthest leads its session and group."""
    above: Watched | None = None
    furthest: Watched | None = None
    for number in range(ANCESTORS, -1, -1):
        above = Watched(number=number, reads=reads, parent=above, pid=LEADER - number, args=(b"a",))
        furthest = furthest or above
    assert above is not None
    return PlainEvent(
        type="execve",
        process=dataclasses.replace(
            above, session_leader=furthest, group_leader=furthest, creator=above.parent
        ),
    )


def references() -> Iterator[FieldRef]:
    for one in table.FIELDS.values():
        if one.records is Records.NONE or "F" in one.flags:  # neither is read in an output
            continue
        if not one.required:
            yield FieldRef(one.name)
        if one.argument is Argument.INDEX:
            yield from (FieldRef(one.name, b"%d" % index) for index in (0, 1, 3, ANCESTORS))


@pytest.mark.parametrize("ref", [*references()], ids=table.spelling)
def test_a_field_finds_what_it_reads(ref: FieldRef) -> None:
    reads = Reads()
    reader(ref)(event(reads))
    (rule,) = load(rule_text("evt.type = execve", output=f"x %{table.spelling(ref)}")).rules
    assert ancestry.ancestors(rule.fields) >= reads.ancestors
    assert ancestry.exepaths(rule.fields) >= reads.exepaths
    assert ancestry.args(rule.fields) >= reads.args
    if not ref.name.startswith(("proc.sid", "proc.pgid", "proc.vpgid")):  # a leader may be any of them
        found = (ancestry.exepaths(rule.fields), ancestry.args(rule.fields))
        assert found == (reads.exepaths, reads.args)

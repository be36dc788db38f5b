# SPDX-License-Identifier: Apache-2.0
"""Whatever a field reads of the process on an event, the records of that event are told to hold; what the
rules on one event read is not in the records of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lanner_agent.decode.event import decode
from lanner_agent.decode.parameters import PARAMETERS
from lanner_agent.decode.process import Process
from lanner_agent.kernel import calls, reads, record_layout, tables
from lanner_agent.kernel.record_layout import ANCESTORS, Fact
from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.field import Argument
from lanner_engine.fields.reading import reader
from lanner_engine.fields.tables.event_names import HOT
from lanner_engine.program.load import check
from lanner_engine.source import Source
from tests.agent.decode import records
from tests.agent.decode.records import EXEC, OPEN, Builder
from tests.agent.events import rules

# What decode asks a process, and what a record must hold for it.
FACTS = {
    "cwd": Fact.CWD,
    "env": Fact.ENV,
    "env_cut": Fact.ENV,
    "_leader": Fact.LEADERS,
    "script": Fact.SCRIPT,
    "standard": Fact.STANDARD,
    "usage": Fact.USAGE,
    "descriptor_kinds": Fact.KINDS,
    "cgroups": Fact.CGROUPS,
    "numbers": Fact.NUMBERS,
}
RELATIVES = ("parent", "creators", "creator")
# Where it does not matter what a record holds: whether there is a script is in every one, and a path as given
# needs no directory.
REGARDLESS = dict.fromkeys(("evt.arg", "evt.args", "evt.info"), Fact.SCRIPT) | {"fs.path.sourceraw": Fact.CWD}


class Asked:
    """What decode asked of a process since the last look."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.facts = 0
        self.relatives = False
        for name in (*FACTS, *RELATIVES):
            patch.setattr(Process, name, self._watched(name, vars(Process)[name]))

    def _watched(self, name: str, found: Any) -> object:
        get: Callable[[Process], object] = getattr(found, "fget", found.__get__)

        def reading(process: Process) -> object:
            self.facts |= FACTS.get(name, 0)
            self.relatives |= name in RELATIVES
            return get(process)

        return property(reading)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def references(event: str) -> Iterator[FieldRef]:
    for one in table.FIELDS.values():
        if not one.required:
            yield FieldRef(one.name)
        if one.argument is Argument.TEXT:
            yield FieldRef(one.name, b"x")
        if one.argument is Argument.INDEX:
            yield FieldRef(one.name, b"1")
        if one.argument is Argument.PARAMETER:
            yield from (FieldRef(one.name, name.encode()) for name in PARAMETERS[event])
            yield FieldRef(one.name, b"reaper_tid")  # of no event that is recorded
    yield from (FieldRef("evt.arg", b"%d" % at) for at in range(len(PARAMETERS[event]) + 1))


def recorded(event: str, result: int) -> bytes:
    """With names that are relative, and as many parameters that say so as there can be."""
    made = Builder(event, result=result)
    made.process(pid=7, sid=1, pgid=1, exepath=b"/bin/x")
    if event in ("execve", "execveat"):
        made.union(EXEC, filename=b"x")
    elif event in tables.OPENS:
        made.union(OPEN, raw=b"x")
    elif event in calls.CALLS:
        made.call(*[(1 << 32) - 1] * 6, string=b"x").name(0, raw=b"x").name(1, raw=b"x")
    return made.bytes()


@pytest.mark.parametrize("event", tables.EVENTS)
def test_a_record_is_told_to_hold_what_a_field_reads(event: str, asked: Asked) -> None:
    found = [recorded(event, result) for result in (0, -2)]
    session = records.session()
    for ref in references(event):
        fields = frozenset({ref.name, table.spelling(ref)})
        told = reads.required(event, fields | ({f"{ref.name}[]"} if ref.argument is None else set()))
        allowed = told.facts | REGARDLESS.get(ref.name, 0)
        read = reader(ref)
        for record in found:
            asked.facts, asked.relatives = 0, False
            read(decode(record, session))
            assert asked.facts & ~allowed == 0, table.spelling(ref)
            assert told.ancestors > 0 or not asked.relatives, table.spelling(ref)


def test_the_parameters_of_images_alone_tell_of_more(asked: Asked) -> None:
    """Exceptions are those of a mount, which may be relative to the working directory, of capset, which are
    what the process has then, and of calls that say how much memory it has.
    """
    memory = dict.fromkeys(("brk", "mmap", "mmap2", "munmap"), Fact.USAGE)
    of_others = {"mount": Fact.CWD, "capset": Fact.NUMBERS, **memory}
    for event in tables.EVENTS:
        every = reads.required(event, frozenset({"evt.args"}))
        for name in PARAMETERS[event]:
            one = reads.required(event, frozenset({f"evt.arg.{name}"}))
            assert one.facts & ~every.facts == 0
            assert one.ancestors <= every.ancestors
        if event not in reads.IMAGES:
            assert every.facts == of_others.get(event, 0)
            assert every.ancestors == 0


def test_a_parameter_by_position_may_be_any() -> None:
    every = reads.required("execve", frozenset({"evt.args"}))
    assert reads.required("execve", frozenset({"evt.arg", "evt.arg[3]"})) == every
    assert every == record_layout.Reads(
        Fact.CWD | Fact.ENV | Fact.USAGE | Fact.CGROUPS | Fact.NUMBERS, 1, 0, 0, 0
    )


def test_each_event_has_what_its_own_rules_read() -> None:
    program = rules.compiled(
        rules.text("One", "evt.type in (open, openat) and proc.env contains x", "x %proc.aname[3]"),
        rules.text("Two", "evt.type = connect", "x %proc.pcmdline %evt.args"),
        rules.text("Three", "evt.type = openat and proc.name = x", "x %proc.cwd"),
        rules.text("Four", "proc.vmsize > 5 and evt.type != kill", "x"),
    )
    found = {name: reads.required(name, program.reads.get(name, frozenset())) for name in tables.EVENTS}
    assert found["open"] == record_layout.Reads(Fact.ENV | Fact.USAGE, 3, 0, 0, 0)
    assert found["openat"] == record_layout.Reads(Fact.ENV | Fact.USAGE | Fact.CWD, 3, 0, 0, 0)
    assert found["connect"] == record_layout.Reads(Fact.USAGE, 1, 0, 1, 0)
    assert found["kill"] == record_layout.Reads(0, 0, 0, 0, 0)
    others = found.keys() - {"open", "openat", "connect", "kill"}
    assert {found[name] for name in others - HOT} == {record_layout.Reads(Fact.USAGE, 0, 0, 0, 0)}
    assert {found[name] for name in HOT} == {record_layout.Reads(0, 0, 0, 0, 0)}  # no rule names them
    packed = list(reads.packed(program.reads))
    assert len(packed) == record_layout.EVENTS
    for name, number in tables.EVENTS.items():
        assert packed[number] == record_layout.READS.pack(*found[name])
    assert packed[0] == bytes(record_layout.READS.size)


def test_exceptions_macros_and_added_outputs_count() -> None:
    text = (
        "- macro: long\n  condition: (proc.aname[9] = x)\n"
        "- rule: R\n  desc: d\n  condition: evt.type = kill and long\n  output: x\n  priority: NOTICE\n"
        "  exceptions:\n    - name: e\n      fields: [proc.cwd]\n      comps: [=]\n      values: [[/x]]\n"
    )
    checked = check([Source("test.yaml", text)])
    assert checked.ok, checked.diagnostics
    (rule,) = checked.rules
    assert reads.required("kill", rule.fields) == record_layout.Reads(Fact.CWD, 9, 0, 0, 0)


def test_two_sets_of_rules_want_what_either_wants() -> None:
    one = reads.Wanted(frozenset({"kill"}), frozenset(), {"kill": frozenset({"proc.env"})})
    two = reads.Wanted(
        frozenset({"open"}),
        frozenset({"open"}),
        {"kill": frozenset({"proc.aname[]"}), "open": frozenset({"proc.cwd"})},
    )
    both = one | two
    assert both.succeeded == {"kill", "open"}
    assert both.failed == {"open"}
    assert reads.required("kill", both.fields["kill"]) == record_layout.Reads(Fact.ENV, ANCESTORS, 0, 0, 1)
    assert reads.required("open", both.fields["open"]) == record_layout.Reads(Fact.CWD, 0, 0, 0, 0)

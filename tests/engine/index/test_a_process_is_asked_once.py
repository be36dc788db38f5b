# SPDX-License-Identifier: Apache-2.0
"""What a candidate asks of the process alone is asked once for a process; the answers are those of the whole
rule, and few of them are remembered.

LANNER_INDEX_CASES=100000 draws that many cases.
"""

from __future__ import annotations

import dataclasses
import os
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings

from lanner_engine.ast import And, Check, Rows, walk
from lanner_engine.codegen import by_process, parts
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.codegen.reporting import Reporting
from lanner_engine.fields import model
from lanner_engine.fields.model import Event
from lanner_engine.program.combinations import FEW
from lanner_engine.program.load import check
from lanner_engine.source import Source
from tests.engine.index.near import cases
from tests.engine.index.test_candidates_find_what_all_rules_find import Case
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

CASES = settings(
    max_examples=int(os.environ.get("LANNER_INDEX_CASES", "25")),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
CONDITION = (
    "evt.type = openat and fd.name startswith /etc and not proc.name in (a, b) and proc.pname = sh and "
    "not proc.aname[2] = c and not proc.cmdline contains d and (proc.exe = e or proc.args = f) and "
    "user.name != nobody"
)


def part() -> parts.Part:
    text = f"- {{rule: r, desc: d, condition: '{CONDITION}', output: x, priority: NOTICE}}\n"
    program = compile_rules(check([Source("rules.yaml", text)]).rules)
    (found,) = program.parts["openat"]
    return found


@CASES
@given(cases(1, 4))
def test_the_answers_are_those_of_the_whole_rule(case: Case) -> None:
    conditions, events = case
    program = compile_rules([rule(one) for one in conditions], matching="all")
    again = [dataclasses.replace(event, process=events[0].process) for event in events]
    with mock.patch.object(by_process, "FEWEST", 1), mock.patch.object(by_process, "MAX_PROCESSES", 2):
        for event_type, every in program.parts.items():
            for one in every:
                match = parts.Apart(Reporting.ALL).match([one])
                assert match is not None
                whole = parts._made(one)
                for event in (*events, *again, *events):
                    if event.type == event_type:
                        assert match(event) == whole(event)


def test_an_exception_of_many_rows_is_asked_of_every_event() -> None:
    """It names a file too, so a process is not excepted once and for all."""
    rows = ", ".join(f"[cat, /etc/{number}]" for number in range(FEW))
    exception = f"exceptions: [{{name: x, fields: [proc.name, fd.name], values: [{rows}]}}]"
    text = f"- {{rule: r, desc: d, condition: '{CONDITION}', output: x, priority: NOTICE, {exception}}}\n"
    program = compile_rules(check([Source("rules.yaml", text)]).rules)
    (one,) = program.parts["openat"]
    halves = by_process.split(one.condition)
    assert halves is not None
    assert not [node for node in walk(halves[0]) if isinstance(node, Rows)]
    assert [node for node in walk(halves[1]) if isinstance(node, Rows)]


def test_the_halves_are_the_rule() -> None:
    condition = part().condition
    halves = by_process.split(condition)
    assert halves is not None
    first, rest = halves
    assert isinstance(condition, And)
    assert isinstance(first, And)
    assert isinstance(rest, And)
    assert set(first.children) | set(rest.children) == set(condition.children)
    asked = [
        {str(getattr(one.left, "name", "")) for one in walk(half) if isinstance(one, Check)}
        for half in (first, rest)
    ]
    assert asked[0] == {"proc.name", "proc.pname", "proc.aname", "proc.cmdline", "proc.exe", "proc.args"}
    assert asked[1] >= {"fd.name", "user.name"}


@pytest.mark.parametrize(
    "condition",
    [
        "evt.type = openat and proc.name = a and fd.name = b",
        " and ".join(f"not proc.name = {name}" for name in "abcdefgh") + " and evt.type = openat",
        "evt.type = openat and fd.name = x and "
        + " and ".join(f"user.name != {name}" for name in "abcdefgh"),
        "evt.type = openat and fd.name = x and "
        + " and ".join(f"not proc.env contains {name}" for name in "abcdefgh"),
        "evt.type = openat and fd.name = x and "
        + " and ".join(f"proc.duration > {at}" for at in range(1, 9)),
    ],
    ids=["few", "nothing else", "users", "environment", "time"],
)
def test_what_may_change_or_is_little_is_asked_of_each_event(condition: str) -> None:
    text = f"- {{rule: r, desc: d, condition: '{condition}', output: x, priority: NOTICE}}\n"
    (found,) = compile_rules(check([Source("rules.yaml", text)]).rules).parts["openat"]
    halves = by_process.split(found.condition)
    assert halves is None


def test_a_process_is_asked_once() -> None:
    asked: list[model.Process] = []

    def of_process(event: Event) -> tuple[()]:
        asked.append(event.process)
        return ()

    match = by_process.joined(of_process, of_process)
    processes = [PlainProcess(comm=b"%d" % at) for at in range(by_process.MAX_PROCESSES)]
    events = [PlainEvent(type="openat", process=one, fd=PlainDescriptor(name=b"/etc/x")) for one in processes]
    for event in events * 3:
        assert match(event) == ()
    assert asked == processes
    match(PlainEvent(type="openat", process=PlainProcess(comm=b"another")))
    match(events[0])  # which had to make room
    assert len(asked) == len(processes) + 2

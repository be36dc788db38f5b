# SPDX-License-Identifier: Apache-2.0
"""The estimate of how long a rule takes to decide an event, against what its compiled code really takes; and
who is told of it.
"""

from __future__ import annotations

import json
import time

import pytest

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.explain import effort
from lanner_engine.program.load import check
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Source
from tests.engine.plain_facts import PlainEvent, PlainProcess

FACTOR = 5.0  # processors differ, and what else they do
EVENTS, TIMES = 100, 7
LOOKED_INTO = " or ".join(f"proc.cmdline contains w{one}z" for one in range(200))
MATCHED = " or ".join(f"proc.cmdline regex 'a.*w{one}z$'" for one in range(50))


def rule(condition: str) -> CheckedRule:
    more = {"desc": "d", "condition": f"evt.type = open and ({condition})", "output": "x", "priority": "INFO"}
    (made,) = check([Source("f", json.dumps([{"rule": "r", **more}]))]).every
    return made


def taken(made: CheckedRule) -> float:
    """Microseconds of the processor for one event, the least of several times."""
    program, least = compile_rules([made]), float("inf")
    for _ in range(TIMES):
        events = [PlainEvent(type="open", process=process()) for _ in range(EVENTS)]
        began = time.process_time()
        for event in events:
            program.match(event)
        least = min(least, (time.process_time() - began) / EVENTS)
    return least * 1e6


def process() -> PlainProcess:
    """With ancestors as they are in a container."""
    made: PlainProcess | None = None
    for number in range(effort.ANCESTORS):
        made = PlainProcess(comm=b"p%d" % number, parent=made)
    assert made is not None
    return made


@pytest.mark.parametrize("condition", [LOOKED_INTO, MATCHED], ids=["contains", "regex"])
def test_it_is_near_what_is_taken_where_that_is_much(condition: str) -> None:
    made = rule(condition)
    found, real = effort.estimate(made), taken(made)
    print(f"estimated {found:.1f} µs, taken {real:.1f} µs")
    assert 1 / FACTOR <= found / real <= FACTOR


def test_who_writes_a_rule_that_costs_much_is_told_how_much() -> None:
    (said,) = effort.warnings([rule(LOOKED_INTO)])
    assert "rule r costs about 52 microseconds an event by the engine's estimate" in said.message
    assert "one processor decides 19,200 such events a second" in said.message


@pytest.mark.parametrize(
    "condition",
    ["proc.aname in (a, b) and proc.cmdline contains x", "proc.name in (a, b, c) or fd.name startswith /etc"],
)
def test_of_a_rule_that_costs_little_nothing_is_said(condition: str) -> None:
    assert not list(effort.warnings([rule(condition)]))

# SPDX-License-Identifier: Apache-2.0
"""What the engine costs: loading the public rules file, and Program.match on an event that no rule matches.

Targets: the file in half a second; 20 rules of the event's class in 1.5 us, 1,000 in five times that. The
figures are printed and kept in build/bench, nothing is asserted about time. `make bench` runs this.
"""

from __future__ import annotations

import statistics
import time
import timeit
from collections.abc import Callable

import pytest

from lanner_engine.codegen.compile import Program, compile_rules
from lanner_engine.program.load import check
from lanner_engine.source import Source
from tests.bench import figures, rule_sets
from tests.engine.plain_facts import PlainEvent
from tests.story import public_rules

ROUNDS = 7
CALLS = 20_000
NUMBERS = (20, 1_000)
EVENTS = {"on a library": rule_sets.LIBRARY, "on a near miss": rule_sets.NEAR}


def _nanoseconds(program: Program, event: PlainEvent) -> float:
    """The median round, per event, of processor time: others may run beside it."""
    assert program.match(event) == ()
    rounds = timeit.repeat(lambda: program.match(event), timer=time.process_time, number=CALLS, repeat=ROUNDS)
    return statistics.median(rounds) / CALLS * 1e9


def test_match_when_no_rule_matches(capsys: pytest.CaptureFixture[str]) -> None:
    timed = {
        f"{shape.__name__} {number}": _timed(compile_rules(rule_sets.rules(shape, number)))
        for shape in rule_sets.SHAPES
        for number in NUMBERS
    }
    _show("rules_match", timed, capsys)


def _timed(program: Program) -> dict[str, float]:
    return {name: _nanoseconds(program, event) for name, event in EVENTS.items()}


def test_load_of_the_public_file(capsys: pytest.CaptureFixture[str]) -> None:
    source = Source("public rules", public_rules.path().read_text())
    _show("rules_load", {"the public file": _load([source])}, capsys)


def test_compile_of_many_rules(capsys: pytest.CaptureFixture[str]) -> None:
    timed = {f"{number} rules": _compiling(number) for number in NUMBERS}
    _show("rules_compile", timed, capsys)


def _compiling(number: int) -> dict[str, float]:
    rules = rule_sets.rules(rule_sets.mixed, number)
    return {"compile": _once(lambda: compile_rules(rules))}


def _load(sources: list[Source]) -> dict[str, float]:
    checked = check(sources)
    return {"check": _once(lambda: check(sources)), "compile": _once(lambda: compile_rules(checked.rules))}


def _once(work: Callable[[], object]) -> float:
    """The median of a few runs."""
    return statistics.median(timeit.repeat(work, timer=time.process_time, number=1, repeat=5)) * 1e9


def _show(name: str, timed: figures.Figures, capsys: pytest.CaptureFixture[str]) -> None:
    written = figures.write(name, timed)
    with capsys.disabled():
        print(f"\n{figures.table(timed)}\n{written}")

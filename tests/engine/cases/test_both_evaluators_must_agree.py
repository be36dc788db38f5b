# SPDX-License-Identifier: Apache-2.0
"""A case fails, and says that lanner is wrong, where the code that the agent runs answers otherwise than the
reference evaluator.
"""

from __future__ import annotations

from dataclasses import replace

from lanner_engine.cases import reading, running
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.explain.written import Book
from lanner_engine.program.load import check
from lanner_engine.source import Source

RULES = Source(
    "rules.yaml",
    "[{rule: R, desc: d, condition: evt.type = open and proc.name = x, output: o, priority: INFO}]",
)
CASES = Source("cases.yaml", "cases: [{name: n, event: {evt.type: open, proc.name: x}, alerts: [R]}]")


def test_code_that_answers_otherwise_is_found() -> None:
    program = compile_rules(check([RULES]).rules, matching="all")
    suite, found = reading.read(CASES)
    assert found == ()
    sound = running.Bench(program, program, Book([RULES]))
    assert running.run(suite.cases[0], sound).failures == ()
    silent = replace(sound, every=replace(program, functions={}))
    (failure,) = running.run(suite.cases[0], silent).failures
    assert failure.message.startswith(
        "a bug in lanner: rule R is true by the reference evaluator and not by the"
    )

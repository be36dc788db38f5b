# SPDX-License-Identifier: Apache-2.0
"""Every line of golden/*.txt, asked of the generated code and of the reference evaluator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.parser.condition import parse
from lanner_engine.passes.check import check
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import resolve
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.text import plain
from tests.engine.meaning.facts_from_text import event
from tests.engine.meaning.rules import rule

GOLDEN = Path(__file__).parent / "golden"


def _cases() -> list[object]:
    cases: list[object] = []
    for path in sorted(GOLDEN.glob("*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if line.strip() and not line.startswith("#"):
                outcome, condition, facts = (
                    part.strip() for part in re.split(r"\s\|(?:\s|$)", line, maxsplit=2)
                )
                cases.append(pytest.param(outcome == "true", condition, facts, id=f"{path.stem}:{number}"))
    return cases


@pytest.mark.parametrize(("outcome", "condition", "facts"), _cases())
def test_case(outcome: bool, condition: str, facts: str) -> None:
    report = Report()
    resolved = resolve(parse(plain(condition)), report)
    check(resolved, report)
    assert not report.failed, report.diagnostics
    happened = event(facts)
    assert evaluate(resolved, happened) is outcome
    wanted = rule(resolved)
    assert (compile_rules([wanted]).match(happened) == (wanted,)) is outcome

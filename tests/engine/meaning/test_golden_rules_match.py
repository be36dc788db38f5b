# SPDX-License-Identifier: Apache-2.0
"""Every rules file of golden/rules: what there is to say about it, and which rules an event matches."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.program.load import Checked, check
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.source import Source
from tests.engine.meaning.facts_from_text import event
from tests.engine.text.documents import said

GOLDEN = Path(__file__).parent / "golden" / "rules"
FILES = sorted(GOLDEN.glob("*.yaml"))


def _lines(path: Path, mark: str) -> list[str]:
    return [line[2:].strip() for line in path.read_text().splitlines() if line.startswith(mark)]


def _load(path: Path) -> Checked:
    return check([Source(path.name, path.read_text())])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_says_what_stands_at_its_end(path: Path) -> None:
    found = sorted(_load(path).diagnostics, key=lambda one: one.span.position())
    assert [said(one) for one in found] == _lines(path, "#!")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_events_match_the_rules_that_are_named(path: Path) -> None:
    rules = _load(path).rules
    for line in _lines(path, "#="):
        facts, _, names = line.partition("->")
        happened = event(facts.strip())
        wanted = sorted(name.strip() for name in names.split(",") if name.strip())
        assert sorted(rule.name for rule in rules if evaluate(rule.condition, happened)) == wanted, line
        compiled = [rule.name for rule in rules if compile_rules([rule]).match(happened) == (rule,)]
        assert sorted(compiled) == wanted, line
